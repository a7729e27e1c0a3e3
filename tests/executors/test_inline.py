"""Trials in this process, one after another."""

import gc
import os
import signal
import weakref
from typing import Any

import pytest

from sweep.executors import inline
from sweep.executors.inline import InlineExecutor
from sweep.trial import Result, State, Trial

TRIAL = Trial(0, "k", {})
GOOD = Result(State.COMPLETE, {"pnl_total": 1.0})


@pytest.fixture
def executing(monkeypatch):
    """Puts a function in the place of the backtest."""

    def put(function: Any) -> InlineExecutor:
        monkeypatch.setattr(inline, "execute_all", lambda _, trials, **__: [function(trial) for trial in trials])
        return InlineExecutor({})

    return put


def test_a_trial_runs_when_it_is_waited_for(executing):
    ran: list[str] = []
    executor = executing(lambda trial: ran.append(trial.key) or GOOD)
    assert executor.wait(0) == []
    executor.submit(TRIAL)
    assert (executor.room(), ran) == (0, [])
    assert executor.wait(0) == [(TRIAL, GOOD)]
    assert (executor.room(), ran) == (1, ["k"])


def test_what_a_trial_leaves_in_cycles_ends_with_it_in_its_thread(executing):
    """The engine's objects must not end in another thread, which may be the one that collects next."""

    class Engine:
        def __init__(self) -> None:
            self.strategy = self

    left = list[weakref.ref[Engine]]()
    executor = executing(lambda _: left.append(weakref.ref(Engine())) or GOOD)
    executor.submit(TRIAL)
    executor.wait(0)
    assert left[0]() is None
    executor.close()
    assert gc.get_freeze_count() == 0


def test_what_has_not_begun_is_taken_back(executing):
    executor = executing(lambda _: GOOD)
    executor.submit(TRIAL)
    assert executor.recall() == [TRIAL]
    assert executor.wait(0) == []
    executor.submit(TRIAL)
    executor.abandon()
    assert executor.wait(0) == []


def test_an_interrupted_trial_has_no_result(executing):
    def slow(_: Trial) -> Result:
        os.kill(os.getpid(), signal.SIGUSR1)
        raise AssertionError("went on")

    executor = executing(slow)
    before = signal.signal(signal.SIGUSR1, lambda *_: executor.interrupt())
    try:
        executor.submit(TRIAL)
        assert executor.wait(0) == []
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_nothing_is_interrupted_between_trials(executing):
    executor = executing(lambda _: GOOD)
    executor.interrupt()
    executor.submit(TRIAL)
    assert executor.wait(0) == [(TRIAL, GOOD)]


def test_ctrl_c_of_nobody_is_passed_on(executing):
    def raising(_: Trial) -> Result:
        raise KeyboardInterrupt

    executor = executing(raising)
    executor.submit(TRIAL)
    with pytest.raises(KeyboardInterrupt):
        executor.wait(0)
