"""Ray as the place where trials run: what it can hold, and what its errors mean. Deaths are in tests/faults."""

import time
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import exceptions as failures

from sweep.errors import InputError, Reason
from sweep.executors.base import ExecutorOptions
from sweep.executors.inline import InlineExecutor
from sweep.executors.limits import Limits
from sweep.executors.ray import bunches, connection
from sweep.executors.ray import executor as ray_executor
from sweep.executors.ray.executor import RayExecutor
from sweep.executors.ray.failures import crash_cause
from sweep.executors.ray.task import task_of
from sweep.runner.plan import plan
from sweep.trial import Result, Trial
from tests.support import sweeps

GIB = 2**30


@pytest.mark.parametrize(
    ("offer", "memory", "places"),
    [
        ({"CPU": 4.0, "memory": 8.0 * GIB}, None, 4),
        ({"CPU": 4.0, "memory": 8.0 * GIB}, 3 * GIB, 2),
        ({"CPU": 4.0, "memory": 8.0 * GIB}, 9 * GIB, 0),
        ({"CPU": 1.0, "memory": 8.0 * GIB}, GIB, 1),
        ({"CPU": 0.0, "memory": 8.0 * GIB}, None, 0),
        ({"memory": 8.0 * GIB}, GIB, 0),
    ],
)
def test_a_machine_holds_what_its_cores_and_its_memory_allow(offer, memory, places):
    assert connection.places(offer, memory) == places


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (failures.OutOfMemoryError("oom"), Reason.MEMORY),
        (failures.NodeDiedError("gone"), Reason.NODE),
        (failures.ObjectLostError("00", None, ""), Reason.NODE),
        (failures.WorkerCrashedError(), Reason.CRASH),
        (RuntimeError("something new"), Reason.CRASH),
    ],
)
def test_what_ray_says_has_a_reason(error, reason):
    assert crash_cause(error).reason is reason


def test_no_cluster_is_a_mistake_of_the_user():
    with pytest.raises(InputError, match="no Ray cluster can be reached"):
        RayExecutor({}, ExecutorOptions(address="127.0.0.1:1"))


@pytest.fixture
def started(tmp_path: Path):
    """Makes an executor on this machine; ended with the test."""
    executors: list[RayExecutor] = []

    def start(base: Any = None, **more: Any) -> RayExecutor:
        executors.append(RayExecutor(base or {}, ExecutorOptions(**more)))
        return executors[-1]

    yield start
    for executor in executors:
        executor.close()


@pytest.mark.slow
def test_a_trial_that_fits_nowhere_is_told_at_once_and_ray_is_left(started):
    with pytest.raises(InputError, match=r"limits\.trial_memory: no machine can hold such a trial.*lower it"):
        started(limits=Limits(memory_bytes=2**50))
    assert not ray.is_initialized()


@pytest.mark.slow
def test_memory_bounds_how_many_run_at_a_time(started):
    free = next(int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if "Available" in line)
    one = started(workers=2, limits=Limits(memory_bytes=int(free * 1024 * 0.6)))
    assert (one.slots, one.room()) == (1, 1)


@pytest.mark.slow
def test_the_same_results_as_in_one_process_and_what_waits_is_taken_back(started, tmp_path):
    """`inline` is the specification of `ray`."""
    space = {"strategy.buys": [1, 2, 3, 4, 5, 6], "strategy.error_every": [3]}
    document = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), space)
    planned = plan(sweeps.write(tmp_path / "spec.yaml", document))
    trials = [Trial(n, planned.key(p), p) for n, p in enumerate(planned.spec.space.points())]
    results = {}
    options = ExecutorOptions(code=planned.code)  # else a worker tells of user code that no key covers
    ray_place = started(planned.base, workers=2, paths=["."], code=planned.code)
    for executor in (ray_place, InlineExecutor(planned.base, options)):
        results_by_number: dict[int, Result] = {}
        waiting = list(trials)
        while len(results_by_number) < len(trials):
            while waiting and executor.room():
                executor.submit(waiting.pop(0))
            results_by_number |= {trial.number: result for trial, result in executor.wait(1)}
        results[type(executor)] = [timeless(results_by_number[n]) for n in range(len(trials))]
    assert results[RayExecutor] == results[InlineExecutor]
    assert {r["state"] for r in results[RayExecutor]} == {"COMPLETE", "FAILED"}


def timeless(result: Result) -> dict[str, Any]:
    return {k: v for k, v in result.plain().items() if k not in {"started", "ended", "worker", "timing", "trace"}}


