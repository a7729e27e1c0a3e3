"""Requests to a driver, and its state: only those of the run that holds the sweep count."""

import json
import threading
import time
from dataclasses import asdict

import pytest

from sweep.errors import SweepError
from sweep.ledger import driver_files
from sweep.ledger.driver_files import Activity, DriverFiles, DriverState
from sweep.ledger.run_directory import Folder

STATE = DriverState(
    phase="running", at=1.0, elapsed=30.0, total=9, done=4, ended=3, slots=2, eta=5.0,
    activities=(Activity(worker="host:1", since=2.0, keys=("a", "b")),),
)  # fmt: skip


PLAIN = asdict(STATE)
ACTIVITY = PLAIN["activities"][0]
FORGED = [
    json.dumps(PLAIN | field).encode()
    for field in (
        {"phase": ["running"]}, {"at": "1"}, {"at": 1e300}, {"eta": float("inf")}, {"total": -1}, {"total": 10**30},
        {"done": 1.5}, {"note": {}}, {"activities": {}}, {"activities": [ACTIVITY | {"keys": "ab"}]},
        {"activities": [ACTIVITY | {"since": -1e20}]}, {"activities": [ACTIVITY | {"worker": 1}]}, {"exact": "yes"},
    )
]  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "made-00000000")


def test_a_state_is_read_as_it_was_written_and_ends_with_the_run(folder):
    with folder.locked() as run:
        files = DriverFiles(folder, run)
        files.begin()
        files.write(STATE)
        assert DriverFiles(folder).state() == STATE
        assert STATE.pace == 6.0
    assert DriverFiles(folder).state() is None, "the driver was killed: nothing runs"
    with folder.locked() as again:
        assert DriverFiles(folder).state() is None, "it is that of the run before"
        DriverFiles(folder, again).begin()
        DriverFiles(folder, again).end()
    assert [path.name for path in folder.path.iterdir()] == ["driver.lock"]


@pytest.mark.parametrize(
    "content", [b"", b"[1]", b"{}", b'{"phase": 1, "at": 2, "more": 3}', b"\xff", b"[" * 100_000, *FORGED]
)
def test_a_damaged_state_is_none(folder, content):
    with folder.locked() as run:
        DriverFiles(folder, run).begin()
        (folder.path / ".driver" / run / "state.json").write_bytes(content)
        assert DriverFiles(folder).state() is None


def test_requests_come_in_their_order_and_once(folder):
    with folder.locked() as run:
        driver = DriverFiles(folder, run)
        driver.begin()
        (folder.path / ".driver" / run / "0.format-the-disk.request").write_text("{}")
        senders = []
        for action in ("pause", "resume", "stop"):
            senders.append(threading.Thread(target=DriverFiles(folder).send, args=(action,)))
            senders[-1].start()
            deadline = time.monotonic() + 10
            while len(list((folder.path / ".driver" / run).glob("[!.]*.request"))) < len(senders) + 1:
                assert time.monotonic() < deadline
                time.sleep(0.005)
        assert list(driver.requests()) == ["pause", "resume", "stop"]
        assert not list(driver.requests())
        for sender in senders:
            sender.join(10)


def test_a_request_to_an_earlier_run_reaches_no_later_one(folder):
    with folder.locked() as run:
        DriverFiles(folder, run).begin()
        late = DriverFiles(folder)
        (folder.path / ".driver" / run / "1.stop.request").write_text("{}")  # its driver is killed now
    with folder.locked() as again:
        driver = DriverFiles(folder, again)
        driver.begin()
        assert not late.send("stop"), "the run that it is for has ended"
        assert not list(driver.requests())


def test_nobody_answers_where_nothing_runs_or_an_older_version(folder, monkeypatch):
    monkeypatch.setattr(driver_files, "ANSWERED", 0.2)
    folder.path.mkdir()
    assert not DriverFiles(folder).send("stop")
    assert not list(folder.path.glob(".driver*")), "nothing is left for a later run"
    with folder.locked(), pytest.raises(SweepError, match="does not answer"):
        DriverFiles(folder).send("stop")
    with folder.locked() as run:
        DriverFiles(folder, run).begin()
        with pytest.raises(SweepError, match="does not answer"):
            DriverFiles(folder).send("stop")
        assert not list((folder.path / ".driver" / run).iterdir()), "it is not taken later either"
