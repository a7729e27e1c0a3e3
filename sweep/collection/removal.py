"""Removal of sweeps: runs in the tracker first, then the folder, which is set aside so that no half of it is left."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from sweep.errors import InputError
from sweep.ledger.run_directory import Folder
from sweep.tracking.base import Tracker
from sweep.tracking.mirror_lock import without_mirror

ASIDE = ".removed."  # before the id of a sweep whose files are being deleted

type TrackerOf = Callable[[Folder], Tracker | None]  # the tracker that a sweep was mirrored to, if it was


def untracked(_: Folder) -> None:
    """Leave the tracker as it is."""


def remove(folder: Folder, tracker_of: TrackerOf = untracked) -> tuple[int, Tracker | None]:
    """Remove a sweep that no driver runs; the number of its runs that went to the trash of its tracker, and that.

    Its mirror is ended and its runs are removed first: where the mirror or the tracker does not answer, SweepError is
    raised and the folder is as it was.
    """
    with folder.locked(exists=True), without_mirror(folder):
        tracker = tracker_of(folder)
        runs = tracker.remove(folder.id) if tracker else 0
        aside = _set_aside(folder)
    _delete(aside)
    return runs, tracker


def remove_orphan(folder: Folder, tracker: Tracker) -> int:
    """Remove the runs of a sweep whose folder is gone; 0 where the sweep has come back meanwhile."""
    if folder.path.exists():
        return 0
    try:
        with folder.locked(), without_mirror(folder):
            if folder.ledger.exists():
                return 0
            runs = tracker.remove(folder.id)
            aside = _set_aside(folder)
    except InputError:  # a driver has just begun
        return 0
    _delete(aside)
    return runs


def _set_aside(folder: Folder) -> Path:
    """Take the folder out of the runs directory, whole."""
    aside = folder.path.with_name(f"{ASIDE}{folder.id}")
    shutil.rmtree(aside, ignore_errors=True)
    folder.path.rename(aside)
    return aside


def _delete(aside: Path) -> None:
    with suppress(FileNotFoundError):  # `gc` removes it too
        shutil.rmtree(aside)
    shutil.rmtree(aside, ignore_errors=True)


def leftovers(runs_dir: Path) -> Sequence[Path]:
    """Folders of removals that were interrupted."""
    return sorted(runs_dir.glob(f"{ASIDE}*")) if runs_dir.is_dir() else []
