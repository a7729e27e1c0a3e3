"""The folder of a sweep: what it leaves behind, and the lock that lets only one driver write there."""

import errno
import fcntl
import os
import re
import socket
import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TextIO

from sweep.common.files.path_names import check_path
from sweep.common.foreign_names import NAME
from sweep.errors import InputError, Problem, did_you_mean
from sweep.ledger.ledger import Ledger
from sweep.ledger.lock_holder import note_holder, noted_holder

SWEEP_ID = re.compile(f"{NAME}-[0-9a-f]{{8}}")  # grammar of an id: name, 8 hex digits
UNKNOWN = {"host": "unknown", "pid": "unknown", "since": "now"}  # of a lock that is held without a note
ASKED = 30  # looks at a lock that is held, a hundredth of a second apart


@dataclass(frozen=True, slots=True)
class Folder:
    """`runs/SWEEP_ID/` and the names of what lies in it."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def place(self) -> str:
        """Host and absolute path, as the run of a sweep in a tracker notes it."""
        return f"{socket.gethostname()}:{self.path.resolve()}"

    @property
    def spec(self) -> Path:
        return self.path / "spec.yaml"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger.sqlite"

    @property
    def trials(self) -> Path:
        return self.path / "trials.parquet"

    @property
    def settings(self) -> Path:
        """Table of repeated parameter sets, a row each."""
        return self.path / "settings.parquet"

    @property
    def returns(self) -> Path:
        return self.path / "returns.parquet"

    @property
    def tearsheets(self) -> Path:
        return self.path / "tearsheets"

    @property
    def chart(self) -> Path:
        """Candles and trades of the trial whose price chart the report has."""
        return self.path / "chart.json"

    @property
    def sources(self) -> Path:
        """The code that the trials run, each module under the hash that is in the ledger."""
        return self.path / "sources"

    @property
    def code(self) -> Path:
        """Modules that were captured from a notebook or a script, by their names."""
        return self.path / "code"

    @property
    def log(self) -> Path:
        return self.path / "sweep.log"

    @property
    def walk_forward(self) -> Path:
        """The tearsheet of the stitched tests."""
        return self.path / "walk-forward.html"

    @property
    def parts(self) -> Path:
        """A runs directory of its own: the sweeps on parts of the period (docs/validation.md)."""
        return self.path / "validation"

    def part(self, sweep: str) -> "Folder":
        """The sweep on a part of the period with this id."""
        return Folder(self.parts / sweep)

    @classmethod
    def all(cls, runs: Path) -> list[Self]:
        """Every sweep below a runs directory, newest first; those whose ledger cannot be reached last."""
        changed = dict[Path, float]()
        for path in runs.iterdir() if runs.is_dir() else ():
            if not path.name.startswith("."):
                with suppress(FileNotFoundError, NotADirectoryError):  # no sweep, or removed in this moment
                    changed[path] = _last_change(path / "ledger.sqlite")
        return [cls(path) for path in sorted(changed, key=lambda path: changed[path], reverse=True)]

    @classmethod
    def find(cls, runs: Path, sweep: str) -> Self:
        """The sweep with this id, or the newest one with this name."""
        folders = cls.all(runs)
        for folder in folders:
            if folder.id == sweep:
                return folder
        for folder in folders:
            if folder.name == sweep:
                return folder
        elsewhere = "`sweep list` shows what is there; --runs-dir looks elsewhere"
        remedy = did_you_mean(sweep, [f.id for f in folders]) or elsewhere
        raise InputError(Problem("SWEEP", f"there is no such sweep in {runs}", sweep, remedy))

    @property
    def name(self) -> str:
        """The sweep's name: the id without its hash."""
        return self.id.rpartition("-")[0]

    @contextmanager
    def locked(self, *, exists: bool = False) -> Generator[str]:
        """Hold the sweep, and name this holding; refuses a second driver and says who holds it.

        The system frees the lock of a dead one. With `exists` a folder that is gone, removed or renamed meanwhile, is
        not made again: InputError.
        """
        with ExitStack() as held:
            lock = held.enter_context(self._lock(exists=exists))
            while not _taken(lock) or not self._is_current(lock):
                if self._is_current(lock):
                    raise InputError(self._held())
                lock = held.enter_context(self._lock(exists=exists))  # that one was removed with its folder
            since = datetime.now(UTC).isoformat(timespec="seconds")
            run = uuid.uuid4().hex
            note_holder(lock, since=since, run=run)
            yield run

    def _lock(self, *, exists: bool) -> TextIO:
        check_path("--runs-dir", self.path)
        try:
            if not exists:
                self.path.mkdir(parents=True, exist_ok=True)
            return os.fdopen(open_no_link(self.path / "driver.lock"), "a+")
        except OSError as error:
            if exists and isinstance(error, FileNotFoundError):
                rule = "is gone: it was removed or renamed in this moment"
                raise InputError(Problem(self.id, rule, remedy="`sweep list` shows what is there")) from None
            raise unwritable(self.path.parent, error) from None

    def check_writable(self) -> None:
        """Raise InputError where the sweep's record cannot be changed."""
        for path in (self.path, self.ledger):
            if path.exists() and not os.access(path, os.W_OK):
                raise unwritable(self.path.parent, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))

    def _is_current(self, lock: TextIO) -> bool:
        """True if the lock is in this folder: `rm` and `rename` move it away with the folder."""
        try:
            return os.path.samestat(os.fstat(lock.fileno()), (self.path / "driver.lock").stat())
        except FileNotFoundError:
            return False

    def holder(self) -> Mapping[str, Any] | None:
        """The driver that runs the sweep now: host, pid, since, run; None when none does."""
        try:
            with (self.path / "driver.lock").open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return self._noted()
        except OSError:
            pass  # never driven from here, or not ours to lock
        return None

    def _noted(self) -> Mapping[str, Any]:
        return UNKNOWN | (noted_holder(self.path / "driver.lock") or {})

    def _held(self) -> Problem:
        holder = self._noted()
        who = f"process {holder['pid']} on {holder['host']} since {holder['since']}"
        return Problem(self.id, f"is being run by {who}", remedy=f"watch it with: sweep status {self.id}")

    def open(self) -> Ledger:
        """The ledger, for reading."""
        return Ledger.open(self.ledger)


def unwritable(runs_dir: Path, error: OSError) -> InputError:
    """The mistake of a runs directory to which nothing can be written."""
    rule = f"nothing can be written there: {error.strerror}"
    return InputError(Problem("--runs-dir", rule, str(runs_dir), "choose a folder that you may write to"))


def _last_change(ledger: Path) -> float:
    """Time of the last change of a ledger; 0 for one that cannot be reached, which is told when it is opened."""
    try:
        return ledger.stat().st_mtime
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError:  # its folder cannot be entered, or is a link to itself
        return 0.0


def is_sweep_id(text: object) -> bool:
    """True if a text has the form of a sweep's id. Others are no names of folders, wherever they come from."""
    return isinstance(text, str) and SWEEP_ID.fullmatch(text) is not None


def open_no_link(path: Path) -> int:
    """Open a lock that is no link (others may have put one there), and that others cannot open: they could hold it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)
    state = os.fstat(handle)
    if state.st_mode & 0o007 and state.st_uid == os.geteuid():
        os.fchmod(handle, state.st_mode & 0o770)
    return handle


def _taken(lock: TextIO) -> bool:
    """Take the lock. Who only asks whether it is held (`holder`) has it for a moment: that is waited for."""
    for _ in range(ASKED):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False
