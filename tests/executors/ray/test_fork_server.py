"""Workers of this machine come from a fork server, and without it from Ray, with the same surroundings."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import ray

from sweep.executors import factory
from sweep.executors.base import ExecutorOptions
from sweep.executors.ray.fork_server_handle import fork_server
from sweep.executors.ray.forked_worker import PROGRAM, SERVER

pytestmark = pytest.mark.slow


def surroundings():
    """Surroundings of a worker, as a task sees them."""
    import gc
    import os
    import sys
    from pathlib import Path

    parent = Path(f"/proc/{os.getppid()}/cmdline").read_bytes().decode()
    return {
        "pid": os.getpid(), "parent": os.getppid(), "command": parent.replace("\0", " "),
        "environment": dict(os.environ), "path": list(sys.path), "hash": hash("a text"),
        "main": sys.modules["__main__"].__file__, "argv": sys.argv[0], "collects": gc.isenabled(),
        "leads group": os.getpgrp() == os.getpid(),
        "has engine": "sweep.backtest.engine.backtest_run" in sys.modules, "directory": str(Path.cwd()),
        "mlflow": "mlflow" in sys.modules,
        "files": [Path(f"/proc/self/fd/{n}").readlink().suffix for n in range(3)],
    }  # fmt: skip


@pytest.fixture
def executor():
    executor = factory.load("ray", "local")({}, ExecutorOptions(workers=2))
    yield executor
    executor.close()


def ask():
    return ray.get(ray.remote(surroundings).options(max_retries=5).remote(), timeout=90)  # a worker may be dying


def ended(pid):
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_worker_is_a_copy_with_the_surroundings_of_one_that_ray_starts(executor):
    forked = ask()
    server = fork_server._process.pid
    assert forked["parent"] == server and "fork_server.py" in forked["command"], forked
    assert forked["has engine"] and forked["collects"] and not forked["mlflow"]
    copies = psutil.Process(server).children()
    os.kill(server, signal.SIGKILL)
    assert ended(server)
    assert ask()["pid"] in {copy.pid for copy in copies}, "a worker died with the server"
    for copy in copies:
        copy.kill()
        assert ended(copy.pid)
    started = ask()
    assert "fork_server.py" not in started["command"] and started["pid"] != forked["pid"]
    same = ("path", "hash", "main", "argv", "directory", "collects", "leads group", "files")
    assert {name: forked[name] for name in same} == {name: started[name] for name in same}
    own = {"SWEEP_WORKER"}
    assert set(forked["environment"]) - own == set(started["environment"]) - own
    assert not {SERVER, PROGRAM} & (forked["environment"].keys() | started["environment"].keys() | os.environ.keys())


def test_copies_die_alone_and_others_take_their_place(executor):
    first = ask()
    for copy in psutil.Process(first["parent"]).children():
        copy.kill()
        assert ended(copy.pid)
    again = ask()
    assert again["pid"] != first["pid"] and again["parent"] == first["parent"] == fork_server._process.pid
    assert not [p for p in psutil.Process(first["parent"]).children() if p.status() == psutil.STATUS_ZOMBIE]


KILLING = """
import os, subprocess, sys, ray
from sweep.executors import factory
from sweep.executors.base import ExecutorOptions
from sweep.executors.ray.fork_server_handle import fork_server
fork_server.begin()
kill = '''
import os, sys, time
while not (copies := open(sys.argv[1]).read().split()):
    time.sleep(0.002)
os.kill(int(copies[0]), 9)
'''
pid = fork_server._process.pid
killer = subprocess.Popen([sys.executable, "-c", kill, f"/proc/{pid}/task/{pid}/children"])
executor = factory.load("ray", "local")({}, ExecutorOptions(workers=2))
def parent():
    return os.getppid()
asked = [ray.remote(parent).options(max_retries=5).remote() for _ in range(4)]
assert set(ray.get(asked, timeout=100)) == {pid}
assert killer.wait(10) == 0
executor.close()
"""


def test_a_copy_that_dies_at_its_start_holds_up_nobody():
    """Ray's `init` would wait for it for ever, with the interpreter's lock, so in a process of its own."""
    process = subprocess.run([sys.executable, "-c", KILLING], capture_output=True, text=True, check=False, timeout=110)
    assert process.returncode == 0, process.stderr


def test_a_server_that_is_stopped_is_ended_with_the_node(executor):
    server = fork_server._process.pid
    os.kill(server, signal.SIGSTOP)
    executor.close()
    assert ended(server)


def test_a_driver_that_is_killed_leaves_no_server():
    program = (
        "import os, signal; from sweep.executors.ray.fork_server_handle import fork_server; fork_server.begin();"
        "print(fork_server._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    command = [sys.executable, "-c", program]
    process = subprocess.run(command, cwd=Path.cwd(), capture_output=True, text=True, check=False)
    assert process.returncode == -signal.SIGKILL
    assert ended(int(process.stdout))


def test_it_ends_with_the_node(executor):
    server = fork_server._process.pid
    executor.close()
    assert ended(server)
