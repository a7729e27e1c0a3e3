"""Stub of Ray's agents: it opens the port, starts the real agent on the first connection, and ends with the raylet."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweep.executors.ray import agent_stub

PARENT = """
import subprocess, sys
print(subprocess.Popen(sys.argv[1:]).pid, flush=True)
sys.stdin.read()
"""
REAL = """
import json, sys
from pathlib import Path
Path(__file__).with_name("real").write_text(json.dumps(sys.argv[1:]))
"""


def until(question, patience=10.0):
    end = time.monotonic() + patience
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def runs(pid):
    return Path(f"/proc/{pid}").exists()


@pytest.fixture
def start(tmp_path):
    """Starts a stand-in as a raylet would, below a process of its own; that process, and the stand-in's id."""
    started = []

    def begin(*arguments):
        real = tmp_path / "real.py"
        real.write_text(REAL)
        command = [
            sys.executable,
            "-S",
            "-E",
            agent_stub.__file__,
            str(real),
            f"--session-dir={tmp_path}",
            "--node-id=ab",
        ]
        raylet = subprocess.Popen(
            [sys.executable, "-c", PARENT, *command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(raylet)
        assert raylet.stdout
        return raylet, int(raylet.stdout.readline())

    yield begin
    for raylet in started:
        raylet.kill()
        raylet.communicate()


def port(folder, name):
    file = folder / f"{name}_port_ab"
    return int(until(lambda: file.exists() and file.read_text()))


def test_the_dashboards_agent_listens_nowhere_and_ends_with_its_raylet(tmp_path, start):
    raylet, pid = start("--grpc-port=0", "--minimal")
    for name in ("metrics_agent", "metrics_export", "dashboard_agent_listen"):
        assert port(tmp_path, name) == agent_stub.NO_PORT
    raylet.kill()
    assert until(lambda: not runs(pid))


def test_nobody_knocks_and_the_real_agent_is_not_started(tmp_path, start):
    raylet, pid = start("--node-ip-address=127.0.0.1", "--runtime-env-agent-port=0")
    assert port(tmp_path, "runtime_env_agent") > 0
    raylet.kill()
    assert until(lambda: not runs(pid))
    assert not (tmp_path / "real").exists()


def test_the_first_knock_starts_the_real_agent_on_the_same_port(tmp_path, start):
    start("--node-ip-address=127.0.0.1", "--runtime-env-agent-port=0", "--log-dir=x")
    agent_port = port(tmp_path, "runtime_env_agent")
    socket.create_connection(("127.0.0.1", agent_port), timeout=5).close()
    arguments = json.loads(until(lambda: (tmp_path / "real").exists() and (tmp_path / "real").read_text()))
    assert f"--runtime-env-agent-port={agent_port}" in arguments and "--runtime-env-agent-port=0" not in arguments
    assert {"--log-dir=x", "--node-id=ab"} <= set(arguments)
