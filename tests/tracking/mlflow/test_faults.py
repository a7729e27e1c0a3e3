"""Real processes: a mirror that is killed, a server that fails. Then `sync`: exactly one whole run for each trial."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sweep.tracking.factory import sync
from sweep.tracking.mlflow.mirror import MirrorHandle
from tests.tracking.proxy import FAULTS, STALL, proxied
from tests.tracking.servers import Server
from tests.tracking.sweeps import FACTS, extend, new_folder
from tests.tracking.views import View, assert_mirrored

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def clean(server):
    """The server without runs of an earlier test; its view."""
    view = View(server.uri)
    for experiment in view.client.search_experiments(filter_string=f"name = '{FACTS['name']}'"):
        view.client.rename_experiment(experiment.experiment_id, f"old-{time.time_ns()}")
        view.client.delete_experiment(experiment.experiment_id)
    return view


def kill(mirror: MirrorHandle) -> None:
    assert mirror.pid
    os.kill(mirror.pid, signal.SIGKILL)


@pytest.mark.parametrize("seed", range(4))
def test_a_mirror_killed_at_any_moment_leaves_what_sync_completes(tmp_path, uri, view, seed):
    chance = random.Random(seed)
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 40)
    for _ in range(2):
        mirror = MirrorHandle.start(folder.path, uri)
        while mirror.report().mirrored == 0 and mirror.pid:  # not while it still loads MLflow
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 0.5))
        kill(mirror)
        mirror.finish()
        extend(folder, 30)
    report = sync(folder.path, uri)
    assert (report.mirrored, report.left, report.error) == (100, 0, "")
    assert_mirrored(folder, view)


def test_when_the_driver_is_killed_the_mirror_finishes_and_ends(tmp_path, uri, view):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 5)
    code = f"""
import time
from pathlib import Path
from sweep.tracking.mlflow.mirror import MirrorHandle
print(MirrorHandle.start(Path({str(folder.path)!r}), {uri!r}).pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout
        mirror = int(driver.stdout.readline())
        driver.kill()
    deadline = time.monotonic() + 120
    while is_alive(mirror) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(mirror)
    assert_mirrored(folder, view)


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("seed", range(2))
def test_a_server_that_fails_often_gets_every_trial_once(tmp_path, server, clean, seed, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    chance = random.Random(seed)
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 10)
    with proxied(server.uri) as proxy:
        weights = [8, 8, 8, 8, 1]
        proxy.fault = lambda *_: chance.choices(FAULTS, weights)[0] if chance.random() < 0.2 else None
        mirror = MirrorHandle.start(folder.path, proxy.uri)
        extend(folder, 10)
        mirror.finish(60)
        assert {fault for *_, fault in proxy.requests_and_faults} >= set(FAULTS[:4])
        proxy.fault = lambda *_: None
        mirror.finish()
        report = sync(folder.path, proxy.uri)
    assert (report.mirrored, report.left, report.error) == (20, 0, "")
    assert_mirrored(folder, clean)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_loses_the_answer_to_create_run_leaves_no_ghost(tmp_path, server, clean, fault, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "2")
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 4)
    counts: dict[str, int] = {}

    def second_of_each_post(method, path):
        counts[path] = counts.get(path, 0) + 1
        return fault if method == "POST" and counts[path] == 2 else None

    with proxied(server.uri) as proxy:
        proxy.fault = second_of_each_post
        sync(folder.path, proxy.uri)
        time.sleep(STALL if fault == "stall" else 0)  # what the client gave up on arrives late
        report = sync(folder.path, proxy.uri)
    assert (report.mirrored, report.left, report.error) == (4, 0, "")
    assert_mirrored(folder, clean)


def test_a_server_that_dies_between_create_run_and_log_batch(tmp_path):
    server, folder = Server(tmp_path), new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 6)
    server.start()
    try:
        with proxied(server.uri) as proxy:
            creates = 0

            def die_before_a_batch(method, path):
                nonlocal creates
                creates += path.endswith("runs/create")
                if creates == 4 and path.endswith("runs/log-batch") and server.process:
                    server.kill()
                return None if server.process else "cut"

            proxy.fault = die_before_a_batch
            mirror = MirrorHandle.start(folder.path, proxy.uri)
            while server.process:
                time.sleep(0.05)
            half = mirror.report()
            assert half.left
            restart = threading.Timer(1.0, server.start)
            restart.start()
            mirror.finish(90)
            restart.join()  # where a server takes long to start, the mirror has given up before
            report = sync(folder.path, proxy.uri)
        assert (report.mirrored, report.left, report.error) == (6, 0, "")
        assert_mirrored(folder, View(server.uri))
    finally:
        server.kill()


def test_without_a_server_the_sweep_ends_and_sync_catches_up(tmp_path):
    server, folder = Server(tmp_path), new_folder(tmp_path / "runs" / FACTS["id"])
    mirror = MirrorHandle.start(folder.path, server.uri)
    extend(folder, 8)
    report = mirror.finish()
    assert (report.mirrored, report.left) == (0, 8)
    assert "refused" in report.error
    server.start()
    try:
        assert sync(folder.path, server.uri).plain() == {"mirrored": 8, "left": 0, "error": ""}
        assert_mirrored(folder, View(server.uri))
    finally:
        server.kill()
