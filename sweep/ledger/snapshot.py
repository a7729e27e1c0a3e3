"""The folder of a sweep as it can be copied while its driver goes on: ledgers whole, nothing that is half written."""

import shutil
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sweep.errors import SweepError, shorten
from sweep.ledger.run_directory import Folder
from sweep.ledger.schema import connect, reported

LEFT = ("driver.lock", "mirror.lock")  # of processes on this machine
ASIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file; a copy of a ledger needs none of it


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Name in the folder, and path, of what is worth keeping; the small first, ledgers last."""
    paths = [path for path in folder.rglob("*") if path.is_file() and not _is_left(path.relative_to(folder))]
    for path in sorted(paths, key=lambda p: (is_ledger(p), str(p))):
        yield path.relative_to(folder).as_posix(), path


def require_only_files(loose: Path) -> None:
    """Raise SweepError where a copy has what copies leave out: locks and states of processes, SQLite's own files."""
    names = (path.relative_to(loose) for path in loose.rglob("*"))
    if left := next((name for name in names if _is_left(name)), None):
        raise SweepError(f"the copy has {shorten(str(left))}, which no copy of a sweep has: nothing was taken from it")


def _is_left(name: Path) -> bool:
    hidden = any(part.startswith(".") for part in name.parts)
    return hidden or name.name in LEFT or name.name.endswith(ASIDE)


def is_ledger(path: Path) -> bool:
    return path.suffix == ".sqlite"


@contextmanager
def whole(path: Path) -> Generator[Path]:
    """The file itself; of a ledger a copy as of one moment, by SQLite's own backup."""
    if not is_ledger(path):
        yield path
        return
    with tempfile.TemporaryDirectory() as place:
        target = Path(place, path.name)
        with reported(path), closing(connect(path, write=False)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
        yield target


def put_in_place(folder: Folder, loose: Path) -> None:
    """Move files into the folder of a sweep that is locked, each at once."""
    for path in sorted(p for p in loose.rglob("*") if p.is_file()):
        target = folder.path / path.relative_to(loose)
        target.parent.mkdir(parents=True, exist_ok=True)
        for beside in ASIDE if path.suffix == ".sqlite" else ():
            Path(f"{target}{beside}").unlink(missing_ok=True)
        shutil.move(path, target)
