"""Cache of directory searches in a catalog, reused by the next trials of a worker.

The engine's reader walks the whole tree at each question; with hundreds of contracts that takes as long as a trial.
"""

import os
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any

from sweep.backtest.data.windows import WindowCache
from sweep.common.files import file_state


def cached[T](cache: WindowCache, key: Hashable, catalog: Path, names: Iterable[str], make: Callable[[], T]) -> T:
    """Result of `make` for these folders, computed again when one of their files comes, goes or changes."""
    entries: dict[Hashable, tuple[Any, T]] = cache.survey(("kept", str(catalog)), dict)
    state = state_of(catalog, names)
    if key in entries and entries[key][0] == state and state:
        return entries[key][1]
    entries.pop(key, None)
    value = make()
    if state_of(catalog, names) == state:  # else they changed while they were read
        entries[key] = state, value
    return value


def forget(cache: WindowCache, key: Hashable, catalog: Path) -> None:
    """Make this again when it is asked for."""
    cache.survey(("kept", str(catalog)), dict).pop(key, None)


def state_of(catalog: Path, names: Iterable[str]) -> tuple[Any, ...]:
    """Every file of these identifiers with its state, and those of the folders."""
    try:
        kinds = sorted((e.path, file_state.state_of(e.stat())) for e in _entries(str(catalog / "data")) if e.is_dir())
        files = [state for name in names for kind, _ in kinds for state in _files(f"{kind}/{folder(name)}")]
    except OSError:  # one of them went meanwhile
        return ()
    return (*kinds, *files)


def folder(name: str) -> str:
    """The name of an identifier's folder."""
    return name.replace("/", "")


def _files(path: str) -> list[tuple[str, file_state.FileState]]:
    try:
        entries = _entries(path)
    except FileNotFoundError:
        return []
    below = [state for e in entries if e.is_dir() for state in _files(e.path)]
    return below + [(e.path, file_state.state_of(e.stat())) for e in entries if not e.is_dir()]


def _entries(path: str) -> list[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        return list(entries)
