import json
import os
import socket

import pytest

from sweep.errors import InputError
from sweep.ledger.driver_files import DriverFiles
from sweep.ledger.lock_holder import note_holder, noted_holder
from sweep.ledger.run_directory import Folder

GOOD = {"host": "here", "pid": 7, "since": "2026-11-30T18:00:00+00:00", "run": "0" * 32}


def test_a_note_is_read_as_it_was_written(tmp_path):
    with (tmp_path / "a.lock").open("a+") as lock:
        note_holder(lock, since="now", run="0" * 32)
        note_holder(lock, since="later")
    noted = {"host": socket.gethostname(), "pid": os.getpid(), "since": "later"}
    assert noted_holder(tmp_path / "a.lock") == noted
    assert noted_holder(tmp_path / "none.lock") is noted_holder(tmp_path) is None


@pytest.mark.parametrize(
    "note",
    [
        "", "[1]", "null", "{}", "{", "[" * 10**5, "\udcff", {"pid": -1}, {"pid": 0}, {"pid": "7"}, {"pid": 2**40},
        {"pid": True}, {"host": 1}, {"host": "x" * 10**6}, {"since": 3}, {"since": ["\x1b"]}, {"run": "../../../etc"},
        {"run": "/"}, {"run": 1}, {"run": "0" * 32 + "\n"}, {"run": "0" * 32 + "/.."},
    ],
    ids=range(21),
)  # fmt: skip
def test_other_notes_count_as_none_and_lead_nowhere(tmp_path, note):
    folder = Folder(tmp_path / "a-00000000")
    text = note if isinstance(note, str) else json.dumps(GOOD | note)
    with folder.locked():
        (folder.path / "driver.lock").write_text(text, encoding="utf-8", errors="surrogateescape")
        assert noted_holder(folder.path / "driver.lock") is None
        assert folder.holder() == {"host": "unknown", "pid": "unknown", "since": "now"}
        files = DriverFiles(folder)
        assert (files.run, files.state()) == ("", None)
        with pytest.raises(InputError, match="process unknown on unknown since now"), folder.locked():
            pass
