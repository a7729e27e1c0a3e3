"""The file of the index: found or made, brought up to date with the folders, and opened for reading.

Any number of processes may use it: who reads holds a shared lock, who writes an exclusive one. An index that cannot be
read is made again; nothing is lost by deleting it.
"""

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from sweep.collection.index.content import content
from sweep.collection.index.rows import forget, write
from sweep.collection.index.schema import Columns, create, is_current
from sweep.common import extras
from sweep.common.disk_cache import cache_root
from sweep.common.messages import Say, silent
from sweep.errors import InputError, Problem, SweepError
from sweep.ledger.run_directory import Folder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLACE = ".index"  # in the runs directory
FILE = "index.duckdb"
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "default_block_size": "65536",  # bytes: the columns of a few trials are read in small pieces
}
RECENT = 1_000_000_000  # ns; a file that was written so shortly before may be written again at the same time stamp


@dataclass(frozen=True, slots=True)
class Index:
    """An index that agrees with the folders, open for reading."""

    runs_dir: Path
    db: "DuckDBPyConnection"


def ask_index[T](runs_dir: Path, ask: Callable[[Index], T], say: Say = silent) -> T:
    """The answer to a question from an index that is up to date; one that is damaged on the disk is made again."""
    _connect()
    import duckdb

    try:
        with opened(runs_dir, say) as index:
            return ask(index)
    except duckdb.Error:
        place = _place(runs_dir)
        with _locked(place, fcntl.LOCK_EX):
            _remove(place)
        with opened(runs_dir, say) as index:
            return ask(index)


@contextmanager
def opened(runs_dir: Path, say: Say = silent) -> Generator[Index]:
    """The index of a runs directory, up to date. InputError where DuckDB is not installed or there is no directory."""
    connect = _connect()
    if not runs_dir.is_dir():
        raise InputError(Problem("--runs-dir", "there is no such directory", str(runs_dir)))
    place = _place(runs_dir)
    for is_last in (False, True):
        with _locked(place, fcntl.LOCK_SH):
            db = _readable(place, connect)
            try:
                if db and (is_last or _noted(db) == stamps(runs_dir)):
                    yield Index(runs_dir, db)
                    return
            finally:
                if db:
                    db.close()
        with _locked(place, fcntl.LOCK_EX):
            _bring_up_to_date(place, runs_dir, connect, say)
    raise SweepError(f"the index in {place} cannot be read, although it was made just now; check the disk")


def stamps(runs_dir: Path) -> dict[str, str]:
    """State of the ledger of each sweep, by its folder's name: a text that changes when the ledger does."""
    states: dict[str, str] = {}
    with os.scandir(runs_dir) as entries:
        for entry in entries:
            ledger = f"{entry.path}/ledger.sqlite"
            if not entry.name.startswith(".") and (state := _state(ledger)):
                log = _state(f"{ledger}-wal")  # an empty one is what a reader leaves
                states[entry.name] = f"{state} {log}" if log and log.split(".")[1] != "0" else state
    return states


def _state(path: str) -> str:
    try:
        s = os.stat(path)  # noqa: PTH116 (twice for each of thousands of sweeps)
    except OSError:
        return ""
    return f"{s.st_ino}.{s.st_size}.{s.st_mtime_ns}.{s.st_ctime_ns}"


def _settled(stamp: str, now: int) -> str:
    """The stamp to note for a ledger that is about to be read; "" where it may change without changing its stamp."""
    times = [int(time) for state in stamp.split() for time in state.split(".")[2:]]
    return stamp if max(times) < now - RECENT else ""


type Connect = Callable[..., "DuckDBPyConnection"]


def _connect() -> Connect:
    extras.require("find", "the index of sweeps")
    import duckdb

    def connect(path: Path, *, read_only: bool = False) -> "DuckDBPyConnection":
        return duckdb.connect(path, read_only=read_only, config=SETTINGS)

    return connect


def _place(runs_dir: Path) -> Path:
    """The folder of the index: in the runs directory, or in the user's cache where that cannot be written."""
    place = runs_dir / PLACE
    with suppress(OSError):
        place.mkdir(exist_ok=True)
        if os.access(place, os.W_OK):
            return place
    place = cache_root() / "index" / sha256(str(runs_dir.resolve()).encode()).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def _locked(place: Path, how: int) -> Generator[None]:
    with (place / "lock").open("a") as lock:
        fcntl.flock(lock, how)
        yield


def _readable(place: Path, connect: Connect) -> "DuckDBPyConnection | None":
    """The index, open for reading; None where there is none, or none that can be used."""
    import duckdb

    if not (place / FILE).exists():
        return None
    db = None
    with suppress(duckdb.Error):
        db = connect(place / FILE, read_only=True)
        if is_current(db):
            return db
    if db:
        db.close()
    return None


def _noted(db: "DuckDBPyConnection") -> dict[str, str]:
    """The stamps of the ledgers that an index was made from."""
    return dict(db.execute("SELECT sweep, stamp FROM sweeps").fetchall())


def _bring_up_to_date(place: Path, runs_dir: Path, connect: Connect, say: Say) -> None:
    """Read what changed since the last time; everything where the index cannot be used or written."""
    import duckdb

    if db := _readable(place, connect):
        db.close()
    else:
        _remove(place)
    try:
        _update(place, runs_dir, connect, say)
    except duckdb.Error:
        _remove(place)
        _update(place, runs_dir, connect, say)


def _remove(place: Path) -> None:
    for path in place.glob(f"{FILE}*"):
        path.unlink(missing_ok=True)


def _update(place: Path, runs_dir: Path, connect: Connect, say: Say) -> None:
    path = place / FILE
    is_new = not path.exists()
    db = connect(path)
    try:
        db.begin()
        if is_new:
            create(db)
        now, present = time_ns(), stamps(runs_dir)
        noted = _noted(db)
        gone = [sweep for sweep, stamp in noted.items() if present.get(sweep) != stamp]
        forget(db, gone)
        changed = [sweep for sweep, stamp in present.items() if noted.get(sweep) != stamp]
        columns = Columns.of(db)
        write(db, columns, (content(Folder(runs_dir / s), _settled(present[s], now), columns) for s in changed), say)
        db.commit()
    finally:
        db.close()
