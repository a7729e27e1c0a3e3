"""One trial in a worker: whatever it does or gives back, there is a Result."""

import resource
import threading
import time
from typing import Any

import pytest

from sweep import backtest
from sweep.errors import Reason, TrialError
from sweep.executors.limits import Limits
from sweep.executors.worker import crash_recorder
from sweep.executors.worker.run_trial import PART, SOON, PackClock, execute, identity
from sweep.trial import Result, State

BASE: dict[str, Any] = {
    "period": {"start": "2026-05-04T00:00:00Z", "end": "2026-05-05T00:00:00Z"},
    "venues": [],
    "strategy": {"config": {}},
}


def complete(**more: Any) -> Result:
    fields = {"metrics": {"pnl_total": 1.0}, "days": (), "returns": (), "warnings": (), "stats": {}, "timing": {}}
    return Result(State.COMPLETE, **fields | more)


@pytest.fixture
def ends(monkeypatch):
    """Makes the backtest end so: with a result, or an exception."""

    def ends(outcome: Result | BaseException) -> None:
        def run(*_: object, **__: object) -> Result:
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(backtest, "run", run)

    return ends


def test_a_good_trial_comes_back_whole(ends):
    ends(complete(days=("2026-05-04",), returns=(0.5,), warnings=("w",)))
    result = execute(BASE, {})
    assert (result.state, result.metrics, result.days, result.returns) == (
        State.COMPLETE, {"pnl_total": 1.0}, ("2026-05-04",), (0.5,),
    )  # fmt: skip
    assert result.worker == identity()
    assert result.ended >= result.started > 0
    assert Result.of(result.plain()) == result


def test_a_trial_that_may_open_no_more_files_has_its_figures_and_the_next_one_may(monkeypatch):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    def run(*_: object, **__: object) -> Result:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        return complete()

    monkeypatch.setattr(backtest, "run", run)
    result = execute(BASE, {})
    assert result.warnings == ("changed settings of its process (they were set back): resource limits: NOFILE",)
    assert (result.state, resource.getrlimit(resource.RLIMIT_NOFILE)) == (State.COMPLETE, (soft, hard))


def test_what_keeps_a_trial_from_being_set_back_is_a_crash_and_ends_its_worker(monkeypatch):
    """A thread that the trial ends with does not let itself be asked for its name."""
    monkeypatch.setattr(crash_recorder, "worker", crash_recorder.Worker())

    class Nameless(threading.Thread):
        @property
        def name(self) -> str:
            raise LookupError("no name")

    def run(*_: object, **__: object) -> Result:
        Nameless(target=release.wait, daemon=True).start()
        return complete()

    release = threading.Event()
    monkeypatch.setattr(backtest, "run", run)
    result = execute(BASE, {})
    release.set()
    assert (result.state, result.reason, result.metrics) == (State.FAILED, Reason.CRASH, {})
    assert result.message == "the worker could not run the trial: LookupError: no name"
    assert crash_recorder.worker.needs_recycling(Limits(memory_bytes=2**50))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_a_figure_that_is_no_number_fails_the_trial_and_never_reaches_the_ledger(ends, value):
    ends(complete(metrics={"pnl_total": 1.0, "mine": value}))
    result = execute(BASE, {})
    assert (result.state, result.reason, result.metrics) == (State.FAILED, Reason.GUARD, {})
    assert result.message.startswith("metric mine is not a finite number")


def test_a_return_that_is_no_number_fails_the_trial(ends):
    ends(complete(days=("2026-05-04",), returns=(float("nan"),)))
    assert execute(BASE, {}).reason is Reason.GUARD


@pytest.mark.parametrize(
    ("error", "reason", "message"),
    [
        (TrialError(Reason.DATA, "no data", "trace"), Reason.DATA, "no data"),
        (MemoryError(), Reason.MEMORY, "out of memory"),
        (SystemExit(3), Reason.STRATEGY, "SystemExit: 3"),
        (KeyboardInterrupt(), Reason.STRATEGY, "KeyboardInterrupt"),
        (RuntimeError("half a pair: \ud800"), Reason.STRATEGY, "half a pair: \\ud800"),
    ],
)
def test_whatever_is_raised_is_a_failure_with_its_reason(ends, error, reason, message):
    ends(error)
    result = execute(BASE, {})
    assert (result.state, result.reason) == (State.FAILED, reason)
    assert message in result.message
    assert result.trace
    (result.message + result.trace).encode()  # a database takes it


def test_ctrl_c_is_the_users_where_a_user_sits(ends):
    ends(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        execute(BASE, {}, attached=True)


@pytest.mark.parametrize(
    ("timeout", "trials", "part"),
    [(3600.0, 64, 3600.0), (10.0, 64, PART), (10.0, 3, 30.0), (700.0, 1, 700.0), (None, 64, None)],
    ids=["an hour", "a short limit", "what all may take is less", "one trial", "no limit"],
)
def test_a_pack_may_take_for_a_part_of_the_market_what_a_trial_may_take(timeout, trials, part):
    limits = PackClock(Limits(timeout, 5), trials).limits()
    assert limits == Limits(pytest.approx(part, abs=1.0), 5)


def test_a_pack_may_take_no_longer_than_its_trials_together():
    clock = PackClock(Limits(0.001), 2)
    time.sleep(0.01)
    assert clock.limits() == Limits(SOON)
