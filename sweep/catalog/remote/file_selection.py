"""The files of a catalog that a backtest needs, told from their names alone: nothing of them is here yet."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from sweep.catalog.data_files import DataRequest, time_range
from sweep.common.json_values import digest
from sweep.spec.data_kinds import DATA_KINDS

DATA = "data/"  # below it lies everything that the engine reads
FOLDERS = {name: kind.folder for name, kind in DATA_KINDS.items()}  # every other one but CUSTOM holds instruments
KINDS = {folder: name for name, folder in FOLDERS.items()}
CUSTOM = "custom"


@dataclass(frozen=True, slots=True, order=True)
class SelectedFile:
    """A file of a catalog, by its content."""

    name: str  # relative to the catalog, parts divided by /
    size: int
    sha256: str

    def plain(self) -> tuple[str, int, str]:
        return self.name, self.size, self.sha256


def key(files: Iterable[SelectedFile]) -> str:
    """One name for exactly these files."""
    return digest([f.plain() for f in sorted(files)])[:32]


def needed(names: Iterable[str], requests: Sequence[DataRequest]) -> list[str]:
    """The names of the files that some of the backtests may read.

    Of a chain of options those are the definitions of all options; their quotes follow once the definitions are read.
    """
    shapes = [_Shape.of(one) for one in requests]
    return sorted(name for name in names if any(shape.takes(name) for shape in shapes))


@dataclass(frozen=True, slots=True)
class _Shape:
    """The data that a backtest reads, as folders and times."""

    data: frozenset[tuple[str, str]]  # folder and letters of the identifier
    custom: frozenset[str]  # letters of the classes of custom data
    instruments: frozenset[str]  # letters
    options: bool
    request: DataRequest

    @classmethod
    def of(cls, request: DataRequest) -> "_Shape":
        market = {(FOLDERS[kind], _letters(name)) for kind, name in request.data if kind in FOLDERS}
        custom = {_letters(kind) for kind, _ in request.data if kind not in FOLDERS}
        instruments = frozenset(map(_letters, request.instruments))
        return cls(frozenset(market), frozenset(custom), instruments, bool(request.chains), request)

    def takes(self, name: str) -> bool:
        parts = PurePosixPath(name).parts
        if len(parts) < 4 or ".." in parts or f"{parts[0]}/" != DATA or not (span := time_range(parts[-1])):
            return False
        folder, identifier = parts[1], _letters(parts[2])
        if folder == CUSTOM:
            named = identifier in self.custom
        elif folder in FOLDERS.values():
            named = (folder, identifier) in self.data
        else:  # a definition counts from its time on
            is_option = self.options and "option" in folder
            return (is_option or identifier in self.instruments) and span[0] < self.request.end
        first, end = self.request.span(KINDS.get(folder, folder))
        return named and span[0] < end and span[1] >= first


def _letters(name: str) -> str:
    """A name without what the engine leaves out, or writes otherwise, in the names of folders."""
    return re.sub(r"[^A-Za-z0-9]", "", name)
