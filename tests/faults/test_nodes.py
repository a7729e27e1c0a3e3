"""A machine leaves a cluster of three while its trials run."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from sweep.executors.base import ExecutorOptions
from sweep.executors.inline import InlineExecutor
from sweep.executors.limits import Limits
from sweep.executors.ray.executor import QUEUED, RayExecutor
from sweep.ledger.ledger import Ledger
from sweep.runner.plan import SweepPlan, plan
from sweep.trial import State
from tests.support import sweeps
from tests.support.drivers import ROOT

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]


TRIALS, PAUSE = 16, 3.0  # seconds


def planned(place: Path, pause: float) -> SweepPlan:
    """A sweep of trials that take so long, which changes no figure."""
    content = sweeps.spec(sweeps.catalog(place / "catalog", minutes=2), {"strategy.buys": list(range(1, TRIALS + 1))})
    content["strategy"]["config"] = {"pause": pause}
    return plan(sweeps.write(place / "spec.yaml", content))


def drive(plan: SweepPlan, executor: Any, path: Path, watch: Any = lambda _: None) -> Ledger:
    from sweep.runner.control.progress import Progress
    from sweep.runner.control.stop import Stop
    from sweep.runner.driver import Driver
    from sweep.search.base import SearchMethod
    from sweep.search.grid import Grid

    ledger = Ledger.create(path, plan.facts())
    tally = Progress(TRIALS, exact=True, slots=executor.slots)
    Driver(plan, SearchMethod(Grid(plan.spec.space)), executor, ledger, tally).run(Stop(), watch)
    return ledger


def test_what_ran_on_a_lost_machine_runs_elsewhere_with_the_same_result(ray_cluster, tmp_path):
    nodes = [ray_cluster.add_node(num_cpus=1) for _ in range(2)]
    plan, calmly = planned(tmp_path, PAUSE), planned(tmp_path, 0.0)
    executor = started(plan, ray_cluster)
    assert executor.slots == 2
    removed: list[threading.Thread] = []

    def watch(tally: Any) -> None:
        if tally.ended and not removed and busy(executor, nodes[1]):
            removed.append(threading.Thread(target=ray_cluster.remove_node, args=(nodes[1], False)))
            removed[0].start()

    with drive(plan, executor, tmp_path / "lost.sqlite", watch) as lost:
        assert removed, "no trial began on the machine that was to be lost"
        removed[0].join()
        attempts = [a for row in lost.rows() for a in lost.attempts(row.number) if a["state"] == State.FAILED]
        assert attempts, "no trial ran on the machine when it was lost"
        assert {a["reason"] for a in attempts} == {"node lost"}
        rows = [(r.number, r.state, r.metrics, lost.series(r.number)) for r in lost.rows()]
    time.sleep(5.1)
    assert executor.slots == 1
    with drive(calmly, InlineExecutor(calmly.base), tmp_path / "calm.sqlite") as calm:
        assert rows == [(r.number, r.state, r.metrics, calm.series(r.number)) for r in calm.rows()]
    assert [state for _, state, *_ in rows] == [State.COMPLETE] * TRIALS


def test_a_machine_that_joins_is_used_and_what_waits_is_bounded(ray_cluster, tmp_path):
    ray_cluster.add_node(num_cpus=1)
    plan = planned(tmp_path, 1.0)
    executor = started(plan, ray_cluster, sweep="s")
    assert executor.slots == 1
    joined: list[Any] = []
    used: set[str] = set()
    flying: list[tuple[int, int]] = []

    def watch(tally: Any) -> None:
        flying.append((len(executor.in_flight()), executor.slots))
        used.update(f.node for f in executor.in_flight() if f.started)
        if tally.ended and not joined:
            joined.append(ray_cluster.add_node(num_cpus=1))

    with drive(plan, executor, tmp_path / "grown.sqlite", watch) as grown:
        assert [row.state for row in grown.rows()] == [State.COMPLETE] * TRIALS
    assert len(used) == 2, "trials ran on the machine that came"
    assert max(slots for _, slots in flying) == 2
    assert all(flights <= QUEUED * slots for flights, slots in flying)


def started(plan: SweepPlan, ray_cluster: Any, **more: Any) -> RayExecutor:
    options = ExecutorOptions(address=ray_cluster.address, limits=Limits(timeout_s=60), paths=[str(ROOT)], **more)
    return RayExecutor(plan.base, options)


def busy(executor: RayExecutor, node: Any) -> bool:
    """True if a trial runs on this machine, and is not about to end."""
    flights = [f for f in executor.in_flight() if f.node == node.node_id]
    return any(f.epoch and time.time() - f.epoch < PAUSE / 2 for f in flights)  # `started` is by the driver's clock
