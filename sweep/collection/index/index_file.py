"""The file of the index: found or made, brought up to date with the folders, and opened for reading.

Any number of processes may use it: who reads holds a shared lock, who writes an exclusive one. An index that cannot be
read is made again; nothing is lost by deleting it.
"""

import fcntl
import os
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Event
from time import time_ns
from typing import TYPE_CHECKING

from sweep.collection.index.schema import Columns, create, is_current
from sweep.common import extras
from sweep.common.disk_cache import cache_root
from sweep.common.messages import Say, silent
from sweep.errors import InputError, Problem, SweepError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PLACE = ".index"  # in the runs directory
FILE, LOCK = "index.duckdb", "lock"
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "default_block_size": "65536",  # bytes: the columns of a few trials are read in small pieces
}
LOOK = 0.01  # seconds between requests to end a question
RECENT = 1_000_000_000  # ns; a file that was written so shortly before may be written again at the same time stamp


@dataclass(frozen=True, slots=True)
class Index:
    """An index that agrees with the folders, open for reading."""

    runs_dir: Path
    db: "DuckDBPyConnection"


def ask_index[T](runs_dir: Path, ask: Callable[[Index], T], say: Say = silent) -> T:
    """The answer to a question from an index that is up to date; one that is damaged on the disk is made again."""
    connect = _connect()
    import duckdb

    if not runs_dir.is_dir():
        raise InputError(Problem("--runs-dir", "there is no such directory", str(runs_dir)))
    place = _place(runs_dir)
    try:
        return _asked(place, runs_dir, ask, connect, say)
    except duckdb.Error:
        with _locked(place, fcntl.LOCK_EX):
            _remove(place)
    try:
        return _asked(place, runs_dir, ask, connect, say)
    except duckdb.Error as error:
        why = str(error).partition("\n")[0]
        raise SweepError(f"the index in {place} cannot be made: {why}; check the disk") from None


def _asked[T](place: Path, runs_dir: Path, ask: Callable[[Index], T], connect: "Connect", say: Say) -> T:
    for is_last in (False, True):
        with _locked(place, fcntl.LOCK_SH):
            if db := _readable(place, connect):
                try:
                    index = Index(runs_dir, db)
                    return ask(index) if is_last else _if_current(index, ask)
                except OutdatedError:
                    pass
                finally:
                    db.close()
        with _locked(place, fcntl.LOCK_EX):
            _bring_up_to_date(place, runs_dir, connect, say)
    raise SweepError(f"the index in {place} cannot be read, although it was made just now; check the disk")


class OutdatedError(Exception):
    """An index does not agree with the folders."""


def _if_current[T](index: Index, ask: Callable[[Index], T]) -> T:
    """The answer of an index that agrees with the folders; OutdatedError where it does not, whatever it answers.

    The folders, of which there may be thousands, are looked at while it answers; a difference ends the question.
    """
    import duckdb

    noted, ended = _noted(index.db), Event()

    def agrees() -> bool:
        if stamps(index.runs_dir) == noted:
            return True
        while not ended.wait(LOOK):  # a query may begin just after the one that is ended
            index.db.interrupt()
        return False

    with ThreadPoolExecutor(1) as beside:
        look = beside.submit(agrees)
        try:
            answer = ask(index)
        except (SweepError, duckdb.Error):
            ended.set()
            if look.result():
                raise
            raise OutdatedError from None
        finally:
            ended.set()
        if not look.result():
            raise OutdatedError
        return answer


def stamps(runs_dir: Path) -> dict[str, str]:
    """State of the ledger of each sweep, by its folder's name: a text that changes when the ledger does."""
    states: dict[str, str] = {}
    with os.scandir(runs_dir) as entries:
        names = [entry.name for entry in entries if not entry.name.startswith(".")]
    here = os.open(runs_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names:
            ledger = f"{name}/ledger.sqlite"
            if state := _state(ledger, here):
                states[name] = f"{state} {log}" if (log := _log(f"{ledger}-wal", here)) else state
    finally:
        os.close(here)
    return states


def _state(name: str, place: int) -> str:
    """State of a file below an open folder; "" where it is not there, the system's error where it cannot be reached."""
    try:
        s = os.stat(name, dir_fd=place)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        return f"{error.errno}.0.0.0"
    return f"{s.st_ino}.{s.st_size}.{s.st_mtime_ns}.{s.st_ctime_ns}"


def _log(name: str, place: int) -> str:
    """State of a ledger's log of writes; "" where there is none, or an empty one, which is what a reader leaves."""
    if not os.access(name, os.F_OK, dir_fd=place):  # quicker than thousands of exceptions
        return ""
    log = _state(name, place)
    return "" if log.split(".")[1:2] == ["0"] else log


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
    """The folder of the index: in the runs directory, or in the user's cache where that is a link or not writable."""
    place = runs_dir / PLACE
    with suppress(OSError):
        place.mkdir(exist_ok=True)
        if os.access(place, os.W_OK) and not any(path.is_symlink() for path in (place, place / LOCK)):
            return place
    place = cache_root() / "index" / sha256(str(runs_dir.resolve()).encode()).hexdigest()[:16]
    place.mkdir(parents=True, exist_ok=True)
    return place


@contextmanager
def _locked(place: Path, how: int) -> Generator[None]:
    with (place / LOCK).open("a") as lock:
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
    from sweep.collection.index.content import content
    from sweep.collection.index.rows import forget, write
    from sweep.ledger.run_directory import Folder

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
