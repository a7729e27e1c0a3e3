"""Removal of files that a runs directory can do without."""

import os
import time

import pytest

from sweep.collection.cleaning import delete, removable
from tests.support import sweeps


@pytest.fixture
def folder(finished_sweep, tmp_path):
    folder = sweeps.copied(finished_sweep, tmp_path).folder
    folder.tearsheets.mkdir(exist_ok=True)
    (folder.tearsheets / "0.html").write_bytes(bytes(1000))
    return folder


def found(runs, **options):
    return [(r.kind, r.path.name) for r in removable(runs, **{"tearsheets": False, "keep_days": 0} | options)]


def test_only_remains_of_commands_are_removed_unless_more_is_asked_for(folder):
    runs = folder.path.parent
    for name in (f".removed.{folder.id}", f".{folder.id}.abc_1", ".restore.x7", ".git", ".my.notes"):
        (runs / name).mkdir()
        os.utime(runs / name, (time.time() - 2 * 86_400,) * 2)
    expected = [("removed sweep", f".removed.{folder.id}"), ("unfinished copy", f".{folder.id}.abc_1"),
                ("unfinished copy", ".restore.x7")]  # fmt: skip
    assert sorted(found(runs)) == sorted(expected)
    assert ("tearsheets", "tearsheets") in found(runs, tearsheets=True)


def test_a_copy_that_may_be_under_way_is_kept(folder):
    (folder.path.parent / ".restore.new").mkdir()
    assert found(folder.path.parent) == []


def test_tearsheets_of_young_and_of_running_sweeps_are_kept(folder):
    runs = folder.path.parent
    assert found(runs, tearsheets=True, keep_days=1) == []
    (item,) = removable(runs, tearsheets=True, keep_days=0)
    with folder.locked():
        assert found(runs, tearsheets=True) == []
        assert delete(item) == 0
        assert folder.tearsheets.is_dir()
    assert delete(item) == 1000
    assert not folder.tearsheets.exists()
    assert folder.ledger.exists()


def test_a_directory_that_is_not_there_has_nothing(tmp_path):
    assert found(tmp_path / "none", tearsheets=True) == []
