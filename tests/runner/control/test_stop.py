"""Pauses over the real loop: nothing begins meanwhile, nothing is lost, the record is that of a run without them."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import Reason
from sweep.executors.base import RunningTrials
from sweep.ledger.ledger import Ledger
from sweep.runner import driver
from sweep.runner.control.stop import Stop
from sweep.runner.driver import Driver
from sweep.trial import Result, State, Trial
from tests.runner.test_driver import Heard, Progress, Scripted, by_value, plan
from tests.support.effort import repeats

TRIALS = 9
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (a disk takes milliseconds for each commit)


@dataclass
class Queueing(Scripted):
    """Two trials run, two wait behind them and can be taken back. Nothing may begin during a pause."""

    stop: Stop | None = None
    rounds: int = 0  # of the loop in this pause, behind that in which it began

    def submit(self, trial: Trial) -> None:
        assert self.stop and not self.stop.paused
        super().submit(trial)

    def running(self) -> Sequence[RunningTrials]:
        return [RunningTrials("host:1", 0.0, [trial]) for trial in self.waiting[: self.slots]]

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        assert not self.rounds or len(self.waiting) <= self.slots, "another would begin"
        return super().wait(timeout) if self.waiting else []

    def recall(self) -> list[Trial]:
        recalled, self.waiting = self.waiting[self.slots :], self.waiting[: self.slots]
        return recalled


def breaks_once(trial: Trial, attempt: int) -> Result:
    """Every third trial is broken by the machine the first time."""
    if int(trial.params["a"]) % 3 == 0 and attempt == 1:  # type: ignore[arg-type]
        return Result(State.FAILED, reason=Reason.CRASH, message="x", started=0.0, ended=1.0)
    return by_value(trial, attempt)


@settings(max_examples=repeats(200, quick=25))
@given(pauses=st.lists(st.booleans(), max_size=25))
def test_a_sweep_that_was_paused_has_the_record_of_one_that_was_not(pauses: list[bool]):
    stop, turns = Stop(), iter(pauses)
    executor = Queueing(breaks_once, stop=stop)

    def turn(_: Progress) -> None:
        executor.rounds = executor.rounds + 1 if stop.paused else 0
        (stop.pause if next(turns, False) else stop.resume)()
        executor.rounds *= stop.paused

    with ExitStack() as held:
        ledger = held.enter_context(Ledger.create(Path(held.enter_context(TemporaryDirectory(dir=MEMORY)), "l"), {}))
        patch = held.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(driver, "IDLE", 0.0)
        planned = plan(TRIALS)
        tally = Progress(TRIALS, exact=True, slots=2)
        search = Heard(planned.spec.space, ledger)
        Driver(planned, search, executor, ledger, tally).run(stop, turn)
        rows = [(row.number, row.params["a"], row.state, row.attempt) for row in ledger.rows()]
    assert rows == [(n, n, State.COMPLETE, 2 if n % 3 == 0 else 1) for n in range(TRIALS)]
    assert (tally.ended, len(search.results), tally.best) == (TRIALS, TRIALS, (TRIALS - 1, TRIALS - 1.0))


def test_a_sweep_that_has_nothing_left_to_begin_ends_while_it_is_paused(tmp_path):
    stop = Stop()
    executor = Queueing(by_value, stop=stop)
    with Ledger.create(tmp_path / "l.sqlite", {}) as ledger:
        planned = plan(2)
        tally = Progress(2, exact=True, slots=2)

        def turn(_: Progress) -> None:
            stop.pause()  # from the first look on: both trials run by then

        Driver(planned, Heard(planned.spec.space, ledger), executor, ledger, tally).run(stop, turn)
    assert tally.ended == 2


def test_only_the_time_of_pauses_counts_as_such():
    stop = Stop()
    stop.resume()
    assert stop.pauses == 0.0
    stop.pause()
    time.sleep(0.02)
    stop.pause()
    during = stop.pauses
    assert during >= 0.02
    stop.resume()
    ended = stop.pauses
    time.sleep(0.02)
    assert stop.pauses == ended >= during


def test_a_request_to_stop_never_takes_back_a_stronger_one():
    stop = Stop(level=2)
    stop.request(now=False)
    assert stop.level == 2
    other = Stop()
    other.request(now=False)
    assert other.level == 1
    other.request(now=True)  # no signals come here: the flag alone
    assert other.level == 2
