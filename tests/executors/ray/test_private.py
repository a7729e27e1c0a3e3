"""Ray on this machine alone: what is started, and that trials run on it."""

import gc
from pathlib import Path
from types import SimpleNamespace

import pytest
import ray
from ray import _raylet
from ray._private import node, services, utils, worker

from sweep.executors.base import ExecutorOptions
from sweep.executors.ray import private
from sweep.executors.ray.executor import RayExecutor
from sweep.executors.ray.private import minimal_node


def test_the_nodes_of_others_are_whole():
    whole = node.Node

    def fail() -> None:
        with minimal_node():
            assert node.Node is not whole
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert node.Node is whole


def programs(raylet):
    """The command lines of a raylet's children."""
    children = Path(f"/proc/{raylet}/task/{raylet}/children").read_text().split()
    return [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in children]


@pytest.mark.slow
def test_agents_stand_in_until_a_task_asks_for_an_environment():
    executor = RayExecutor({}, ExecutorOptions(workers=1))
    try:
        raylet = ray._private.worker._global_node.all_processes["raylet"][0].process.pid
        standing = [line for line in programs(raylet) if "sweep/executors/ray/agent_stub.py" in line]
        assert len(standing) == 2, programs(raylet)
        task = ray.remote(lambda: __import__("os").environ["SAID"])
        answer = task.options(runtime_env={"env_vars": {"SAID": "so"}}).remote()
        assert ray.get(answer, timeout=90) == "so"
    finally:
        executor.close()


@pytest.mark.slow
def test_no_dashboard_no_monitor_and_no_log_monitor_are_started():
    executor = RayExecutor({}, ExecutorOptions(workers=1))
    try:
        started = ray._private.worker._global_node.all_processes
        assert {"gcs_server", "raylet"} <= started.keys()
        assert not started.keys() & {"dashboard", "monitor", "log_monitor"}
        task = ray.remote(lambda: "ran")
        assert ray.get(task.remote(), timeout=60) == "ran"
    finally:
        executor.close()


@pytest.mark.slow
def test_garbage_that_another_thread_finds_while_ray_ends_ends_nothing_else(monkeypatch):
    collects = []
    executor = RayExecutor({}, ExecutorOptions(workers=1))
    monkeypatch.setattr(ray, "shutdown", lambda whole=ray.shutdown: [collects.append(gc.isenabled()), whole()])
    executor.close()
    assert collects == [False]  # else this process may end with status 1: a reference in a cycle is freed in no order
    assert gc.isenabled() and not ray.is_initialized()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (node, "Node"),
        (node.Node, "start_monitor"),
        (node.Node, "start_log_monitor"),
        (node.Node, "start_api_server"),
        (node.Node, "start_raylet"),
        (services, "_build_python_executable_command_memory_profileable"),
        (services, "resolve_ip_for_localhost"),
        (_raylet.Config, "initialize"),
        (_raylet.AuthenticationTokenLoader, "instance"),
        (utils, "get_dashboard_dependency_error"),
        (worker, "print_to_stdstream"),
    ],
)
def test_ray_still_has_the_private_names_that_are_replaced(owner, name):
    assert callable(getattr(owner, name))


def test_no_token_no_header(monkeypatch):
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    assert private.token_headers() == {}


def test_the_free_resources_of_each_machine():
    ray.init(address="local", num_cpus=1, include_dashboard=False)  # not one that another test has started
    try:
        (machine,) = ray.nodes()
        assert private.free_resources()[machine["NodeID"]]["CPU"] == 1.0
    finally:
        ray.shutdown()


@pytest.mark.parametrize(("states", "name"), [((None, None), ""), ((None, -9), "raylet"), ((0, None), "gcs_server")])
def test_a_process_that_ended_is_named(states, name, monkeypatch):
    kinds = zip(("gcs_server", "raylet"), states, strict=True)
    processes = {kind: [SimpleNamespace(process=SimpleNamespace(poll=lambda s=state: s))] for kind, state in kinds}
    monkeypatch.setattr(worker, "_global_node", SimpleNamespace(all_processes=processes))
    assert private.ended_process() == name


def test_without_a_node_of_ours_none_has_ended(monkeypatch):
    monkeypatch.setattr(worker, "_global_node", None)
    assert private.ended_process() == ""
