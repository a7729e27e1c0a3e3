"""Annotations of users' classes and functions as types, also those of names that only type checkers import."""

import ast
import sys
import typing
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any


class Unresolved(str):
    """An annotation, as it is written, whose names nothing defines: its values cannot be checked."""

    __slots__ = ()


def annotations_of(thing: Any) -> dict[str, Any]:
    """The annotations of a class, with those of its bases, or of a function."""
    with suppress(Exception):  # a name that exists for type checkers only
        return typing.get_type_hints(thing)
    owners: list[Any] = [k for k in reversed(thing.__mro__) if k is not object] if isinstance(thing, type) else [thing]
    return {name: hint for owner in owners for name, hint in _each(owner)}


def _each(owner: Any) -> Iterator[tuple[str, Any]]:
    """The annotations of one class or function, one by one."""
    module = getattr(owner, "__module__", None) or ""  # nothing says where a method of C stands
    names = {**vars(sys.modules.get(module, typing)), **_for_type_checkers(module)}
    for name, written in _written(owner).items():
        try:
            yield name, eval(written, names) if isinstance(written, str) else written  # noqa: S307 (the user's own source)
        except Exception:  # noqa: BLE001 (it names what nothing defines)
            yield name, Unresolved(written)


def _written(owner: Any) -> Mapping[str, Any]:
    """The annotations as they are written, or as the types that they are."""
    if sys.version_info >= (3, 14):  # evaluated when they are asked for, which may fail
        import annotationlib

        return annotationlib.get_annotations(owner, format=annotationlib.Format.STRING)
    return getattr(owner, "__annotations__", {})


@cache
def _for_type_checkers(module: str) -> dict[str, Any]:
    """Names that a module imports below `if TYPE_CHECKING:`."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return {}
    names: dict[str, Any] = {}
    for node in ast.parse(Path(file).read_bytes()).body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                names |= dict(_imported(statement, module))
    return names


def _imported(statement: ast.stmt, module: str) -> Iterator[tuple[str, Any]]:
    package = module.rpartition(".")[0]
    for alias in statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else ():
        try:
            if isinstance(statement, ast.ImportFrom):
                source = import_module("." * statement.level + (statement.module or ""), package)
                yield alias.asname or alias.name, getattr(source, alias.name)
            else:
                loaded = import_module(alias.name)
                yield alias.asname or alias.name.partition(".")[0], loaded
        except (ImportError, AttributeError):
            continue
