"""Signals and topics that user code can publish, read from its source."""

import ast
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from sweep.backtest.user_code.source_checks.class_source import module_tree

ANY = "*"  # a name that the source does not show


def can_publish(files: Iterable[Path], method: str, name: str) -> bool:
    """Return True if some code in these files may call `method` (`publish_signal`, `publish_message`) with a name.

    `name` may be a pattern as the engine's message bus takes it, with `*` and `?`; an empty one stands for all.
    """
    published = (topic for file in files for topic in _published(file, file.stat().st_mtime_ns, method))
    return any(topic == ANY or not name or fnmatchcase(topic, name) for topic in published)


@lru_cache(maxsize=1024)
def _published(file: Path, _mtime: int, method: str) -> tuple[str, ...]:
    return tuple(_names(module_tree(file), method))


def _names(tree: ast.AST, method: str) -> Iterator[str]:
    """Names that calls of a method are made with; ANY where they are no constant, or where it is handed on."""
    named: set[ast.expr] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=attr) as function) if attr == method:
                arguments = [*node.args[:1], *(k.value for k in node.keywords if k.arg in {"name", "topic"})]
                match arguments:
                    case [ast.Constant(value=str(name))]:
                        named.add(function)
                        yield name
                    case _:
                        pass
            case ast.Attribute(attr=attr) if attr == method and node not in named:
                yield ANY
            case ast.Constant(value=str(text)) if text == method:
                yield ANY
            case _:
                pass
