"""The hash of the data that a backtest reads: over exactly the files that its instruments, types and period touch."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import sqlite3
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sweep.catalog.data_files import DataFile, DataRequest, scan, unchanging
from sweep.common.disk_cache import cache_root
from sweep.common.files.file_hash import content_hash
from sweep.common.json_values import digest
from sweep.errors import InputError

FRESH = 2 * 10**9  # ns; a file that changed so recently may change again without a new time stamp: not remembered


class Fingerprint:
    """One catalog as it is when first looked at: what was hashed once stays, whatever becomes of the files.

    `cache=False` trusts nothing that another one remembered and reads every byte. With `exact` a file that reaches
    beyond the period counts by its rows inside of it alone: what lies outside may change.
    """

    def __init__(self, catalog: str | Path, *, cache: bool = True, exact: bool = False) -> None:
        self._catalog, self.exact = Path(catalog), exact
        self._memory = Memory() if cache else None
        self._fingerprints: dict[DataRequest, str] = {}
        self._hashes: dict[Path, str] = {}
        self._files: list[DataFile] | None = None

    def of(self, backtest: Mapping[str, Any]) -> str:
        """64 hex digits: relative names and contents of the files that this backtest can read."""
        request = DataRequest.by(backtest)
        if request not in self._fingerprints:
            with unchanging(self._catalog):
                self._fingerprints[request] = digest(self._content(request))
        return self._fingerprints[request]

    def unchanged(self, backtest: Mapping[str, Any]) -> bool:
        """Compare the files with what they were when first looked at; reads every byte of them again."""
        return Fingerprint(self._catalog, cache=False, exact=self.exact).of(backtest) == self.of(backtest)

    def files(self, backtest: Mapping[str, Any]) -> list[Path]:
        """The files that this backtest can read."""
        return [f.path for f in self._read_by(DataRequest.by(backtest))]

    def _content(self, request: DataRequest) -> dict[str, str]:
        content: dict[str, str] = {}
        for file in self._read_by(request):
            if self.exact and request.cuts(file):
                folder = file.path.parent.relative_to(self._catalog)
                content[f"{folder}, part {len(content)}"] = rows_hash(file.path, *request.times(file))
            else:
                content[str(file.path.relative_to(self._catalog))] = self._hash(file.path)
        return content

    def _read_by(self, request: DataRequest) -> list[DataFile]:
        if self._files is None:
            self._files = scan(self._catalog)[0]
        request = request.among(self._files) if request.chains else request
        return [f for f in self._files if request.reads(f)]

    def _hash(self, path: Path) -> str:
        if path not in self._hashes:
            self._hashes[path] = self._memory.hash(path) if self._memory else content_hash(path)
        return self._hashes[path]


def rows_hash(path: Path, start: int, end: int) -> str:
    """SHA-256 of the rows of a file with start <= time < end, column by column, and of what is said about them."""
    digest = sha256()
    with pq.ParquetFile(path) as parquet:
        times = parquet.read(columns=["ts_init"]).column(0).cast("int64").to_numpy()
        inside = pa.array((times >= start) & (times < end))
        for name in parquet.schema_arrow.names:
            column = parquet.read(columns=[name]).filter(inside).combine_chunks()
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, column.schema) as stream:
                stream.write_table(column)
            digest.update(sink.getvalue())
    return digest.hexdigest()


class Memory:
    """Hashes remembered between processes for as long as a file's size, times and inode stay as they were.

    Where nothing can be kept, or others could change it, nothing is: each file is read again.
    """

    def hash(self, path: Path) -> str:
        """SHA-256 of a file, read again only where it may have changed."""
        return self.recall(str(path.resolve()), [path], lambda: content_hash(path))

    def recall(self, name: str, paths: Sequence[Path], make: Callable[[], str], more: str = "") -> str:
        """Return what `make` says of some files, as long as they (and `more`) are what they were."""
        stats = [path.stat() for path in paths]
        # ctime too: it cannot be set back, as mtime can
        states = [f"{s.st_size} {s.st_mtime_ns} {s.st_ctime_ns} {s.st_ino} {s.st_dev}" for s in stats]
        state = " ".join([*states, *([more] if more else [])])
        if (entry := self._find(name, state)) is not None:
            return entry
        value = make()
        if all(time.time_ns() - max(s.st_mtime_ns, s.st_ctime_ns) > FRESH for s in stats):
            self._keep(name, state, value)
        return value

    def _find(self, name: str, state: str) -> str | None:
        with suppress(sqlite3.Error, OSError, InputError), self._opened() as db:
            row = db.execute("SELECT hash FROM hashes WHERE path = ? AND state = ?", (name, state)).fetchone()
            return row and row[0]
        return None

    def _keep(self, name: str, state: str, value: str) -> None:
        with suppress(sqlite3.Error, OSError, InputError), self._opened() as db:
            db.execute("INSERT OR REPLACE INTO hashes VALUES (?, ?, ?)", (name, state, value))

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(cache_root() / "hashes.sqlite", isolation_level=None, timeout=5)) as db:
            db.execute("CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, state TEXT, hash TEXT) WITHOUT ROWID")
            yield db
