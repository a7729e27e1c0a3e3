"""Imports of user modules from a snapshot of their sources, not from disk.

A module looks as if it had been imported from its file: `__file__`, packages, relative imports, data files beside it,
tracebacks and breakpoints are the file's own. Only the code is that of the snapshot, and no `.pyc` is read or written.
"""

import linecache
import os
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import import_module
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import decode_source, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from sweep.backtest.user_code.source_hashes import ask_finders, is_user_code, locate
from sweep.backtest.user_code.source_snapshot import SourceSnapshot
from sweep.backtest.user_code.unkeyed_inputs import note, note_code

FIXED = "__main__"  # the program itself cannot be imported again


class SnapshotLoader(SourceFileLoader):
    """Loads one module from what its file held when the snapshot was taken."""

    def __init__(self, name: str, path: str, content: bytes) -> None:
        super().__init__(name, path)
        self.content = content

    def get_data(self, path: str) -> bytes:
        """The content of the module's file; other files, such as data beside it, are read from disk and noted."""
        return self.content if path == self.path else _data(super(), path)

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 (the loader's interface)
        """The compiled content; tracebacks show its lines, whatever the file holds by then."""
        with suppress(SyntaxError, UnicodeDecodeError):
            lines = decode_source(self.content).splitlines(keepends=True)
            linecache.cache[str(self.path)] = (len(self.content), None, lines, str(self.path))
        return _compiled(str(self.path), self.content)


class FreshLoader(SourceFileLoader):
    """Loads a user module outside of the snapshot from its source: a `.pyc` of the same second and size may be old."""

    def path_stats(self, path: str) -> Mapping[str, Any]:
        """Nothing that a `.pyc` could be compared with, so that none is read or written."""
        raise OSError(path)

    def get_data(self, path: str) -> bytes:
        """Content of a file; one beside the module is noted."""
        return super().get_data(path) if path == self.path else _data(super(), path)


def _data(loader: Any, path: str) -> bytes:
    """A file that `pkgutil.get_data` asks a loader for."""
    note(os.path.abspath(path))  # noqa: PTH100 (links are not followed)
    return loader.get_data(path)


@lru_cache(maxsize=1024)
def _compiled(path: str, content: bytes) -> CodeType:
    return compile(content, path, "exec", dont_inherit=True)


class SnapshotFinder:
    """Finds the modules of one snapshot, before anybody looks at the disk."""

    is_snapshot = True

    def __init__(self, code: SourceSnapshot) -> None:
        self.code = code

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as the snapshot has it; what is not in it as the others find it, user code from its source."""
        if places := self.code.namespaces.get(name):
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = list(places)
            return spec
        if (module := self.code.modules.get(name)) is None or name == FIXED:
            return self._outside(name, path, target)
        file = _path_here(name, module.path)
        inside = [str(Path(file).parent)] if Path(file).name == "__init__.py" else None
        loader = SnapshotLoader(name, file, module.content)
        return spec_from_file_location(name, file, loader=loader, submodule_search_locations=inside)

    def _outside(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        """A module that is not in the snapshot."""
        spec = ask_finders(name, path, target)
        file = spec.origin if spec and spec.has_location else None
        if spec and file and is_user_code(file, self.code.packages):
            if type(spec.loader) is SourceFileLoader:
                spec.loader = FreshLoader(name, file)
            else:
                note_code(file)
        return spec


@lru_cache(maxsize=1024)
def _path_here(name: str, path: str) -> str:
    """Path of the module on this machine; on another machine than the driver's it may be another place."""
    return path if Path(path).exists() else str(locate(name) or path)


_aside: dict[str, ModuleType] = {}  # the modules of the last snapshot, while nothing runs that is imported from it
_libraries: dict[frozenset[str], set[str]] = {}  # names of loaded modules that are no user code, by user packages


@contextmanager
def imported_from(code: SourceSnapshot) -> Generator[None]:
    """Inside, the modules of a snapshot are imported from it; afterwards the process has its own ones again.

    Those of the snapshot that was used last stay loaded for the next time; see `load_anew`. User modules outside of the
    snapshot are put aside, too: what is imported inside is what the disk has.
    """
    finder, covered = SnapshotFinder(code), {*code.modules, *code.namespaces} - {FIXED}
    own = _exchange(covered | strays(code), _aside)
    sys.meta_path.insert(0, finder)  # pyright: ignore[reportArgumentType] (a finder needs `find_spec` alone)
    try:
        yield
    finally:
        with suppress(ValueError):
            sys.meta_path.remove(finder)  # pyright: ignore[reportArgumentType]
        used = _exchange(covered | strays(code), own)
        _aside.clear()
        _aside.update(used)


def strays(code: SourceSnapshot) -> set[str]:
    """The loaded user modules that are not of the snapshot."""
    libraries = _libraries.setdefault(code.packages, set())
    unjudged = sys.modules.keys() - libraries - code.modules.keys() - {FIXED}
    users = {name for name in unjudged if is_user_code(_file(name), code.packages)}
    libraries |= unjudged - users
    return users


def _file(name: str) -> str:
    return str(getattr(sys.modules.get(name), "__file__", None) or "<frozen")


def _exchange(names: Iterable[str], others: Mapping[str, ModuleType]) -> dict[str, ModuleType]:
    """Put other modules in the place of those with these names, which are returned; also in their packages."""
    loaded = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.modules.update(others)
    for name in loaded.keys() | others.keys():
        above, _, last = name.rpartition(".")
        if above in names or (package := sys.modules.get(above)) is None:
            continue  # a package that was exchanged too has its modules
        if vars(package).get(last) is loaded.get(name):
            setattr(package, last, others[name]) if name in others else delattr(package, last)
    return loaded


def is_loaded(code: SourceSnapshot) -> bool:
    """True if every loaded module of the snapshot was loaded from this very content."""
    loaded = {name: sys.modules[name] for name in code.modules if name in sys.modules and name != FIXED}
    return all(_is_of(module, code.modules[name].content) for name, module in loaded.items())


def _is_of(module: ModuleType, content: bytes) -> bool:
    loader = getattr(module.__spec__, "loader", None)
    return isinstance(loader, SnapshotLoader) and loader.content == content


def load_anew(code: SourceSnapshot) -> None:
    """Import the modules that import paths name from the snapshot, with all that they import; none stays as it was.

    What one of them raises is for whoever asks for it by its path.
    """
    forget(code.modules)
    for name in code.roots:
        if name in code.modules and name not in sys.modules:
            with suppress(Exception):
                import_module(name)


def forget(names: Iterable[str]) -> None:
    """Let modules be imported again: also where their packages keep them under their names."""
    for name in names:
        if name == FIXED or (module := sys.modules.pop(name, None)) is None:
            continue
        above, _, last = name.rpartition(".")
        if above in sys.modules and vars(sys.modules[above]).get(last) is module:
            delattr(sys.modules[above], last)
