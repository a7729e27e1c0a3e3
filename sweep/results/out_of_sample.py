"""Out-of-sample results of a sweep: its lock-box and its walk-forward, read from the ledger.

Each is kept in a sweep of its own below `validation/`, which is a runs directory like any other: one on each training,
one on each test, one on the lock-box. The facts of the sweep itself say which is which, and who looked.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from sweep.common.units import nanos, short
from sweep.errors import LedgerError
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results.cross_validation.reader import cross_validation
from sweep.results.statistics.out_of_sample import LockBox, OutOfSample, Score, WalkForwardResult, WalkForwardStep
from sweep.trial import Metrics, State


@dataclass(frozen=True, slots=True)
class LockboxOpening:
    """One opening of a lock-box, noted before the trial is run there and completed with what it came to."""

    trial: int  # its number in the sweep
    key: str  # of the trial on the lock-box: setting, data, code and engine
    by: str  # user@host
    at: str  # ISO 8601
    period: Mapping[str, str]
    data: str  # fingerprint of the lock-box
    kept: str  # id of the sweep below validation/ that keeps the run
    ended: int  # trials of the search that had ended
    state: State | None = None  # None while it runs, or when it was interrupted
    metrics: Metrics | None = None
    failure: str = ""
    seen: tuple[str, ...] = ()  # other sweeps here that had searched these days, or opened them

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """The inverse of `plain`."""
        fields = dict(plain)
        fields["state"] = State(plain["state"]) if plain["state"] else None
        fields["seen"] = tuple(plain["seen"])
        return cls(**fields)

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def settled(self, row: Row) -> "LockboxOpening":
        """The look with what its run came to."""
        failure = f"{row.reason}: {row.message}" if row.reason else ""
        return replace(self, state=row.state, metrics=row.metrics, failure=failure)


def looks(facts: SweepFacts) -> list[LockboxOpening]:
    """Every look at the lock-box that the spec now keeps, in their order; those at other days do not count."""
    if not (box := facts.lockbox):
        return []
    return [look for look in map(LockboxOpening.of, facts.looks or ()) if overlaps(look.period, box["period"])]


def overlaps(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """True if two periods share a moment."""
    return nanos(one["start"]) < nanos(other["end"]) and nanos(other["start"]) < nanos(one["end"])


def read(folder: Folder, ledger: Ledger) -> OutOfSample:
    """All that is known now."""
    facts = ledger.facts
    crossed = cross_validation(folder, facts)
    return OutOfSample(_lockbox(ledger, facts), _forward(folder, facts), crossed.figures() if crossed else None)


def _lockbox(ledger: Ledger, facts: SweepFacts) -> LockBox | None:
    if not (box := facts.lockbox):
        return None
    openings = looks(facts)
    ended = ledger.standing()[0]
    scores = tuple(Score(n.trial, n.metrics or {}, failure=n.failure) for n in openings if n.state)
    return LockBox(box["days"], scores, is_current=all(look.ended == ended for look in openings[-1:]))


def _forward(folder: Folder, facts: SweepFacts) -> WalkForwardResult | None:
    if not (walk := facts.walk_forward):
        return None
    stats: dict[str, Any] = {}
    steps = tuple(_step(folder, window, stats) for window in walk["windows"])
    return WalkForwardResult(steps, stats.get("days_per_year", 252), stats.get("currency", "PnL"))


def _step(folder: Folder, window: Mapping[str, Any], stats: dict[str, Any]) -> WalkForwardStep:
    """A window as its two sweeps know it; what has not run yet is absent."""
    step = WalkForwardStep(window["train"], window["test"], window["search"], None)
    with suppress(LedgerError), folder.part(window["search"]).open() as searched:
        if choice := searched.facts.choice:
            step = replace(
                step, params=choice["params"], before=_score(searched, choice["key"], choice["trial"], stats)
            )
            with folder.part(window["score"]).open() as scored:
                step = replace(step, after=_score(scored, choice["test_key"], choice["trial"], stats))
    return step


def _score(ledger: Ledger, key: str, trial: int, stats: dict[str, Any]) -> Score | None:
    """The trial with a key as a score; None where it has not ended. Its statistics go into `stats`."""
    row = ledger.find(key)
    if row is None or row.state is None:
        return None
    if row.state is not State.COMPLETE:
        return Score(trial, failure=f"{row.reason}: {row.message}")
    days, returns, series_stats = ledger.series(row.number)
    stats |= series_stats
    return Score(trial, row.metrics, days, returns)


def story(facts: SweepFacts) -> Iterator[tuple[str, bool]]:
    """State of the lock-box, line by line, each with a flag for warnings; empty for a sweep without one."""
    if not (box := facts.lockbox):
        return
    openings, period = looks(facts), box["period"]
    days = "1 trading day" if box["days"] == 1 else f"{box['days']} trading days"
    name = f"lock-box {short(period['start'])} … {short(period['end'])} ({days})"
    if not openings:
        yield f"{name}: closed; when the search is over: sweep validate {facts.id}", False
        return
    times = "once" if len(openings) == 1 else f"{len(openings)} times: opened more than once it is no lock-box"
    yield f"{name}: opened {times}", len(openings) > 1
    for n, look in enumerate(openings, 1):
        yield f"look {n}, {look.at} by {look.by}: trial {look.trial}, {outcome(look)}", False
        if look.seen:
            yield f"these days had been seen before, by {', '.join(look.seen)}", True


def outcome(look: LockboxOpening) -> str:
    """Figures of one opening of the lock-box."""
    if look.state is None:
        return "interrupted; the same command completes it"
    if not look.metrics:
        return f"FAILED ({look.failure})"
    values = {name: look.metrics.get(name) for name in ("pnl_total", "sharpe_ratio", "trades")}
    gain = look.metrics.get("return_total")
    parts = [
        f"{name} {'–' if v is None else f'{v:,}' if isinstance(v, int) else f'{v:,.2f}'}" for name, v in values.items()
    ]
    return ", ".join([f"return {'–' if gain is None else f'{100 * gain:.2f} %'}", *parts])
