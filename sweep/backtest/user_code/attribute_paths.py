"""Attributes of libraries that user code names: `pandas.DataFrame`, `numpy.linalg`, also under a short name."""

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from types import ModuleType
from typing import Any

type Path = tuple[str, ...]  # a name, and attributes of it


@lru_cache(maxsize=256)
def paths(source: bytes) -> tuple[frozenset[Path], Mapping[str, str]]:
    """The paths that a source names, and its imports: name → module, or module:attribute."""
    named, imported = set[Path](), dict[str, str]()
    with suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Attribute | ast.Call) and (path := _path(node)):
                named.add(path)
            elif isinstance(node, ast.Import):
                imported |= {a.asname or a.name.partition(".")[0]: a.name if a.asname else a.name.partition(".")[0]
                             for a in node.names}  # fmt: skip
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported |= {a.asname or a.name: f"{node.module}:{a.name}" for a in node.names}
    return frozenset(named), imported


def _path(node: ast.expr) -> Path | None:
    if isinstance(node, ast.Name):
        return (node.id,)
    if isinstance(node, ast.Attribute) and (before := _path(node.value)):
        return (*before, node.attr)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("getattr", "setattr") and len(node.args) > 1:
        thing, name = node.args[:2]
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and (before := _path(thing)):
            return (*before, name.value)
    return None


def named_things(
    source: bytes, loaded: Mapping[str, ModuleType], globals_: Mapping[str, Any]
) -> Iterator[tuple[Any, Any]]:
    """Everything on the paths of a source, as far as it is loaded, after what holds it: modules, classes, objects."""
    named, imported = paths(source)
    places = {name: _imported(place, loaded) for name, place in imported.items()}
    roots = {name: thing for name, (_, thing) in places.items()} | dict(globals_)
    yield from places.values()
    for first, *more in named:
        thing = roots.get(first)
        for name in more:
            if not isinstance(thing, ModuleType | type):
                break
            holder, thing = thing, vars(thing).get(name)
            yield holder, thing


def _imported(place: str, loaded: Mapping[str, ModuleType]) -> tuple[Any, Any]:
    """The module that something is imported from, and that thing; the module twice for an import of itself."""
    module, _, name = place.partition(":")
    thing = loaded.get(module)
    return thing, vars(thing).get(name) if thing is not None and name else thing
