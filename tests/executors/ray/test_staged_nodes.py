"""A cluster of three with a cache on each node: staged once per node, a node that leaves, one that has another copy."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from sweep.errors import SweepError
from sweep.executors.base import ExecutorOptions
from sweep.executors.inline import InlineExecutor
from sweep.executors.limits import Limits
from sweep.executors.ray.executor import RayExecutor
from sweep.ledger.ledger import Ledger
from sweep.runner.plan import SweepPlan, plan
from sweep.trial import State
from tests.support import s3, sweeps
from tests.support.drivers import ROOT, Driver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TRIALS, PAUSE = 12, 2.0  # seconds


def node(ray_cluster: Any, cache: Path, **more: str) -> Any:
    """A machine of one core with a cache of its own."""
    return ray_cluster.add_node(num_cpus=1, env_vars={"SWEEP_CACHE": str(cache), **more})


def planned(place: Path, catalog: str, pause: float) -> SweepPlan:
    content = sweeps.spec(catalog, {"strategy.buys": list(range(1, TRIALS + 1))})
    content["strategy"]["config"] = {"pause": pause}
    return plan(sweeps.write(place / "spec.yaml", content))


def executor(plan: SweepPlan, ray_cluster: Any, messages: list[str]) -> RayExecutor:
    options = ExecutorOptions(
        address=ray_cluster.address, limits=Limits(timeout_s=60), paths=[str(ROOT)], supply=plan.supply().plain(),
        say=messages.append,
    )  # fmt: skip
    return RayExecutor(plan.base, options)


def drive(plan: SweepPlan, place: Any, path: Path, watch: Any = lambda _: None) -> list[tuple[Any, ...]]:
    """Results of all trials."""
    from sweep.runner import driver
    from sweep.runner.control.progress import Progress
    from sweep.runner.control.stop import Stop
    from sweep.search.base import SearchMethod
    from sweep.search.grid import Grid

    tally = Progress(TRIALS, exact=True, slots=place.slots)
    with Ledger.create(path, plan.facts()) as ledger:
        searched = SearchMethod(Grid(plan.spec.space))
        driver.Driver(plan, searched, place, ledger, tally).run(Stop(), watch)
        return [(r.number, r.key, r.state, r.metrics, ledger.series(r.number)) for r in ledger.rows()]


@pytest.mark.s3
def test_staged_to_each_node_and_a_node_is_lost(ray_cluster, tmp_path, monkeypatch):
    local = sweeps.catalog(tmp_path / "catalog", minutes=2)
    with s3.serving(tmp_path / "s3") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        url = s3.upload(server, tmp_path / "catalog", "small")
        caches = [tmp_path / f"node{n}" for n in range(3)]
        nodes = [node(ray_cluster, cache, **server.environment) for cache in caches]
        monkeypatch.setenv("SWEEP_CACHE", str(tmp_path / "driver"))
        plan = planned(tmp_path, url, PAUSE)
        files, before = len(plan.supply().files), server.gets()
        messages: list[str] = []
        place = executor(plan, ray_cluster, messages)
        removed: list[threading.Thread] = []

        def watch(tally: Any) -> None:
            ready = all(list(cache.glob("views/*/data")) for cache in caches)
            if tally.ended and ready and not removed:
                removed.append(threading.Thread(target=ray_cluster.remove_node, args=(nodes[2], False)))
                removed[0].start()

        results = drive(plan, place, tmp_path / "lost.sqlite", watch)
        assert removed, "the sweep ended before a node was lost"
        removed[0].join()
        assert server.gets() - before == files * 3, "each file once for each node"
    assert len({line.partition(":")[0] for line in messages if "stages" in line}) == 3
    for cache in caches:
        (view,) = cache.glob("views/*/files.json")
        assert json.loads(view.read_text())["origin"] == url
    here = planned(tmp_path, local, 0.0)
    assert [(n, s, m, r) for n, _, s, m, r in results] == [
        (n, s, m, r) for n, _, s, m, r in drive(here, InlineExecutor(here.base), tmp_path / "calm.sqlite")
    ]
    assert [f[2] for f in results] == [State.COMPLETE] * TRIALS
    same = planned(tmp_path, local, PAUSE)
    assert same.id == plan.id
    assert [key for _, key, *_ in results] == [same.key({"strategy.buys": n}) for n in range(1, TRIALS + 1)]


def test_a_node_that_cannot_have_the_catalog_gets_no_trials(ray_cluster, tmp_path):
    (tmp_path / "file").touch()
    sweeps.catalog(tmp_path / "catalog", minutes=2)
    node(ray_cluster, tmp_path / "good")
    node(ray_cluster, tmp_path / "file" / "below")
    plan, messages = planned(tmp_path, (tmp_path / "catalog").as_uri(), 0.2), list[str]()
    place = executor(plan, ray_cluster, messages)
    assert place.slots == 2
    results = drive(plan, place, tmp_path / "one.sqlite")
    assert [f[2] for f in results] == [State.COMPLETE] * TRIALS
    (refusal,) = [line for line in messages if "gets no trials" in line]
    assert "file/below/objects: cannot be made" in refusal
    assert place.slots == 1


def test_a_local_catalog_that_no_node_has_as_the_driver_does_stops_the_sweep(ray_cluster, tmp_path):
    node(ray_cluster, tmp_path / "cache")
    sweeps.catalog(tmp_path / "catalog", minutes=2)
    plan, messages = planned(tmp_path, str(tmp_path / "catalog"), 0.0), list[str]()
    place = executor(plan, ray_cluster, messages)
    touched = max((tmp_path / "catalog" / "data").rglob("*.parquet"))
    touched.write_bytes(touched.read_bytes()[::-1])
    with pytest.raises(SweepError, match=rf"no machine.*\n.*node .*: {touched}: differs from the driver's"):
        drive(plan, place, tmp_path / "none.sqlite")


@pytest.mark.s3
def test_on_a_workstation_all_workers_share_one_copy(tmp_path, monkeypatch):
    sweeps.catalog(tmp_path / "catalog", minutes=2)
    with s3.serving(tmp_path / "s3") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SWEEP_CACHE", str(tmp_path / "cache"))
        url = s3.upload(server, tmp_path / "catalog", "small")
        spec = sweeps.write(tmp_path / "spec.yaml", sweeps.spec(url, {"strategy.buys": [1, 2, 3, 4]}))
        runs, before = tmp_path / "runs", server.gets()
        driver = Driver("run", spec, "--workers", 2, "--runs-dir", runs, "--tracking-uri", "none", "--json")
        code, out, errors = driver.end()
        looks = 1  # for a manifest, which is not there; a listing is no GET to the server
        assert server.gets() - before == looks + 2
    assert code == 0, errors
    assert json.loads(out)["trials"] == {"COMPLETE": 4}
    assert f"stages 2 files, 0.0 MiB, of {url}" in errors
