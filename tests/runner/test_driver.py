"""The loop, over an executor that ends trials as the test says."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import Reason
from sweep.ledger.ledger import Ledger
from sweep.runner import driver
from sweep.runner.control.progress import Progress
from sweep.runner.control.stop import Stop
from sweep.runner.driver import Driver
from sweep.search import grid
from sweep.search.base import SearchMethod
from sweep.search.grid import Grid
from sweep.spec.constraints.constraint import Constraint
from sweep.spec.objectives import Goal
from sweep.spec.space import Choice, Space
from sweep.trial import Params, Result, State, Trial

GOOD = Result(State.COMPLETE, {"pnl_total": 1.0}, started=1.0, ended=2.0)


@dataclass
class Scripted:
    """Ends the submitted trials in the order that `pick` says, each as `outcome(trial, attempt)` says."""

    outcome: Callable[[Trial, int], Result] = lambda trial, attempt: GOOD
    pick: Callable[[int], int] = lambda waiting: 0
    slots: int = 2
    waiting: list[Trial] = field(default_factory=list[Trial])
    ran: list[int] = field(default_factory=list[int])
    abandoned: bool = False

    def room(self) -> int:
        return self.slots * 2 - len(self.waiting)

    def submit(self, trial: Trial) -> None:
        self.waiting.append(trial)

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        trial = self.waiting.pop(self.pick(len(self.waiting)))
        self.ran.append(trial.number)
        return [(trial, self.outcome(trial, self.ran.count(trial.number)))]

    def recall(self) -> list[Trial]:
        return []

    def interrupt(self) -> None: ...

    def abandon(self) -> None:
        self.abandoned = True

    def close(self) -> None: ...


class Heard(SearchMethod):
    """A grid that remembers what it was told."""

    def __init__(self, space: Space, ledger: Ledger) -> None:
        super().__init__(Grid(space))
        self.results: list[tuple[Params, Result]] = []
        self._space, self._ledger = space, ledger

    def tell(self, number: int, result: Result) -> None:
        params = self._space.point(number)
        row = self._ledger.find(json.dumps(dict(params)))
        assert row and row.state is result.state, "told before it was recorded"
        self.results.append((params, result))


def plan(size: int, *, retries: int = 2, max_failures: int = 20, direction: str = "maximize") -> Any:
    return SimpleNamespace(
        benchmark=None,
        key_and_binding=lambda params: (json.dumps(dict(params)), ""),
        spec=SimpleNamespace(
            space=Space((Choice("a", tuple(range(size))),)),
            goal=Goal((("pnl_total", direction),)),
            limits=SimpleNamespace(retries=retries, max_failures=max_failures),
        ),
    )


@pytest.fixture
def ledger(tmp_path: Path):
    with Ledger.create(tmp_path / "ledger.sqlite", {}) as ledger:
        yield ledger


def drive(planned: Any, executor: Any, ledger: Ledger, stop: Stop | None = None, **more: Any) -> tuple[Progress, Heard]:
    search = Heard(planned.spec.space, ledger)
    tally = Progress(planned.spec.space.size, exact=True, slots=executor.slots)
    Driver(planned, search, executor, ledger, tally, **more).run(stop or Stop(), lambda _: None)
    return tally, search


def by_value(trial: Trial, _: int) -> Result:
    return Result(State.COMPLETE, {"pnl_total": float(trial.params["a"])}, started=0.0, ended=1.0)  # type: ignore[arg-type]


@given(order=st.lists(st.integers(0, 10), min_size=12, max_size=12))
def test_any_order_of_ending_gives_the_same_ledger(tmp_path_factory: pytest.TempPathFactory, order: list[int]):
    with Ledger.create(tmp_path_factory.mktemp("l") / "ledger.sqlite", {}) as ledger:
        turns = iter(order)
        executor = Scripted(by_value, lambda waiting: next(turns) % waiting)
        tally, search = drive(plan(12), executor, ledger)
        assert [(r.number, r.params["a"], r.metrics["pnl_total"]) for r in ledger.rows()] == [
            (n, n, n) for n in range(12)
        ]
        assert (tally.ended, tally.failed, tally.best) == (12, 0, (11, 11.0))
        assert len(search.results) == 12


def test_what_is_complete_is_told_and_not_run_again(ledger: Ledger):
    drive(plan(5), Scripted(by_value), ledger)
    executor = Scripted(by_value)
    tally, search = drive(plan(8), executor, ledger)
    assert executor.ran == [5, 6, 7]
    assert (tally.skipped, tally.ended, len(search.results)) == (5, 3, 8)
    assert {r.attempt for r in ledger.rows()} == {1}


@pytest.mark.parametrize("moment", [0.0, 10.0])
def test_a_trial_is_durable_before_it_is_submitted_however_many_begin_together(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, moment: float
):
    """Another connection sees of a transaction what a power cut would leave."""
    monkeypatch.setattr(driver, "MOMENT", moment)
    durable: list[int] = []

    class Watched(Scripted):
        def submit(self, trial: Trial) -> None:
            with Ledger.open(ledger.path) as other:
                row = other.find(trial.key)
            assert row
            assert (row.number, row.state) == (trial.number, None)
            durable.append(row.number)
            super().submit(trial)

    tally, _ = drive(plan(9), Watched(by_value), ledger)
    assert (durable, tally.ended) == (list(range(9)), 9)


def test_what_was_in_flight_runs_again_under_its_number(ledger: Ledger):
    number = ledger.begin(json.dumps({"a": 0}), {"a": 0})
    executor = Scripted(by_value)
    drive(plan(2), executor, ledger)
    assert executor.ran == [number, 1]
    assert [r.attempt for r in ledger.rows()] == [2, 1]


@pytest.mark.parametrize("reason", [Reason.CRASH, Reason.NODE, Reason.MEMORY])
def test_what_the_machine_may_have_broken_is_tried_again_up_to_the_limit(ledger: Ledger, reason: Reason):
    broken = Result(State.FAILED, reason=reason, message="x")
    executor = Scripted(lambda trial, attempt: GOOD if trial.number != 1 or attempt == 3 else broken)
    tally, _ = drive(plan(3), executor, ledger)
    assert executor.ran.count(1) == 3
    assert (tally.failed, tally.retried) == (0, 2)
    assert [a["state"] for a in ledger.attempts(1)] == ["FAILED", "FAILED", "COMPLETE"]

    executor = Scripted(lambda trial, attempt: broken)
    tally, search = drive(plan(4), executor, ledger)
    assert executor.ran == [3, 3, 3]
    assert (tally.failed, search.results[-1][1].reason) == (1, reason)


@pytest.mark.parametrize("reason", [Reason.STRATEGY, Reason.GUARD, Reason.TIMEOUT, Reason.PARAMETERS, Reason.DATA])
def test_what_the_trial_broke_itself_is_not_tried_again_unless_asked(ledger: Ledger, reason: Reason):
    broken = Result(State.FAILED, reason=reason, message="x")
    executor = Scripted(lambda trial, attempt: broken)
    drive(plan(1), executor, ledger)
    drive(plan(1), executor, ledger)
    assert executor.ran == [0]
    drive(plan(1), executor, ledger, retry_failed=True)
    assert executor.ran == [0, 0]


def test_a_sweep_in_which_all_fail_alike_stops_early(ledger: Ledger):
    broken = Result(State.FAILED, reason=Reason.STRATEGY, message="no such attribute")
    executor = Scripted(lambda trial, attempt: broken)
    tally, _ = drive(plan(100, max_failures=5), executor, ledger)
    assert 5 <= len(executor.ran) < 12
    assert "no such attribute" in tally.stopped


def test_a_sweep_in_which_some_succeed_goes_on(ledger: Ledger):
    broken = Result(State.FAILED, reason=Reason.STRATEGY, message="x")
    tally, _ = drive(plan(50, max_failures=5), Scripted(lambda t, _: GOOD if t.number == 4 else broken), ledger)
    assert (tally.ended, tally.failed, tally.stopped) == (50, 49, "")


def test_failures_that_differ_do_not_stop_it(ledger: Ledger):
    failing = Scripted(lambda t, _: Result(State.FAILED, reason=Reason.DATA, message=str(t.number)))
    tally, _ = drive(plan(50, max_failures=5), failing, ledger)
    assert (tally.ended, tally.stopped) == (50, "")


def test_a_failed_trial_is_never_best_even_with_figures(ledger: Ledger):
    rich = Result(State.FAILED, {"pnl_total": 1e9}, reason=Reason.GUARD)
    none = Result(State.COMPLETE, {"pnl_total": None})
    tally, _ = drive(plan(3), Scripted(lambda t, _: [rich, none, GOOD][t.number]), ledger)
    assert tally.best == (2, 1.0)


def test_minimize(ledger: Ledger):
    tally, _ = drive(plan(3, direction="minimize"), Scripted(by_value), ledger)
    assert tally.best == (0, 0.0)


def test_the_first_stop_lets_running_trials_end_the_second_does_not(ledger: Ledger):
    stop = Stop()

    def stopping(trial: Trial, _: int) -> Result:
        stop.level = 1
        return GOOD

    executor = Scripted(stopping)
    drive(plan(50), executor, ledger, stop)
    assert executor.ran == [0, 1, 2, 3]  # those that were submitted
    assert ledger.count() == {"COMPLETE": 4}

    stop = Stop(level=2)
    executor = Scripted()
    drive(plan(50), executor, ledger, stop)
    assert executor.abandoned
    assert executor.ran == []


def test_a_death_after_the_first_stop_waits_for_the_next_run(ledger: Ledger):
    stop = Stop()

    def dying(trial: Trial, _: int) -> Result:
        stop.level = 1
        return Result(State.FAILED, reason=Reason.CRASH, message="x")

    executor = Scripted(dying)
    drive(plan(50), executor, ledger, stop)
    assert executor.ran == [0, 1, 2, 3]
    executor = Scripted(by_value)
    drive(plan(5), executor, ledger)
    assert executor.ran == [0, 1, 2, 3, 4]


def test_what_has_not_begun_is_taken_back_at_the_first_stop(ledger: Ledger):
    stop = Stop()

    class Recalling(Scripted):
        def recall(self) -> list[Trial]:
            waiting, self.waiting = self.waiting, []
            return waiting

    def stopping(trial: Trial, _: int) -> Result:
        stop.level = 1
        return GOOD

    executor = Recalling(stopping)
    drive(plan(50), executor, ledger, stop)
    assert executor.ran == [0]
    assert ledger.count() == {"COMPLETE": 1, "RUNNING": 3}


def test_deaths_of_drivers_use_up_no_retries(ledger: Ledger):
    for _ in range(5):
        ledger.begin(json.dumps({"a": 0}), {"a": 0})
    executor = Scripted(lambda trial, attempt: GOOD if attempt == 3 else Result(State.FAILED, reason=Reason.CRASH))
    drive(plan(1), executor, ledger)
    assert executor.ran == [0, 0, 0]
    assert ledger.count() == {"COMPLETE": 1}


def test_what_was_good_in_an_earlier_run_shows_that_not_all_fail(ledger: Ledger):
    drive(plan(3), Scripted(by_value), ledger)
    broken = Result(State.FAILED, reason=Reason.STRATEGY, message="x")
    tally, _ = drive(plan(50, max_failures=5), Scripted(lambda t, _: broken), ledger)
    assert (tally.ended, tally.stopped) == (47, "")


def test_what_is_known_elsewhere_is_recorded_and_told_and_not_run(ledger: Ledger):
    executor = Scripted(by_value)
    results = {json.dumps({"a": 1}): Result(State.COMPLETE, {"pnl_total": 99.0}, message="taken")}
    tally, search = drive(plan(3), executor, ledger, elsewhere=results.get)
    assert executor.ran == [0, 2]
    assert (tally.reused, tally.ended, tally.best) == (1, 2, (1, 99.0))
    assert len(search.results) == 3
    assert [row.message for row in ledger.rows()] == ["", "taken", ""]


def test_the_clock_of_a_tally():
    tally = Progress(10, exact=True, slots=2)
    assert tally.eta is None
    tally.since -= 10.0
    tally.ended, tally.skipped = 2, 3
    assert tally.eta == pytest.approx(5 * tally.elapsed / 2, rel=0.01)


def test_one_trial_answers_every_proposal_of_the_same_content(ledger: Ledger):
    results: list[tuple[int, float | None]] = []

    class Listening(SearchMethod):
        def tell(self, number: int, result: Result) -> None:
            results.append((number, result.metrics["pnl_total"]))

    planned = plan(6)
    planned.key_and_binding = lambda params: (json.dumps({"a": params["a"] // 3}), "")
    executor, tally = Scripted(by_value), Progress(6, exact=True, slots=2)
    Driver(planned, Listening(Grid(planned.spec.space)), executor, ledger, tally).run(Stop(), lambda _: None)
    assert executor.ran == [0, 1]
    assert sorted(results) == [(0, 0.0), (1, 0.0), (2, 0.0), (3, 3.0), (4, 3.0), (5, 3.0)]
    assert (tally.ended, tally.skipped) == (2, 4)


class Idling(Scripted):
    """An executor that may be waited for while it has nothing to do, as all are."""

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        return super().wait(timeout) if self.waiting else []


@pytest.mark.parametrize("stops", [False, True])
def test_points_that_are_hard_to_find_are_sought_with_progress_until_somebody_stops_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, stops: bool
):
    monkeypatch.setattr(grid, "PATIENCE", 0.0)
    planned = plan(3000)
    rule = Constraint("a % 1000 == 999", {"a": "a"}, {})
    planned.spec.space = Space(planned.spec.space.dimensions, (rule,))
    executor, tally, stop, progress = Idling(by_value), Progress(3, exact=True, slots=2), Stop(), list[str]()

    def watch(tally: Progress) -> None:
        progress.append(tally.seeking)
        stop.level = int(stops and len(progress) > 1)

    Driver(planned, SearchMethod(Grid(planned.spec.space)), executor, ledger, tally).run(stop, watch)
    assert executor.ran == ([] if stops else [0, 1, 2])
    assert any("looked through" in text and "of 3,000 points" in text for text in progress)
    assert [row.params["a"] for row in ledger.rows()] == ([] if stops else [999, 1999, 2999])
