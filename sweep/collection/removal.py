"""Removal of sweeps: runs in the tracker first, then the folder, which is set aside so that no half of it is left."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sweep.ledger.run_directory import Folder
from sweep.tracking.base import Tracker

ASIDE = ".removed."  # before the id of a sweep whose files are being deleted


def remove(folder: Folder, tracker: Tracker | None) -> int:
    """Remove a sweep that no driver runs; the number of its runs that went to the trash of its tracker.

    Runs are removed first: where the tracker does not answer, SweepError is raised and the folder is as it was.
    """
    with folder.locked():
        runs = tracker.remove(folder.id) if tracker else 0
        aside = folder.path.with_name(f"{ASIDE}{folder.id}")
        shutil.rmtree(aside, ignore_errors=True)
        folder.path.rename(aside)
    with suppress(FileNotFoundError):  # `gc` removes it too
        shutil.rmtree(aside)
    shutil.rmtree(aside, ignore_errors=True)
    return runs


def leftovers(runs_dir: Path) -> Sequence[Path]:
    """Folders of removals that were interrupted."""
    return sorted(runs_dir.glob(f"{ASIDE}*")) if runs_dir.is_dir() else []
