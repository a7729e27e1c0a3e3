"""What data a backtest reads, as one hash: over exactly the files that its instruments, types and period can touch."""

import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from hashlib import file_digest
from pathlib import Path
from typing import Any

from sweep.catalog.files import DataFile, Wanted, scan
from sweep.plain import digest

FRESH = 2 * 10**9  # ns; a file that changed so recently may change again without a new time stamp: not remembered
UNKEPT = (sqlite3.Error, OSError, OverflowError)  # no place to write, another version's file, an inode of 64 bits


class Fingerprint:
    """The hashes of one catalog. Contents are read once; `cache=False` trusts nothing that was remembered."""

    def __init__(self, catalog: str | Path, *, cache: bool = True) -> None:
        self._catalog = Path(catalog)
        self._memory = Memory() if cache else None
        self._known: dict[Wanted, str] = {}
        self._hashes: dict[Path, str] = {}
        self._files: list[DataFile] | None = None

    def of(self, backtest: Mapping[str, Any]) -> str:
        """64 hex digits: relative names and contents of the files that this backtest can read."""
        wanted = Wanted.by(backtest)
        if wanted not in self._known:
            content = {str(f.path.relative_to(self._catalog)): self._hash(f.path) for f in self._read_by(wanted)}
            self._known[wanted] = digest(content)
        return self._known[wanted]

    def unchanged(self, backtest: Mapping[str, Any]) -> bool:
        """Whether the files are still what they were when first looked at; reads every byte of them again."""
        return Fingerprint(self._catalog, cache=False).of(backtest) == self.of(backtest)

    def files(self, backtest: Mapping[str, Any]) -> list[Path]:
        """The files that this backtest can read."""
        return [f.path for f in self._read_by(Wanted.by(backtest))]

    def _read_by(self, wanted: Wanted) -> list[DataFile]:
        if self._files is None:
            self._files = scan(self._catalog)[0]
        return [f for f in self._files if wanted.reads(f)]

    def _hash(self, path: Path) -> str:
        if path not in self._hashes:
            self._hashes[path] = self._memory.hash(path) if self._memory else content_hash(path)
        return self._hashes[path]


def content_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


class Memory:
    """Hashes remembered between processes, by path, size, time of change and inode. Without a place to write: none."""

    def __init__(self) -> None:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self._path = home / "sweep" / "hashes.sqlite"

    def hash(self, path: Path) -> str:
        """SHA-256 of a file, read again only where it may have changed."""
        status = path.stat()
        state = (str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ino)
        if found := self._find(state):
            return found
        value = content_hash(path)
        if time.time_ns() - status.st_mtime_ns > FRESH:
            self._keep(state, value)
        return value

    def _find(self, state: tuple[str, int, int, int]) -> str | None:
        with suppress(*UNKEPT), closing(self._open()) as db:
            row = db.execute("SELECT hash FROM files WHERE path = ? AND size = ? AND mtime = ? AND inode = ?", state)
            return next((found for (found,) in row), None)
        return None

    def _keep(self, state: tuple[str, int, int, int], value: str) -> None:
        with suppress(*UNKEPT), closing(self._open()) as db:
            db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (*state, value))

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, isolation_level=None, timeout=5)
        db.execute("CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size, mtime, inode, hash) WITHOUT ROWID")
        return db
