"""The lock of a sweep's mirror, and its end by another process."""

import os
import socket
import subprocess
import sys

import pytest

from sweep.errors import SweepError
from sweep.ledger.run_directory import Folder
from sweep.tracking import mirror_lock
from sweep.tracking.mirror_lock import NAME, taken, without_mirror
from tests.support.drivers import ROOT

MIRROR = """
import signal, sys, threading
from pathlib import Path
from sweep.ledger.run_directory import Folder
from sweep.tracking.mirror_lock import taken
told = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: told.set())
lock = taken(Folder(Path(sys.argv[1])))
print(flush=True)
while not told.wait(0.05):
    pass
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "made-00000000").mkdir()
    return Folder(tmp_path / "made-00000000")


def test_a_mirror_is_ended_before_its_sweep_is_removed_and_none_begins_meanwhile(folder):
    command = [sys.executable, "-c", MIRROR, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as mirror:
        assert mirror.stdout and mirror.stdout.readline()
        assert taken(folder) is None
        with without_mirror(folder):
            assert mirror.wait(10) == 0
            assert taken(folder) is None
    lock = taken(folder)
    assert lock
    lock.close()


def test_one_that_does_not_end_or_is_elsewhere_is_named_and_an_old_note_harms_nobody(folder, monkeypatch):
    monkeypatch.setattr(mirror_lock, "ENDS", 0.3)
    ended = list[int]()
    monkeypatch.setattr(mirror_lock.os, "kill", lambda pid, _: ended.append(pid))
    with taken(folder) as lock:  # type: ignore[union-attr]
        for note, expected in (
            ('{"host": "elsewhere", "pid": 7}', "process 7 on elsewhere"),
            ("{", "process unknown on an unknown host"),
        ):
            (folder.path / NAME).write_text(note)
            with pytest.raises(SweepError, match=expected), without_mirror(folder):
                pass
        assert not ended
        (folder.path / NAME).write_text(f'{{"host": "{socket.gethostname()}", "pid": {os.getpid()}}}')
        with pytest.raises(SweepError, match="does not end"), without_mirror(folder):
            pass
        assert set(ended) == {os.getpid()}
        assert lock


def test_the_lock_of_a_folder_that_was_removed_is_not_that_of_its_sweep(folder, monkeypatch):
    real = mirror_lock.fcntl.flock

    def slow(lock, kind):
        real(lock, kind)
        folder.path.rename(folder.path.with_name(".removed"))
        folder.path.mkdir()
        (folder.path / NAME).touch()

    monkeypatch.setattr(mirror_lock.fcntl, "flock", slow)
    assert taken(folder) is None
    monkeypatch.undo()
    folder.path.rename(folder.path.with_name(".removed-again"))
    assert taken(folder) is None


def test_a_lock_that_is_a_link_is_refused_and_its_target_stays(folder, tmp_path):
    target = tmp_path / "precious"
    target.write_text("precious")
    (folder.path / NAME).symlink_to(target)
    with pytest.raises(SweepError, match="cannot be opened"):
        taken(folder)
    assert target.read_text() == "precious"
