"""User code by import path, "module:Class"; and libraries without what of them is not needed."""

import importlib
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sweep.errors import Problem, did_you_mean


class ImportPathError(Exception):
    """An import path that leads nowhere; carries the Problem without its place."""

    def __init__(self, rule: str, value: object, remedy: str = "") -> None:
        self.rule, self.value, self.remedy = rule, value, remedy
        super().__init__(rule)

    def at(self, where: str) -> Problem:
        """The mistake, with its place in the spec."""
        return Problem(where, self.rule, self.value, self.remedy)


def load(path: object) -> Any:
    """The class or function that "package.module:Name" names. Raises ImportPathError."""
    module, colon, name = path.partition(":") if isinstance(path, str) else ("", "", "")
    if not (colon and module and name):
        raise ImportPathError("must be an import path, 'package.module:Class'", path)
    found = load_module(module, path)
    if not hasattr(found, name):
        raise ImportPathError(f"module {module!r} has no {name!r}", path, did_you_mean(name, public(found)))
    return getattr(found, name)


def load_module(module: str, path: object) -> ModuleType:
    if module in sys.modules:
        return sys.modules[module]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            remedy = "is it on the Python path? Run where it can be imported, or install it"
            raise ImportPathError(f"there is no module {error.name!r}", path, remedy) from error
        raise ImportPathError(f"importing {module!r} failed: {error}", path) from error
    except Exception as error:  # user code at import time may raise anything
        raise ImportPathError(f"importing {module!r} failed: {type(error).__name__}: {error}", path) from error


def public(module: ModuleType) -> list[str]:
    return [name for name in vars(module) if not name.startswith("_")]


def spared(name: str, without: str) -> ModuleType:
    """The submodule `name` of a library that does without a package it can do without, but would import.

    Others who import it get the whole one.
    """
    if name in sys.modules or without in sys.modules:
        return importlib.import_module(name)
    place, _, last = name.rpartition(".")
    parent = vars(importlib.import_module(place))
    before, whole = set(sys.modules), parent.get(last)
    try:
        with absent(without):
            return importlib.import_module(name)
    finally:
        for loaded in set(sys.modules) - before:
            if loaded == name or loaded.startswith(f"{name}."):
                del sys.modules[loaded]
        if whole is not None:
            parent[last] = whole


class _Absent:
    """Finds that a package is not installed, for the thread that asks."""

    def __init__(self, package: str) -> None:
        self._package, self._thread = package, threading.get_ident()

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None) -> None:
        if name.partition(".")[0] == self._package and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextmanager
def absent(package: str) -> Generator[None]:
    """Inside, this thread cannot import a package that is not imported yet: for who can do without it."""
    finder = _Absent(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def replaced(module: ModuleType, name: str, value: object) -> Generator[None]:
    """Inside, a name of a module is something else; nothing is changed where the module has no such name."""
    names = vars(module)
    if (whole := names.get(name)) is None:
        yield
        return
    names[name] = value
    try:
        yield
    finally:
        names[name] = whole
