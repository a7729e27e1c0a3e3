import os
import signal
import time
from pathlib import Path

import pytest

from sweep.tracking.factory import address, sync
from sweep.tracking.mlflow import mirror as mirrors
from sweep.tracking.mlflow.mirror import MirrorHandle
from sweep.tracking.tracking_uri import TrackingStore
from tests.tracking.sweeps import FACTS, extend, new_folder
from tests.tracking.views import assert_mirrored


def test_a_mirror_follows_the_driver_and_finishes(tmp_path, uri, view):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 2, finished=False)
    mirror = MirrorHandle.start(folder.path, uri)
    extend(folder, 2)
    assert mirror.pid
    states = []
    report = mirror.finish(watch=states.append)
    assert report.plain() == {"mirrored": 4, "left": 0, "error": ""}
    log = Path(f"{TrackingStore.at(uri).path}-wal")
    assert not log.exists() or log.stat().st_size == 0, "it was five times as long as the store"
    assert states
    assert_mirrored(folder, view)


def test_it_runs_at_the_lowest_priority_in_a_session_of_its_own(tmp_path, uri):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    mirror = MirrorHandle.start(folder.path, uri)
    assert mirror.pid
    assert os.getsid(mirror.pid) == mirror.pid
    deadline = time.monotonic() + 60
    while os.getpriority(os.PRIO_PROCESS, mirror.pid) < 19 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert os.getpriority(os.PRIO_PROCESS, mirror.pid) == 19
    os.kill(mirror.pid, signal.SIGKILL)
    mirror.finish()


def test_a_mirror_that_is_stopped_for_ever_is_ended(tmp_path, uri, monkeypatch):
    """The driver waited for it without end, and without a word."""
    monkeypatch.setattr(mirrors, "STILL", 1.5)
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 2)
    mirror = MirrorHandle.start(folder.path, uri)
    assert mirror.pid
    os.kill(mirror.pid, signal.SIGSTOP)
    report = mirror.finish(60)
    assert (report.left, report.error) == (2, "the mirror's process stood still for 1.5 s, and was ended")
    with pytest.raises(ProcessLookupError):
        os.kill(mirror.pid, 0)
    assert sync(folder.path, uri).left == 0


@pytest.mark.slow
def test_a_mirror_without_time_goes_on_by_itself(tmp_path, uri, view):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    mirror = MirrorHandle.start(folder.path, uri)
    extend(folder, 2)
    report = mirror.finish(0)
    assert (report.left, report.error) == (2, "")
    assert mirror.finish().left == 0
    assert_mirrored(folder, view)


def test_a_mirror_that_waits_touches_nothing_before_it_may(tmp_path, uri, view, empty_store):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 2)
    idle = MirrorHandle.start(folder.path, uri, waits=True)
    assert idle.finish().plain() == {"mirrored": 0, "left": 2, "error": ""}
    assert not (folder.path / "mirror.lock").exists()
    mirror = MirrorHandle.start(folder.path, uri, waits=True)
    mirror.go()
    assert mirror.finish().left == 0
    assert_mirrored(folder, view)


@pytest.mark.slow
def test_the_best_are_drawn_as_soon_as_all_trials_have_ended(tmp_path, uri):
    folder = new_folder(tmp_path / "runs" / FACTS["id"], "top 1")
    extend(folder, 2, finished=False)
    mirror = MirrorHandle.start(folder.path, uri)
    mirror.settle()
    deadline = time.monotonic() + 60
    while not list(folder.tearsheets.glob("*.html")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(folder.tearsheets.glob("*.html"))
    mirror.finish()


def test_it_never_raises_because_of_mlflow(tmp_path, monkeypatch):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 1)
    monkeypatch.setattr(mirrors.sys, "executable", str(tmp_path / "no-python"))
    report = MirrorHandle.start(folder.path, "sqlite:///mlflow.db").finish()
    assert report.left == 1
    assert "could not start" in report.error


def test_a_mirror_that_dies_says_so(tmp_path, uri):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 1)
    mirror = MirrorHandle.start(folder.path, uri)
    assert mirror.pid
    os.kill(mirror.pid, signal.SIGKILL)
    report = mirror.finish()
    assert report.left == 1
    assert "status -9" in report.error


def test_sync_finds_the_store_that_the_sweep_was_mirrored_to(tmp_path, empty_store, view, uri, monkeypatch):
    folder = new_folder(tmp_path / "runs" / FACTS["id"])
    extend(folder, 1)
    monkeypatch.chdir(tmp_path)
    MirrorHandle.start(folder.path, "sqlite:///mlflow.db").finish()  # relative, as in the spec
    extend(folder, 1)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert sync(folder.path).left == 0
    assert not list((tmp_path / "elsewhere").iterdir())
    assert_mirrored(folder, view)


@pytest.mark.parametrize(
    ("recorded", "spec", "expected"),
    [
        ("", "sqlite:///mlflow.db", "sqlite:///mlflow.db"),
        ("sqlite:////abs/mlflow.db", "sqlite:///mlflow.db", "sqlite:////abs/mlflow.db"),
        ("http://me:***@host", "http://me:secret@host", "http://me:secret@host"),
        ("sqlite:////abs/mlflow.db", "http://host", "http://host"),
    ],
)
def test_the_address_of_a_sweep(tmp_path, recorded, spec, expected):
    folder = new_folder(tmp_path / "runs", facts=FACTS | {"mlflow": {"uri": recorded}})
    folder.spec.write_text(f"tracking: {{uri: '{spec}'}}")
    assert address(folder) == expected
