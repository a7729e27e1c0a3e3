"""The stress tests of the best trials: run after the search, kept in a ledger of their own, noted in the sweep's.

Their ledger lies below `validation/`, so they resume and survive a crash like any sweep.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sweep.backtest.user_code.unkeyed_inputs import changed
from sweep.errors import Reason
from sweep.executors.base import Executor
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.results.resampled_trades import resampled, thinned
from sweep.results.stress import NOT_TESTED, StressedTrial, StressResult, judged
from sweep.runner.driver import Driver, Progress, Stop
from sweep.runner.plan import SweepPlan
from sweep.runner.stress.stress_tests import StressTest, points, tests
from sweep.runner.walk_forward import opened
from sweep.search.base import SearchMethod
from sweep.search.listed import Listed
from sweep.spec.components.perturbation import PERTURBATION
from sweep.spec.components.stress import StressRules
from sweep.spec.constraints.formula import value_of
from sweep.trial import Result, State

type FindResult = Callable[[str], Result | None]
MOST_FAILURES = 10**9  # perturbed trials may all fail: that is what the test shows


@dataclass(frozen=True, slots=True, kw_only=True)
class StressRun:
    """The stress tests of a sweep whose search has ended."""

    planned: SweepPlan
    folder: Folder
    ledger: Ledger
    executor: Executor
    elsewhere: FindResult  # results of other sweeps
    retry_failed: bool
    watch: Callable[[Progress], None]
    say: Callable[[str], None]

    def run(self, stop: Stop) -> None:
        """Run what is not known yet, and note the results in the ledger of the sweep."""
        rules, leaders = self.planned.spec.stress, Report(self.folder).leaders(self._top)
        if rules is None or not leaders:
            return
        listed = {row.number: tests(self.planned, rules, row.params) for row in leaders}
        total = sum(len(list(points(each))) for each in listed.values())
        self.say(f"  stress: {total:,} perturbed trials of the best {len(leaders)}")
        planned = stress_plan(self.planned)
        with opened(self.folder.part(planned.id), planned) as ledger:
            self._drive(planned, ledger, [t for each in listed.values() for t in each], stop)
            if stop.level:  # the same command goes on; a part of the trials has no word
                return
            results = [self._judge(planned, ledger, rules, row, listed[row.number]) for row in leaders]
        self.ledger.note(stress=[trial.plain() for trial in results])

    @property
    def _top(self) -> int:
        return self.planned.spec.stress.top if self.planned.spec.stress else 0

    def _drive(self, planned: SweepPlan, ledger: Ledger, listed: Sequence[StressTest], stop: Stop) -> None:
        perturbed = list(points(listed))
        tally = Progress(len(perturbed), exact=True, slots=self.executor.slots)
        search = SearchMethod(Listed(perturbed))
        more: dict[str, Any] = {"retry_failed": self.retry_failed, "elsewhere": self._known}
        Driver(planned, search, self.executor, ledger, tally, **more).run(stop, self.watch)

    def _known(self, key: str) -> Result | None:
        """A complete trial of the sweep itself, or of another sweep."""
        row = self.ledger.find(key)
        if row and row.state is State.COMPLETE and not changed(self.ledger.inputs(row.number)):
            return replace(self.ledger.result(row), message=f"trial {row.number} of {self.folder.id}")
        return self.elsewhere(key)

    def _judge(
        self, planned: SweepPlan, ledger: Ledger, rules: StressRules, row: Row, listed: Sequence[StressTest]
    ) -> StressedTrial:
        by_name = {test.name: self._result(planned, ledger, row, test) for test in listed}
        metric, _ = self.planned.spec.goal.objectives[0]
        _, returns, stats = self.ledger.series(row.number)
        drawn = resampled(metric, returns, stats, rules.seed)
        by_name["trades"] = self._of_trades("trades", "drawn again", drawn, row)
        left = thinned(metric, stats, rules.skip, rules.seed)
        by_name["skipped"] = self._of_trades("skipped", f"{100 * rules.skip:g} %", left, row)
        return StressedTrial(row.number, row.metrics.get(metric), tuple(by_name[name] for name in rules.tests))

    def _result(self, planned: SweepPlan, ledger: Ledger, row: Row, test: StressTest) -> StressResult:
        if test.reason:
            return StressResult(test.name, test.size, NOT_TESTED, reason=test.reason)
        metric, _ = self.planned.spec.goal.objectives[0]
        recorded = (ledger.find(planned.key(params)) for params in test.points)
        rows = [each for each in recorded if each and each.state]
        sound = [each for each in rows if each.reason is not Reason.PARAMETERS]
        values = [value_of(metric, each.metrics) if each.state is State.COMPLETE else None for each in sound]
        return replace(self._judged(test.name, test.size, values, row), refused=len(rows) - len(sound))

    def _of_trades(self, name: str, size: str, values: Sequence[float | None] | str, row: Row) -> StressResult:
        """A test of the recorded trades, which takes no run."""
        if isinstance(values, str):
            return StressResult(name, size, NOT_TESTED, reason=values)
        return self._judged(name, size, values, row)

    def _judged(self, name: str, size: str, values: Sequence[float | None], row: Row) -> StressResult:
        metric, direction = self.planned.spec.goal.objectives[0]
        return judged(
            name, size, values, metric=metric, direction=direction, unperturbed=row.metrics.get(metric)
        )  # fmt: skip


def stress_plan(planned: SweepPlan) -> SweepPlan:
    """The plan of the perturbed trials: the same backtest, as a sweep with an id of its own."""
    limits = planned.spec.limits.model_copy(update={"max_failures": MOST_FAILURES})
    spec = planned.spec.model_copy(update={"limits": limits, "stress": None, "validation": None})
    return replace(planned, spec=spec, base={**planned.base, PERTURBATION: {}}, parts=None)
