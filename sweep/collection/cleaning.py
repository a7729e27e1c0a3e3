"""Files and runs that a runs directory can do without. No sweep, ledger or result is among them."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time

from sweep.collection.removal import leftovers
from sweep.collection.summary import size
from sweep.errors import InputError
from sweep.ledger.run_directory import SWEEP_ID, Folder
from sweep.tracking.base import Tracker

DAY = 86_400.0  # seconds
DRAFT_AGE = 1.0  # days after which a folder of a broken fetch or restore is not in use any more


DRAFT = re.compile(rf"\.(restore|{SWEEP_ID.pattern})\.[a-z0-9_]+")  # names that `fetch` and `restore` work under


@dataclass(frozen=True, slots=True)
class Removable:
    """One folder that can be deleted."""

    kind: str
    path: Path
    bytes: int


def removable(runs_dir: Path, *, tearsheets: bool, keep_days: float) -> list[Removable]:
    """Remains of interrupted commands; with `tearsheets` those of sweeps that ended more than `keep_days` days ago."""
    candidates = [("removed sweep", path) for path in leftovers(runs_dir)]
    candidates += [("unfinished copy", path) for path in _drafts(runs_dir)]
    if tearsheets:
        old = (f for f in Folder.all(runs_dir) if _age(f.ledger) >= keep_days and not f.holder())
        candidates += [("tearsheets", f.tearsheets) for f in old if f.tearsheets.is_dir()]
    return [Removable(kind, path, size(path)) for kind, path in candidates]


def delete(item: Removable) -> int:
    """Delete one of them; the bytes that this freed, 0 where a driver has begun to use it."""
    if item.kind != "tearsheets":
        shutil.rmtree(item.path, ignore_errors=True)
        return item.bytes
    try:
        with Folder(item.path.parent).locked(exists=True):
            shutil.rmtree(item.path, ignore_errors=True)
    except InputError:
        return 0
    return item.bytes


def orphans(tracker: Tracker, runs_dir: Path) -> list[str]:
    """Sweeps of this runs directory that the tracker has runs of, and whose folder is gone.

    Sweeps of other directories and machines that share the tracker are not among them.
    """
    here = Folder(runs_dir).place
    gone = {sweep: noted for sweep, noted in tracker.places().items() if noted == f"{here}/{sweep}"}
    return sorted(sweep for sweep in gone if not (runs_dir / sweep).exists())


def _drafts(runs_dir: Path) -> Iterator[Path]:
    if not runs_dir.is_dir():
        return
    for path in sorted(runs_dir.glob(".*.*")):
        if path.is_dir() and DRAFT.fullmatch(path.name) and _age(path) >= DRAFT_AGE:
            yield path


def _age(path: Path) -> float:
    """Days since a file or folder was changed; 0 where it is being removed in this moment."""
    try:
        return (time() - path.stat().st_mtime) / DAY
    except FileNotFoundError:
        return 0.0
