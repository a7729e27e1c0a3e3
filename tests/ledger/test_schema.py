"""Ledgers of somebody else: a file that SQLite could read for ever is refused."""

import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from sweep.errors import LedgerError
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from tests.support import ledgers
from tests.support.full_disk import full_disk

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'n' || x AS name, '1' AS value FROM n"
CHANGES = {
    "view": f"DROP TABLE checks; ALTER TABLE sweep RENAME TO other; CREATE VIEW sweep AS {ENDLESS}",
    "trigger": "CREATE TRIGGER t AFTER UPDATE ON trials BEGIN DELETE FROM trials; END",
    "table 'trials'": "ALTER TABLE trials ADD COLUMN more AS (hex(zeroblob(400000000))) VIRTUAL",
    "index": "CREATE INDEX more ON trials (hex(state))",
    "table 'more'": "CREATE TABLE more (a CHECK (a > 0))",
    "table 'words'": "CREATE VIRTUAL TABLE words USING fts5 (a)",
}


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("write", [False, True])
def test_a_schema_that_no_sweep_writes_is_refused(finished_sweep, tmp_path, kind, write):
    file = tmp_path / "ledger.sqlite"
    shutil.copy(finished_sweep.folder.ledger, file)
    with closing(sqlite3.connect(file)) as db:
        db.executescript(CHANGES[kind])
    with pytest.raises(LedgerError, match=f"it has the {kind}.*which no sweep writes"):
        Ledger.open(file, write=write)


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "ledger.sqlite")
    with pytest.raises(LedgerError, match="is no file"):
        Ledger.open(tmp_path / "ledger.sqlite")


def test_a_full_disk_keeps_nobody_from_reading(tmp_path):
    """WAL wants room for its shared memory."""
    folder = ledgers.write(ledgers.folder(tmp_path), [({"fast": 1}, {"pnl_total": 1.0})])
    with full_disk(), folder.open() as ledger:
        metrics = [row.metrics for row in ledger.rows()]
    assert metrics == [{"pnl_total": 1.0}]


def test_what_is_in_the_log_only_is_never_left_out(tmp_path):
    folder = ledgers.write(ledgers.folder(tmp_path), [({"fast": 1}, {"pnl_total": 1.0})])
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(note="written meanwhile")
        copied = shutil.copytree(folder.path, tmp_path / "copy", ignore=shutil.ignore_patterns("*-shm"))
    with full_disk(), pytest.raises(LedgerError, match="check the disk"), Folder(copied).open():
        pass
    with Folder(copied).open() as ledger:
        assert ledger.facts.note == "written meanwhile"
