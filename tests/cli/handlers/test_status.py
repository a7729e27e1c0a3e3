"""One rule for where `sweep status` looks, and its first line says it."""

import json
import socket

import pytest

from sweep.ledger.run_directory import Folder
from tests.support import commands
from tests.support.commands import invoke


@pytest.fixture
def nobody():
    """The address of a cluster that does not answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("by", ["option", "SWEEP_ADDRESS", "RAY_API_SERVER_ADDRESS"])
def test_an_address_means_the_cluster_however_it_is_given(finished_sweep, nobody, named, by, monkeypatch):
    """Also where a sweep of this name is here: it would be taken for that of the cluster."""
    if by != "option":
        monkeypatch.setenv(by, nobody)
    sweep = [finished_sweep.id, *commands.of(finished_sweep)] if named else []
    address = ["--address", nobody] if by == "option" else []
    assert "nothing answers there" in invoke("status", *sweep, *address, code=2).output


@pytest.mark.parametrize("variable", [True, False])
def test_this_machine_is_looked_at_without_an_address_or_with_local(finished_sweep, nobody, variable, monkeypatch):
    if variable:
        monkeypatch.setenv("SWEEP_ADDRESS", nobody)
    local = ["--address", "local"] if variable else []
    lines = invoke("status", finished_sweep.id, *local, *commands.of(finished_sweep)).stdout.splitlines()
    assert lines[0].startswith("on this machine, in ") and lines[1] == finished_sweep.id


def test_without_a_name_all_sweeps_that_run_here_are_shown(finished_sweep):
    where = commands.of(finished_sweep)
    assert "no sweep runs" in invoke("status", *where).stdout
    folder: Folder = finished_sweep.folder
    with folder.locked():
        assert finished_sweep.id in invoke("status", *where).stdout
        (running,) = json.loads(invoke("status", "--json", *where).stdout)["sweeps"]
    assert running["id"] == finished_sweep.id and running["driver"]["pid"]


@pytest.mark.parametrize("command", ["stop", "pause"])
def test_a_sweep_that_does_not_run_is_said_to_be_so(finished_sweep, command):
    message = invoke(command, finished_sweep.id, *commands.of(finished_sweep)).stderr
    assert message == f"{finished_sweep.id} does not run: it is finished\n"
    assert not (finished_sweep.folder.path / ".driver").exists()


@pytest.mark.parametrize("command", ["stop", "pause"])
def test_a_name_that_is_no_sweep(tmp_path, command):
    assert "there is no such sweep" in invoke(command, "nothing", "--runs-dir", tmp_path, code=2).stderr


def test_an_address_means_the_cluster(finished_sweep, monkeypatch):
    monkeypatch.setenv("SWEEP_ADDRESS", "http://127.0.0.1:9")
    where = commands.of(finished_sweep)
    for command in ("stop", "pause", "resume"):
        assert "nothing answers there" in invoke(command, finished_sweep.id, *where, code=2).output
        assert "no such sweep" in invoke(command, "nothing", *where, "--address", "local", code=2).output
    output = invoke("status", "--watch", *where, code=2).output
    assert "for sweeps that run on this machine" in output and "--address local" in output
    assert invoke("status", "--watch", *where, "--address", "local")
    monkeypatch.delenv("SWEEP_ADDRESS")
    cluster = ("--address", "http://127.0.0.1:9")
    assert "nothing answers there" in invoke("resume", finished_sweep.id, *where, *cluster, code=2).output
