"""Fetched files replace local ones, unless the local ledger has more trials. The transfer is in test_cluster.py."""

import shutil
from pathlib import Path

import pytest

from sweep.cluster import fetch as fetching
from sweep.cluster.fetch import fetch, replace
from sweep.errors import InputError, SweepError
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from tests.support import sweeps
from tests.support.edited_ledgers import edited


@pytest.fixture(scope="module")
def report(finished_sweep, tmp_path_factory):
    return sweeps.copied(finished_sweep, tmp_path_factory.mktemp("sweep")).folder


@pytest.fixture
def loose(report, tmp_path):
    """The files of a finished sweep, as they come."""
    return shutil.copytree(
        report.path, tmp_path / "loose", ignore=shutil.ignore_patterns("driver.lock", "*-wal", "*-shm")
    )


def renamed(ledger: Path, sweep: str) -> None:
    with edited(ledger) as db:
        db.execute("UPDATE sweep SET value = ? WHERE name = 'id'", (f'"{sweep}"',))


def unfinish(folder: Folder, trials: int) -> None:
    with edited(folder.ledger) as db:
        db.execute("UPDATE trials SET state = NULL WHERE number >= ?", (trials,))


def test_what_is_here_is_replaced_with_what_knows_more(report, loose, tmp_path):
    here = Folder(tmp_path / "runs" / report.id)
    shutil.copytree(report.path, here.path)
    unfinish(here, 2)
    (here.path / "ledger.sqlite-wal").write_bytes(b"of another ledger")
    replace(here, loose)
    assert Report(here).count() == Report(report).count()


def test_what_is_here_and_knows_more_is_kept(report, loose, tmp_path):
    here = Folder(tmp_path / "runs" / report.id)
    shutil.copytree(report.path, here.path)
    unfinish(Folder(loose), 2)
    with pytest.raises(InputError, match="has 4 more ended trials here.*--runs-dir"):
        replace(here, loose)
    assert Report(here).count() == Report(report).count()


@pytest.mark.parametrize(
    ("forge", "sentence"),
    [
        (lambda path: path.write_bytes(b"no database" * 999), "ledger that came cannot be used"),
        (lambda path: path.unlink(), "ledger that came cannot be used"),
        (lambda path: renamed(path, "other-00000000"), "ledger that came is of 'other-00000000'"),
        (lambda path: (path.parent / "driver.lock").write_text("{}"), "has 'driver.lock'"),
        (lambda path: path.with_name("ledger.sqlite-wal").mkdir(), "has 'ledger.sqlite-wal'|cannot be used"),
        (lambda path: (path.parent / ".driver").mkdir(), "has '.driver'"),
    ],
    ids=["damaged", "missing", "of another sweep", "lock", "log", "state"],
)  # fmt: skip
def test_files_that_are_not_of_the_sweep_replace_nothing(report, loose, tmp_path, forge, sentence):
    here = Folder(tmp_path / "runs" / report.id)
    shutil.copytree(report.path, here.path)
    forge(loose / "ledger.sqlite")
    with pytest.raises(SweepError, match=sentence):
        replace(here, loose)
    assert Report(here).count() == Report(report).count()
    assert (here.path / "report.html").read_bytes() == (report.path / "report.html").read_bytes()


def test_a_sweep_that_is_driven_here_is_left_alone(report, loose, tmp_path):
    here = Folder(tmp_path / "runs" / report.id)
    with here.locked(), pytest.raises(InputError, match="is being run by"):
        replace(here, loose)
    assert not here.ledger.exists()


@pytest.mark.parametrize("name", ["./../../.ssh", "/etc", "..", "x", "x-0123456", "a/b-01234567"])
def test_nothing_is_fetched_into_another_folder(name, tmp_path, monkeypatch):
    def sent(*_):
        raise AssertionError("the cluster was asked")

    monkeypatch.setattr(fetching, "_receive", sent)
    with pytest.raises(InputError, match="is no id of a sweep"):
        fetch(object(), name, "/runs", tmp_path / "home" / "runs", "python")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("runs", ["file:///home/me", "http://10.0.0.1/"])
def test_a_cluster_does_not_make_this_machine_read_its_own_places(runs, tmp_path, monkeypatch):
    """The place of a sweep is the cluster's word: only object stores are read from here."""
    read: list[str] = []
    monkeypatch.setattr(fetching, "_directly", lambda *_: read.append(runs))
    monkeypatch.setattr(fetching, "_receive", lambda *_: (_ for _ in ()).throw(InputError([])))
    with pytest.raises(InputError):
        fetch(object(), "x-01234567", runs, tmp_path, "python")
    assert not read
