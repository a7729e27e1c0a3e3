"""Changes of a sweep as plain data: who asks again gets only what is new since then."""

import time
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from secrets import token_hex
from threading import Lock
from typing import Any

from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.live_status import LiveStatus, live_status
from sweep.ledger.run_directory import Folder
from sweep.results.html.page_data import STATES, plain_value, rounded, short, units
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.metric_table import DEFAULT_COLUMNS
from sweep.spec.objectives import Goal
from sweep.trial import State

FRESH = 1.0  # seconds for which what was read is new
TOP = 10  # trials of the leaderboard
MESSAGE, WAYS = 300, 20  # characters of a failure's message; kinds of failures


type Version = tuple[State | None, float | None]  # state and end: another attempt has another


@dataclass(frozen=True, slots=True)
class Change:
    """A trial as the page shows it, and the number of the change that it came with."""

    count: int
    version: Version
    row: list[Any]


class SweepFeed:
    """Reads the ledger of a sweep as it grows. Each trial that has ended is read once, for all who watch."""

    def __init__(self, folder: Folder) -> None:
        self.folder, self._lock = folder, Lock()
        self._read_at = float("-inf")
        self._clear()

    def _clear(self) -> None:
        self._id = token_hex(8)  # what was sent under another id says nothing of this
        self._count = 0
        self._params: list[str] = []
        self._changes: dict[int, Change] = {}  # by trial
        self._failures: dict[int, tuple[str, str]] = {}
        self._leaders: list[int] = []
        self._equity: tuple[int, dict[str, Any]] | None = None  # of the best trial, with the number of its change
        self._status: dict[str, Any] = {}
        self._metrics: list[str] = []
        self._goal: Goal | None = None

    def changes(self, feed: str, after: int) -> dict[str, Any]:
        """The state of the sweep, and the trials since change `after` of the feed with this id; all of another one's.

        Raises LedgerError where the sweep cannot be read.
        """
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH:
                with self.folder.open() as ledger:
                    self._refresh(ledger)
                self._read_at = time.monotonic()
            is_known = feed == self._id and 0 <= after <= self._count
            since = after if is_known else -1
            equity = self._equity[1] if self._equity and self._equity[0] > since else None
            return {
                "feed": self._id, "count": self._count, "reset": not is_known,
                "params": self._params, "short": short(self._params), "metrics": self._metrics, "states": STATES,
                "units": units(self._metrics), "bounds": self._goal.bounds_text if self._goal else "",
                "rows": [change.row for change in self._changes.values() if change.count > since],
                "leaders": self._leaders, "failures": self._ways(), "equity": equity, "status": self._status,
            }  # fmt: skip

    def _refresh(self, ledger: Ledger) -> None:
        facts = ledger.facts
        values = ledger.values(facts.objective["metric"])
        versions: dict[int, Version] = {number: (state, ended) for number, state, _, ended in values}
        if self._changes.keys() - versions.keys():  # it was removed and run again
            self._clear()
        if self._goal is None:
            self._goal, self._metrics = facts.goal, _metrics(facts)
        changed = [
            number
            for number, version in versions.items()
            if ((before := self._changes.get(number)) is None and version[1]) or (before and before.version != version)
        ]
        if changed:
            self._count += 1
            for row in ledger.among(changed):
                self._take(row, versions[row.number])
            leaders = ledger.leaders(TOP)
            self._leaders = [row.number for row in leaders]
            self._take_equity(ledger, leaders)
        self._status = _status(facts, live_status(self.folder, ledger), ledger)

    def _take(self, row: Row, version: Version) -> None:
        self._params += [name for name in row.params if name not in self._params]
        params = [plain_value(row.params[name]) if name in row.params else None for name in self._params]
        metrics = [rounded(row.metrics.get(name)) for name in self._metrics]
        is_feasible = row.state is State.COMPLETE and self._goal is not None and self._goal.is_feasible(row.metrics)
        state = STATES.index(row.state or "RUNNING")
        fields = [row.number, state, int(is_feasible), row.ended, params, metrics]
        self._changes[row.number] = Change(self._count, version, fields)
        self._failures.pop(row.number, None)
        if row.state is State.FAILED:
            self._failures[row.number] = str(row.reason), row.message[:MESSAGE]

    def _take_equity(self, ledger: Ledger, leaders: list[Row]) -> None:
        best = leaders[0] if leaders else None
        if best is None:
            self._equity = None
        elif self._equity is None or self._equity[1]["version"] != [best.number, best.attempt]:
            days, returns, stats = ledger.series(best.number)
            growth = [rounded(value - 1) for value in accumulate((1 + change for change in returns), mul, initial=1.0)]
            version, currency = [best.number, best.attempt], stats.get("currency")
            curve = {"trial": best.number, "version": version, "days": days, "growth": growth, "currency": currency}
            self._equity = self._count, curve

    def _ways(self) -> list[list[Any]]:
        ways = Counter(self._failures.values()).most_common(WAYS)
        return [[count, reason, message] for (reason, message), count in ways]


def _metrics(facts: SweepFacts) -> list[str]:
    """The objectives, the user's own metrics, ours."""
    own = [str(metric["name"]) for metric in facts.backtest.get("metrics", ())]
    own += BENCHMARK if facts.benchmark else ()
    return list(dict.fromkeys((*(metric for metric, _ in facts.goal.objectives), *own, *DEFAULT_COLUMNS)))


def _no_best(goal: Goal, complete: int) -> str:
    """The sentence of a leaderboard without trials."""
    if not complete:
        return "No trial is complete."
    if goal.bounds:
        return f"None of {complete:,} complete trials keeps {goal.bounds_text}."
    return f"None of {complete:,} complete trials has {' and '.join(metric for metric, _ in goal.objectives)}."


def _status(facts: SweepFacts, live: LiveStatus, ledger: Ledger) -> dict[str, Any]:
    now, driver = time.time(), live.driver
    metric, direction = facts.goal.objectives[0]
    return {
        "id": facts.id, "state": live.state, "driven": live.is_driven, "trials": dict(live.trials),
        "objective": metric, "objectives": len(facts.goal.objectives), "direction": direction,
        "note": driver.note if driver else "",
        "done": driver.done if driver else ledger.standing()[0], "total": driver.total if driver else None,
        "pace": driver.pace if driver else None, "eta": driver.eta if driver else None,
        "slots": driver.slots if driver else None, "no_best": _no_best(facts.goal, live.trials.get("COMPLETE", 0)),
        "workers": [[w.worker, w.sentence, round(max(0.0, now - w.since), 1)] for w in live.busy],
    }  # fmt: skip
