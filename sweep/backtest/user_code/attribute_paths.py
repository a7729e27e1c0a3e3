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
            if isinstance(node, ast.Attribute) and (path := _path(node)):
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
    return None


def named_things(source: bytes, loaded: Mapping[str, ModuleType], globals_: Mapping[str, Any]) -> Iterator[Any]:
    """The modules and classes on the paths of a source, as far as they are loaded."""
    named, imported = paths(source)
    roots: dict[str, Any] = {name: _imported(place, loaded) for name, place in imported.items()} | dict(globals_)
    yield from (roots[name] for name in imported)
    for first, *more in named:
        thing = roots.get(first)
        for name in more:
            if not isinstance(thing, ModuleType | type):
                break
            thing = vars(thing).get(name)
            yield thing


def _imported(place: str, loaded: Mapping[str, ModuleType]) -> Any:
    module, _, name = place.partition(":")
    thing = loaded.get(module)
    return vars(thing).get(name) if thing is not None and name else thing