@pytest.mark.slow
def test_trials_that_wait_are_taken_back_and_those_that_run_come_to_their_end(started, tmp_path):
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1, 2, 3, 4]})
    content["strategy"]["config"] = {"pause": 2.0}
    planned = plan(sweeps.write(tmp_path / "spec.yaml", content))
    executor = started(planned.base, workers=2, paths=["."])
    for n, params in enumerate(planned.spec.space.points()):
        executor.submit(Trial(n, planned.key(params), params))
    deadline = time.monotonic() + 60
    while sum(f.started is not None for f in executor.in_flight()) < 2 and time.monotonic() < deadline:
        executor.wait(0.1)
    assert [trial.number for trial in executor.recall()] == [2, 3]
    ended: list[int] = []
    while len(ended) < 2 and time.monotonic() < deadline:
        ended += [trial.number for trial, result in executor.wait(1) if result.metrics]
    assert sorted(ended) == [0, 1]
    assert executor.wait(0.1) == []


FAULTS = {
    "abort": Reason.CRASH,
    "sleep": Reason.TIMEOUT,
    "error": Reason.STRATEGY,
    "threads": None,
    "later": None,
    "files": None,
}


@pytest.mark.slow
def test_a_bunch_of_short_trials_breaks_at_the_one_that_is_to_blame_and_costs_no_other_a_result(
    started: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """One aborts, one hangs, one fails by itself; two leave threads that would end their worker a second later.

    The last leaves a worker that can open no file: no other trial may run there.
    """
    monkeypatch.setattr(bunches, "SHORTEST", bunches.LONGEST)  # so that also a slow machine makes bunches
    monkeypatch.setattr(bunches, "KNOWN", 1)
    space = {"strategy.buys": list(range(1, 41)), "strategy.how": ["well", *FAULTS]}
    planned = plan(sweeps.write(tmp_path / "spec.yaml", sweeps.spec(sweeps.catalog(tmp_path / "c", minutes=2), space)))
    points = [p for p in planned.spec.space.points() if p["strategy.how"] == "well" or p["strategy.buys"] == 8]
    trials = [Trial(n, planned.key(p), p) for n, p in enumerate(points)]
    place = started(planned.base, workers=2, paths=["."], limits=Limits(timeout_s=6.0))
    waiting, results, in_bunches = list(trials), dict[int, Result](), set[int]()
    while len(results) < len(trials):
        while waiting and place.room():
            place.submit(waiting.pop(0))
        ended = place.wait(0.1)
        assert not results.keys() & {trial.number for trial, _ in ended}
        results |= {trial.number: result for trial, result in ended}
        in_bunches |= {t.number for flight in place.in_flight() if flight.is_bunch for t in flight.trials}
    assert in_bunches & {t.number for t in trials if t.params["strategy.how"] == "abort"}
    inline = InlineExecutor(planned.base)
    for trial in trials:
        result, how = results[trial.number], str(trial.params["strategy.how"])
        if how == "files":
            continue  # what comes of it depends on who may raise a limit again
        assert result.reason is FAULTS.get(how), (how, result.message)
        if not result.reason:
            inline.submit(Trial(trial.number, trial.key, {**trial.params, "strategy.how": "well"}))
            ((_, alone),) = inline.wait(0)
            assert (result.state, result.metrics, result.fills) == (alone.state, alone.metrics, alone.fills)


@pytest.mark.slow
@pytest.mark.parametrize("stuck", [1, 99])
def test_a_trial_that_no_worker_begins_is_handed_out_again_and_fails_at_last(
    started: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stuck: int
):
    begun = tmp_path / "begun"

    def late_task(*common: Any) -> Any:
        task = task_of(*common)

        def late(*args: Any) -> Any:
            with begun.open("a") as file:
                file.write("x")
            if begun.stat().st_size <= stuck:
                time.sleep(600)
            yield from task(*args)

        return late

    monkeypatch.setattr(ray_executor, "ARRIVAL", 8.0)  # a worker of this machine begins within it
    monkeypatch.setattr(ray_executor, "task_of", late_task)
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1]})
    planned = plan(sweeps.write(tmp_path / "spec.yaml", content))
    (params,) = planned.spec.space.points()
    place = started(planned.base, workers=1, paths=["."])
    place.submit(Trial(0, "k", params))
    deadline, ended = time.monotonic() + 120, []
    while not ended and time.monotonic() < deadline:
        ended = place.wait(1)
    ((_, result),) = ended
    if stuck == 1:
        assert (result.state, begun.read_text()) == ("COMPLETE", "xx")
    else:
        assert (result.state, result.reason) == ("FAILED", Reason.CRASH)
        assert "no worker began it within 8 s" in result.message
        assert begun.read_text() == "x" * (1 + place.slots + ray_executor.RETIRED)
    assert place.in_flight() == ()
