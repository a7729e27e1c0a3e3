"""Ray on this machine alone: what is started, and that trials run on it."""

import pytest
from ray._private import node

from sweep.executors import ray as module
from sweep.executors.head import lean
from sweep.executors.ray import RayExecutor

pytestmark = pytest.mark.alone


def test_the_nodes_of_others_are_whole():
    whole = node.Node

    def fail() -> None:
        with lean():
            assert node.Node is not whole
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert node.Node is whole


@pytest.mark.slow
def test_no_dashboard_no_monitor_and_no_log_monitor_are_started():
    executor = RayExecutor({}, workers=1)
    try:
        started = module.ray._private.worker._global_node.all_processes
        assert {"gcs_server", "raylet"} <= started.keys()
        assert not started.keys() & {"dashboard", "monitor", "log_monitor"}
        task = module.ray.remote(lambda: "ran")
        assert module.ray.get(task.remote(), timeout=60) == "ran"
    finally:
        executor.close()
