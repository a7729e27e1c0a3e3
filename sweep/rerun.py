"""One trial of a sweep again, alone, from its record: every figure is compared, nothing is assumed to be equal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from sweep.backtest import engine_version, sources
from sweep.backtest.rungs import keeps
from sweep.catalog import Fingerprint
from sweep.errors import SweepError
from sweep.executors.work import execute
from sweep.folder import Folder
from sweep.ledger import Row
from sweep.plan import importable
from sweep.report import Report
from sweep.spec import resolve
from sweep.trial import PROTOCOL, Result, Rung, State


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure as it was recorded, and as it is now."""

    name: str  # of a metric, a rung ("rung 1"), or the ISO date of a daily return
    then: object
    now: object

    @property
    def is_same(self) -> bool:
        """Equal to the last bit."""
        return self.then == self.now


@dataclass(frozen=True, slots=True)
class Replay:
    """A trial that was run again."""

    sweep: str
    row: Row
    changed: tuple[str, ...]  # what fixes a result and is not as it was: engine, data, code
    figures: tuple[Compared, ...]
    result: Result

    @property
    def identical(self) -> bool:
        """Whether every figure and every daily return is the same."""
        return bool(self.figures) and all(f.is_same for f in self.figures)

    @property
    def first_difference(self) -> Compared | None:
        """The first daily return, else the first metric, that is not the same."""
        return next((f for f in reversed(self.figures) if not f.is_same), None)


def replay(folder: Folder, trial: str | int) -> Replay:
    """Run a trial again in this process, a PRUNED one up to its rung. If it fails now, the result says so.

    SweepError for a trial that never came to figures.
    """
    importable()
    report = Report(folder)
    row = report.trial(trial)
    if row.state not in {State.COMPLETE, State.PRUNED}:
        how = f"{row.state} ({row.reason}: {row.message})" if row.state else "not ended"
        raise SweepError(f"{report.id}: trial {row.number} is {how}; it has no figures to compare")
    with folder.open() as ledger:
        days, returns, _ = ledger.series(row.number)
        rungs = pruned_by(ledger.judged(row.number), row)
    result = execute(report.facts["backtest"], row.params, rungs=rungs, name=row.key)
    figures = [Compared(name, value, result.metrics.get(name)) for name, value in row.metrics.items()]
    if row.state is State.PRUNED:
        reached = zip_longest(row.rungs, result.rungs)
        figures += [Compared(f"rung {n}", was, value) for n, (was, value) in enumerate(reached, 1)]
    now = dict(zip(result.days, result.returns, strict=True))
    then = dict(zip(days, returns, strict=True))
    figures += [Compared(day, then.get(day), now.get(day)) for day in sorted({*then, *now}, reverse=True)]
    return Replay(report.id, row, tuple(changed(report.facts, row.params)), tuple(figures), result)


def pruned_by(asked: Sequence[Sequence[Rung]], row: Row) -> Sequence[Rung]:
    """Of the rungs that a trial was asked with, maybe more than once, those that pruned it; none for a COMPLETE one."""
    if row.state is not State.PRUNED:
        return ()

    def did(rungs: Sequence[Rung]) -> bool:
        last, value = rungs[len(row.rungs) - 1], row.rungs[-1]
        return last.p is not None or (value is not None and not keeps(last, value))

    return next(filter(did, asked), ())


def changed(facts: Mapping[str, Any], params: Mapping[str, Any]) -> list[str]:
    """What fixed the result of a trial and is not the same any more, one sentence each."""
    found: list[str] = []
    if facts["engine"] != (engine := engine_version()):
        found.append(f"the engine was {facts['engine']}, now it is {engine}")
    if facts["protocol"] != PROTOCOL:
        found.append(f"this version of sweep measures otherwise (protocol {facts['protocol']}, now {PROTOCOL})")
    base = facts["backtest"]
    if facts["data"] != Fingerprint(base["catalog"]).of(base):
        found.append(f"the data in {base['catalog']} is not the same")
    now = sources(resolve(base, params))
    moved = {m for m in now if facts["sources"].get(m) != now[m]}
    return found + [f"the source of {module} is not the same" for module in sorted(moved)]
