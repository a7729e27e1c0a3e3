"""The folder of a sweep and its lock."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sweep.common.files.atomic_file import atomic_write
from sweep.errors import InputError, LedgerError
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder


def make(runs: Path, name: str) -> Folder:
    folder = Folder(runs / name)
    Ledger.create(folder.ledger, {"id": name}).close()
    return folder


def test_a_sweep_is_found_by_id_or_by_name_the_newest_first(tmp_path: Path):
    old, new = make(tmp_path, "grid-00000001"), make(tmp_path, "grid-00000002")
    os.utime(old.ledger, (1, 1))
    assert Folder.find(tmp_path, "grid-00000001") == old
    assert Folder.find(tmp_path, "grid") == new
    with pytest.raises(InputError, match="did you mean 'grid-0000000"):
        Folder.find(tmp_path, "grid-0000000")
    with pytest.raises(InputError, match="no such sweep"):
        Folder.find(tmp_path / "nowhere", "grid")


def test_a_folder_that_is_gone_is_not_made_again_to_be_held(tmp_path: Path):
    folder = make(tmp_path, "grid-00000001")
    with folder.locked(exists=True):
        pass
    folder.path.rename(tmp_path / "other-00000001")
    with pytest.raises(InputError, match="removed or renamed"), folder.locked(exists=True):
        pass
    assert not folder.path.exists()


def test_a_link_to_itself_hides_no_sweep(tmp_path: Path):
    sweep = make(tmp_path, "grid-00000001")
    (tmp_path / "circle-00000001").symlink_to("circle-00000001")
    (tmp_path / "inside-00000001").mkdir()
    (tmp_path / "inside-00000001" / "ledger.sqlite").symlink_to("ledger.sqlite")
    (tmp_path / "nowhere-00000001").symlink_to("absent")
    (tmp_path / "file").write_text("")
    assert Folder.all(tmp_path)[0] == sweep
    assert {f.id for f in Folder.all(tmp_path)[1:]} == {"circle-00000001", "inside-00000001"}
    with pytest.raises(LedgerError, match="cannot be reached: Too many levels"):
        Folder.find(tmp_path, "inside").open()


HOLD = """
import sys, time
from pathlib import Path
from sweep.ledger.run_directory import Folder
with Folder(Path(sys.argv[1])).locked():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_driver_is_refused_with_who_holds_it_and_a_dead_one_is_taken_over(tmp_path: Path):
    folder = Folder(tmp_path / "grid-1")
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder.path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        assert (folder.holder() or {}).get("pid") == holder.pid
        with pytest.raises(InputError, match=f"process {holder.pid} on .* since 20"), folder.locked():
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        if holder.stdout:
            holder.stdout.close()
    time.sleep(0.05)
    assert folder.holder() is None
    with folder.locked():
        assert (folder.holder() or {}).get("pid") == os.getpid()
    assert folder.holder() is None


def test_who_only_asks_whether_it_is_held_is_no_driver(tmp_path: Path):
    """`sweep status` takes the lock for a moment; a driver that starts in that moment waits for it."""
    folder = make(tmp_path, "grid-1")
    with folder.locked():
        pass
    asking = (folder.path / "driver.lock").open("r+")
    fcntl.flock(asking, fcntl.LOCK_SH)
    timer = threading.Timer(0.1, asking.close)
    timer.start()
    with folder.locked():
        assert (folder.holder() or {}).get("pid") == os.getpid()
    timer.join()


def test_a_file_that_cannot_be_written_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(LedgerError, match="cannot be written.*Nothing that was recorded is lost"),
        atomic_write(tmp_path / "file" / "t"),
    ):
        pass


def test_a_file_written_aside_appears_whole_or_not_at_all(tmp_path: Path):
    target = tmp_path / "deep" / "file.txt"
    with atomic_write(target) as part:
        part.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_write(target) as part:
        part.write_text(f"half {1 / 0}")
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def test_a_lock_that_is_a_link_is_refused_and_its_target_stays(tmp_path):
    target, folder = tmp_path / "precious", Folder(tmp_path / "runs" / "a-12345678")
    target.write_text("precious")
    folder.path.mkdir(parents=True)
    (folder.path / "driver.lock").symlink_to(target)
    with pytest.raises(InputError, match="nothing can be written there"), folder.locked():
        pass
    assert target.read_text() == "precious"


def test_a_runs_directory_that_is_not_utf_8_is_refused_before_anything_is_made(tmp_path):
    runs = tmp_path / b"a\xff".decode("utf-8", "surrogateescape")
    with pytest.raises(InputError, match="must be a path in UTF-8"), Folder(runs / "a-00000000").locked():
        pass
    assert not runs.exists()


def test_a_lock_cannot_be_opened_by_other_users(tmp_path):
    """Whoever can read a file can hold its lock."""
    folder = Folder(tmp_path / "a-00000000")
    with folder.locked():
        pass
    lock = folder.path / "driver.lock"
    assert not lock.stat().st_mode & 0o007
    lock.chmod(0o644)  # of an earlier version
    with folder.locked():
        assert lock.stat().st_mode & 0o777 == 0o640
