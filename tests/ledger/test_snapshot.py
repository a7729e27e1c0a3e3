"""Copies of a sweep that is being driven."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sweep.errors import SweepError
from sweep.ledger.schema import connect
from sweep.ledger.snapshot import files, require_only_files, whole


def test_a_copy_of_a_ledger_has_what_was_committed_and_nothing_of_what_was_not(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with closing(connect(path, write=True)) as writer:
        writer.execute("CREATE TABLE t (n)")
        writer.execute("INSERT INTO t VALUES (1)")
        writer.execute("BEGIN")
        writer.execute("INSERT INTO t VALUES (2)")
        assert Path(f"{path}-wal").stat().st_size, "the log is where the commit still is"
        with whole(path) as copy, closing(sqlite3.connect(copy)) as database:
            assert database.execute("SELECT n FROM t").fetchall() == [(1,)]
        writer.execute("COMMIT")
    assert not copy.exists()


def test_other_files_are_taken_as_they_are(tmp_path):
    (tmp_path / "report.html").write_text("x")
    with whole(tmp_path / "report.html") as same:
        assert same == tmp_path / "report.html"


def test_ledgers_come_last_and_what_belongs_to_this_machine_is_left(tmp_path):
    names = ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "driver.lock", ".trials.parquet.x", "spec.yaml"]
    names += ["validation/w-1/ledger.sqlite", "tearsheets/0.html"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    copied_names = [name for name, _ in files(tmp_path)]
    assert copied_names == ["spec.yaml", "tearsheets/0.html", "ledger.sqlite", "validation/w-1/ledger.sqlite"]


@pytest.mark.parametrize(
    "name", ["driver.lock", "validation/w-1/mirror.lock", ".driver/1/state.json", "ledger.sqlite-wal"]
)
def test_a_copy_with_files_of_processes_is_refused(tmp_path, name):
    (tmp_path / "spec.yaml").touch()
    require_only_files(tmp_path)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).touch()
    with pytest.raises(SweepError, match="which no copy of a sweep has"):
        require_only_files(tmp_path)
