"""Files that user code reads behind the engine's back: Python's own opens by an audit hook, others by their calls."""

import os
import re
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from inspect import currentframe
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from sweep.backtest.user_code.call_monitor import Call, EarlierThreads, Monitor
from sweep.backtest.user_code.determinism import full_name
from sweep.backtest.user_code.source_hashes import LIBRARIES, OWN_FILES, is_user_code

OPENS = {"open", "sqlite3.connect"}  # audit events; pyarrow and its like open files without one
NATIVE = frozenset({  # packages that read files past Python
    *("pyarrow", "pandas", "polars", "duckdb", "h5py", "tables", "fastparquet", "netCDF4", "zarr", "lance", "dask"),
    *("onnxruntime", "lightgbm", "xgboost", "catboost", "lmdb"),
})  # fmt: skip
READERS = re.compile(  # of these, those that may read a file which their first argument does not name
    r"pandas.*\.read_(parquet|feather|orc|hdf)|pyarrow.*\.(read_\w+|dataset|open_\w+|memory_map|OSFile|ParquetFile)|_?duckdb.*"
)
WRITES = re.compile(r"write|to_|save|dump")
QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")  # a file that an SQL text names
CODE = (".py", ".pyc", ".so", ".pyd", ".pth")
SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/", "/usr/share/zoneinfo", sys.prefix, sys.base_prefix, *LIBRARIES)

type Note = Callable[[FileRead], None]


class FileRead(NamedTuple):
    """A file that user code opened, and the line that did."""

    path: str
    file: Path
    line: int

    @property
    def place(self) -> str:
        """As "strategy.py:12"."""
        return f"{self.file.name}:{self.line}"

    def is_below(self, folder: str) -> bool:
        """Return True if the file lies in a folder, links followed."""
        return Path(self.path).resolve().is_relative_to(Path(folder).resolve())


_watching: list[tuple[Note, frozenset[str], EarlierThreads]] = []  # the innermost last
_imported: dict[Path, list[FileRead]] = {}  # reads by modules while they were imported, once in a process


class ReadsNoted:
    """Inside, tell `note` of each file that user code opens through Python; it may raise, and the open fails.

    Threads that ran before are left alone.
    """

    def __init__(self, note: Note, packages: frozenset[str], earlier: EarlierThreads | None = None) -> None:
        self._watching = note, packages, earlier or EarlierThreads()

    def __enter__(self) -> None:
        _install()
        _watching.append(self._watching)

    def __exit__(self, *_: object) -> None:
        _watching.pop()


@contextmanager
def import_noted() -> Generator[None]:
    """Remember the files that modules read while they are imported inside; of each module those of its last import."""
    latest: dict[Path, list[FileRead]] = {}

    def note(read: FileRead) -> None:
        latest.setdefault(read.file, []).append(read)

    def called(call: Call) -> bool:
        reads = native_reads(call, frozenset())
        for read in () if isinstance(reads, str) else reads:
            note(read)
        return bool(reads)

    with ReadsNoted(note, frozenset()), Monitor(lambda _code, _error: None, called):
        yield
    _imported.update(latest)


def read_at_import(files: Callable[[], Any]) -> list[FileRead]:
    """Reads by any of these source files while it was imported; `files` is called only where there are reads at all."""
    if not _imported:
        return []
    return [read for file in files() for read in _imported.get(file, ())]


def native_reads(call: Call, packages: frozenset[str]) -> list[FileRead] | str:
    """Files that a call of user code reads past Python's own `open`; the function's name where that cannot be seen."""
    name = full_name(call.function) or str(getattr(call.function, "__module__", ""))
    if name.partition(".")[0].lstrip("_") not in NATIVE or WRITES.search(name.rpartition(".")[2]):
        return []
    if not is_user_code(call.code.co_filename, packages):
        return []
    paths = list(_paths(call.first))
    is_told = paths or not READERS.fullmatch(name) or _is_in_memory(call.first)
    return [FileRead(path, Path(call.code.co_filename), _line(call)) for path in paths] if is_told else name


def _paths(first: Any) -> Iterator[str]:
    """The existing files that an argument names: as a path, within an SQL text, or in a list."""
    items: list[Any] = [*first] if type(first) in (list, tuple) else [first]
    for item in items:
        if isinstance(item, str | Path):
            text = str(item)
            texts = [text, *(one or other for one, other in QUOTED.findall(text))]
            yield from (t for t in texts if len(t) < 4096 and "\0" not in t and Path(t).exists())


def _is_in_memory(first: Any) -> bool:
    """True for a buffer, a file that Python has opened, a table: not for what can name a file in a later argument."""
    if first is sys.monitoring.MISSING or first is None or isinstance(first, str | Path | list | tuple):
        return False
    return "FileSystem" not in type(first).__name__ and type(first).__module__ != "_duckdb"


def _line(call: Call) -> int:
    lines = (start for n, (start, _, _, _) in enumerate(call.code.co_positions()) if 2 * n == call.offset)
    return next(lines, None) or call.code.co_firstlineno


@cache
def _install() -> None:
    """Audit hooks stay for the life of a process: one, once."""
    sys.addaudithook(_audited)


def _audited(event: str, arguments: tuple[Any, ...]) -> None:
    innermost = _watching[-1:] if event in OPENS else ()  # another thread may look while one is taken
    for note, packages, earlier in innermost:
        hook = currentframe()
        if (
            (path := read_path(event, arguments))
            and not earlier.run_this()
            and (place := reader(hook and hook.f_back, packages))
        ):
            note(FileRead(path, Path(place[0]), place[1]))


def reader(frame: FrameType | None, packages: frozenset[str]) -> tuple[str, int] | None:
    """File and line of the user code that reads; None where Python imports, or this package reads for itself."""
    for caller, line in traceback.walk_stack(frame):
        name = caller.f_code.co_filename
        if name.startswith("<frozen importlib"):
            return None
        if not name.startswith("<") and is_user_code(name, packages):
            return name, line
        if name.startswith(OWN_FILES):
            return None
    return None


def read_path(event: str, arguments: tuple[Any, ...], *, code: bool = False) -> str:
    """The path that is opened to be read; "" for what is written, and for files of Python and of the system.

    Files of code are left out unless they are asked for.
    """
    if event not in OPENS:
        return ""
    path = arguments[0]
    if event == "open":
        mode, flags = arguments[1], arguments[2]
        is_read = {"r", "+"} & set(mode) if mode else flags & os.O_ACCMODE != os.O_WRONLY
        if not is_read or isinstance(path, int):
            return ""
    try:
        text = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 (links are not followed: shown as it is written)
    except (TypeError, ValueError):
        return ""
    return "" if text.endswith((*(() if code else CODE), ":memory:")) or text.startswith(SYSTEM) else text
