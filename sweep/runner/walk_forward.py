"""One search for each window, or group of a cross-validation, side by side: each is a sweep of its own.

The choice of a window is run on what follows.

A window's search has its own ledger below `validation/`, so it resumes, survives a crash and comes out the same like
any sweep; so has the run of its choice on the test days.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from sweep.common.files.atomic_file import atomic_write
from sweep.executors.base import Executor
from sweep.executors.multiplexer import Lane, Lanes
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results.panel_reader import read
from sweep.results.statistics.findings import around
from sweep.results.tables import write_returns, write_trials
from sweep.runner.control.progress import LAST, Progress
from sweep.runner.control.stop import Stop
from sweep.runner.driver import Driver
from sweep.runner.period_split import Stretch, TrainTest
from sweep.runner.plan import SweepPlan
from sweep.runner.planning import benchmark
from sweep.runner.result_reuse import forget_changed
from sweep.trial import Params

type Drive = Callable[[SweepPlan, Executor, Ledger], Driver]  # the driver of a search, as the session's options say


class StagedRun:
    """Searches one after another as one course: the next begins when the one before has ended, unless it was told."""

    def __init__(self, drivers: Generator[Driver]) -> None:
        self._drivers, self._now = drivers, next(drivers, None)

    def fill(self, stop: Stop) -> bool:
        """Begin trials as long as there is room for more; False when nothing runs and nothing will."""
        while self._now:
            if self._now.fill(stop):
                return True
            if stop.level:
                self._drivers.close()
                return False
            self._now = next(self._drivers, None)
        return False

    def step(self, stop: Stop) -> None:
        """Settle what has ended."""
        if self._now:
            self._now.step(stop)


def validation_facts(planned: SweepPlan) -> dict[str, Any]:
    """Return the windows of a walk-forward and the groups of a cross-validation for the ledger of the sweep."""
    return {"walk_forward": walk_forward_facts(planned), "cpcv": cross_validation_facts(planned)}


def walk_forward_facts(planned: SweepPlan) -> dict[str, Any] | None:
    """Return the walk-forward windows for the ledger of the sweep."""
    rules, parts = planned.spec.validation, planned.parts
    if not rules or not rules.walk_forward or not parts:
        return None
    windows = [
        {"train": asdict(w.train), "test": asdict(w.test)}
        | {"search": planned.on(w.train).id, "score": planned.on(w.test, {}).id}
        for w in parts.windows
    ]
    return {**rules.walk_forward.model_dump(), "windows": windows}


def cross_validation_facts(planned: SweepPlan) -> dict[str, Any] | None:
    """Return the groups of a cross-validation for the ledger of the sweep."""
    rules, parts = planned.spec.validation, planned.parts
    if not rules or not rules.cpcv or not parts:
        return None
    sizes = {name: getattr(rules.cpcv, name) for name in ("groups", "test", "purge", "embargo")}
    return {**sizes, "parts": [{**asdict(g), "search": planned.on(g).id} for g in parts.groups]}


def _group(folder: Folder, planned: SweepPlan, group: Stretch, lanes: Lanes, drive: Drive) -> Generator[Driver]:
    searched = planned.on(group)
    with opened(folder.part(searched.id), searched) as ledger:
        yield drive(searched, _lane(lanes, group), ledger)


def window_searches(folder: Folder, planned: SweepPlan, lanes: Lanes, drive: Drive) -> Iterator[StagedRun]:
    """The windows of a walk-forward, then the groups of a cross-validation; each opens its ledger when it is taken."""
    for window in planned.parts.windows if planned.parts else ():
        yield StagedRun(_window(folder, planned, window, lanes, drive))
    for group in planned.parts.groups if planned.parts else ():
        yield StagedRun(_group(folder, planned, group, lanes, drive))


def _window(folder: Folder, planned: SweepPlan, window: TrainTest, lanes: Lanes, drive: Drive) -> Generator[Driver]:
    searched = planned.on(window.train)
    with opened(folder.part(searched.id), searched) as ledger:
        ledger.note(choice=None)
        yield drive(searched, _lane(lanes, window.train), ledger)
        row = choose(searched, planned, ledger)
        if row is None:
            return
        scored = planned.on(window.test, row.params)
        choice = {"trial": row.number, "key": row.key, "params": dict(row.params), "test_key": scored.key(row.params)}
        ledger.note(choice=choice)
    with opened(folder.part(scored.id), scored) as ledger:
        yield drive(scored, _lane(lanes, window.test), ledger)


def has_searches_on_parts(planned: SweepPlan) -> bool:
    """True if there are windows or groups beside the search over the whole period."""
    return bool(planned.parts and (planned.parts.windows or planned.parts.groups))


def searches_on_parts(folder: Folder, planned: SweepPlan) -> Iterator[tuple[SweepPlan, Ledger, Params]]:
    """Each search on a part of the period, with its ledger and the parameters by which its trials have that period."""
    parts = planned.parts
    for stretch in (*(window.train for window in parts.windows), *parts.groups) if parts else ():
        searched = planned.on(stretch)
        with opened(folder.part(searched.id), searched) as ledger:
            yield searched, ledger, _period(stretch)


def _lane(lanes: Lanes, stretch: Stretch) -> Lane:
    return Lane(lanes, _period(stretch))


def _period(stretch: Stretch) -> Params:
    return {f"period.{name}": value for name, value in stretch.period.items()}


@contextmanager
def opened(part: Folder, planned: SweepPlan) -> Generator[Ledger]:
    """The ledger of a sweep on a part of the period; its tables are written when its search has ended."""
    with Ledger.create(part.ledger, planned.facts()) as ledger:
        with atomic_write(part.spec) as target:
            target.write_text(planned.yaml(), encoding="utf-8")
        ledger.note(finished=None)
        forget_changed(ledger, planned)
        benchmark.follow(planned.benchmark, ledger)
        yield ledger
        write_trials(ledger, part.trials)
        write_returns(ledger, part.returns)
        ledger.note(finished=datetime.now(UTC).isoformat(timespec="seconds"))


def choose(searched: SweepPlan, planned: SweepPlan, ledger: Ledger) -> Row | None:
    """Choose a trial of a window's search: its best, or the highest plateau's centre; None if there is none."""
    best = next(iter(ledger.leaders(1)), None)
    walk = planned.spec.validation and planned.spec.validation.walk_forward
    if best is None or not walk or walk.choose == "objective":
        return best
    panel, goal = read(ledger, searched.spec.search.model_dump(), best.number), searched.spec.goal
    plateau = around(panel, panel.objective)
    level = plateau.level if plateau.count.any() else plateau.values
    order = panel.numbers[np.argsort(-np.nan_to_num(level, nan=-np.inf), kind="stable")]
    rows = {row.number: row for row in ledger.rows() if goal.is_feasible(row.metrics)}
    return next((rows[n] for n in map(int, order) if n in rows), best)


def combine_progress(tallies: list[Progress]) -> Progress:
    """Several searches in one tally: the first one's best, the counts of all."""
    return replace(
        tallies[0],
        total=sum(t.total for t in tallies), exact=all(t.exact for t in tallies),
        skipped=sum(t.skipped for t in tallies), ended=sum(t.ended for t in tallies),
        failed=sum(t.failed for t in tallies), pruned=sum(t.pruned for t in tallies),
        retried=sum(t.retried for t in tallies),
        reused=sum(t.reused for t in tallies),
        busy=sum(t.busy for t in tallies),
        failures=deque((failure for t in tallies for failure in t.failures), LAST),
    )  # fmt: skip
