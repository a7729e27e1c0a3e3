"""Modules hidden or replaced while another is imported."""

import importlib
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import ModuleType


def import_without(name: str, without: str) -> ModuleType:
    """The submodule `name` of a library that does without a package it can do without, but would import.

    Others who import it get the whole one.
    """
    if name in sys.modules or without in sys.modules:
        return importlib.import_module(name)
    place, _, last = name.rpartition(".")
    parent = vars(importlib.import_module(place))
    before, whole = set(sys.modules), parent.get(last)
    try:
        with hidden_package(without):
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
def hidden_package(package: str) -> Generator[None]:
    """Inside, this thread cannot import a package that is not imported yet: for who can do without it."""
    finder = _Absent(package)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def patched(module: ModuleType, name: str, value: object) -> Generator[None]:
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
