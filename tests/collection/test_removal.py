"""Removal of a sweep."""

import pytest

from sweep.collection import removal
from sweep.collection.removal import leftovers, remove, remove_orphan
from sweep.errors import InputError, SweepError
from sweep.tracking.factory import tracker
from tests.support import sweeps
from tests.support.full_disk import full_disk


@pytest.fixture
def folder(finished_sweep, tmp_path):
    return sweeps.copied(finished_sweep, tmp_path).folder


def test_a_removed_sweep_leaves_nothing(folder):
    assert remove(folder) == (0, None)
    assert list(folder.path.parent.iterdir()) == []


def test_a_removal_makes_room_on_a_full_disk(folder):
    with full_disk():
        remove(folder)
    assert not folder.path.exists()


def test_a_sweep_that_is_run_is_not_removed(folder):
    with folder.locked(), pytest.raises(InputError, match="is being run"):
        remove(folder)
    assert folder.ledger.exists()


def test_a_tracker_that_does_not_answer_keeps_the_sweep(folder, tmp_path):
    (tmp_path / "broken.db").write_text("this is no database")
    with pytest.raises(SweepError, match="does not answer"):
        remove(folder, lambda _: tracker(f"sqlite:///{tmp_path}/broken.db"))
    assert folder.ledger.exists()


def test_an_interrupted_removal_is_no_sweep_and_is_known(folder, monkeypatch):
    monkeypatch.setattr(removal.shutil, "rmtree", lambda path, ignore_errors=False: None)
    remove(folder)
    monkeypatch.undo()
    runs = folder.path.parent
    assert [path.name for path in leftovers(runs)] == [f".removed.{folder.id}"]
    assert type(folder).all(runs) == []


class Trash:
    """A tracker that counts its removals, and may let something happen just before."""

    def __init__(self) -> None:
        self.removed: list[str] = []

    def remove(self, sweep: str) -> int:
        self.removed.append(sweep)
        return 3


def test_runs_of_a_sweep_that_came_back_meanwhile_are_no_orphans(folder, monkeypatch):
    trash = Trash()
    assert remove_orphan(folder, trash) == 0
    with folder.locked():
        monkeypatch.setattr(removal.Path, "exists", lambda _: False)  # it came back after the look
        assert remove_orphan(folder, trash) == 0, "a driver runs it"
    monkeypatch.undo()
    looks = iter([False, True])
    monkeypatch.setattr(removal.Path, "exists", lambda _: next(looks))
    assert remove_orphan(folder, trash) == 0, "its driver was killed"
    monkeypatch.undo()
    assert folder.ledger.exists() and not trash.removed
    removal.remove(folder)
    assert remove_orphan(folder, trash) == 3 and trash.removed == [folder.id]
    assert list(folder.path.parent.iterdir()) == []
