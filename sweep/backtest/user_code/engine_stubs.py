"""Constructor arguments of the engine's own classes, with their types and defaults, read from its type stubs.

The classes are compiled: `inspect` knows at most the names of their arguments.
"""

import ast
import collections
import datetime as dt
import typing
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = "nautilus_trader"
PARTS = (
    "common",
    "core",
    "data",
    "execution",
    "model",
    "persistence",
    "portfolio",
    "risk",
    "trading",
)  # named in stubs


class StubArgument(NamedTuple):
    """One argument of a constructor."""

    kind: Any  # its type
    default: str | None  # as Python source; None where a value is required


@cache
def stub_arguments(kind: type) -> Mapping[str, StubArgument]:
    """Arguments of the constructor of a class of the engine; none where its stub has none."""
    node = _class(_tree(kind.__module__), kind.__name__)
    for method in node.body if node else ():
        if isinstance(method, ast.FunctionDef) and method.name in {"__init__", "__new__"}:
            names = _names(kind.__module__)
            return {arg.arg: StubArgument(*pair) for arg, *pair in _arguments(method, names)}
    return {}


def _arguments(method: ast.FunctionDef, names: Mapping[str, Any]) -> list[tuple[ast.arg, Any, str | None]]:
    positional = [*method.args.posonlyargs, *method.args.args][1:]
    defaults = [None] * (len(positional) - len(method.args.defaults)) + [*method.args.defaults]
    pairs = [
        *zip(positional, defaults, strict=True),
        *zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True),
    ]
    return [
        (arg, _type(arg, names), ast.unparse(default) if default else None)
        for arg, default in pairs
        if not arg.arg.startswith("_")
    ]


def _type(arg: ast.arg, names: Mapping[str, Any]) -> Any:
    """The type that an annotation names; Any where there is none, or one of a module that stubs alone have."""
    if arg.annotation is None:
        return Any
    try:
        return eval(ast.unparse(arg.annotation), dict(names))  # noqa: S307 (the stubs of the pinned engine)
    except (NameError, AttributeError, TypeError):
        return Any


@cache
def _tree(module: str) -> ast.Module:
    loaded = import_module(module)
    stub = Path(loaded.__file__ or "").with_suffix(".pyi")
    return ast.parse(stub.read_text(encoding="utf-8")) if stub.is_file() else ast.Module([], [])


def _class(tree: ast.Module, name: str) -> ast.ClassDef | None:
    return next((node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name), None)


@cache
def _names(module: str) -> dict[str, Any]:
    """Names that annotations of a stub use."""
    parts = {part: import_module(f"{PACKAGE}.{part}") for part in PARTS}
    own = vars(import_module(module))
    return {**own, **parts, "typing": typing, "datetime": dt, "collections": collections}
