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
