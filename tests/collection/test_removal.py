"""Removal of a sweep."""

import pytest

from sweep.collection import removal
from sweep.collection.removal import leftovers, remove
from sweep.errors import InputError, SweepError
from sweep.tracking.factory import tracker
from tests.support import sweeps


@pytest.fixture
def folder(finished_sweep, tmp_path):
    return sweeps.copied(finished_sweep, tmp_path).folder


def test_a_removed_sweep_leaves_nothing(folder):
    assert remove(folder, None) == 0
    assert list(folder.path.parent.iterdir()) == []


def test_a_sweep_that_is_run_is_not_removed(folder):
    with folder.locked(), pytest.raises(InputError, match="is being run"):
        remove(folder, None)
    assert folder.ledger.exists()


def test_a_tracker_that_does_not_answer_keeps_the_sweep(folder, tmp_path):
    (tmp_path / "broken.db").write_text("this is no database")
    with pytest.raises(SweepError, match="does not answer"):
        remove(folder, tracker(f"sqlite:///{tmp_path}/broken.db"))
    assert folder.ledger.exists()


def test_an_interrupted_removal_is_no_sweep_and_is_known(folder, monkeypatch):
    monkeypatch.setattr(removal.shutil, "rmtree", lambda path, ignore_errors=False: None)
    remove(folder, None)
    monkeypatch.undo()
    runs = folder.path.parent
    assert [path.name for path in leftovers(runs)] == [f".removed.{folder.id}"]
    assert type(folder).all(runs) == []
