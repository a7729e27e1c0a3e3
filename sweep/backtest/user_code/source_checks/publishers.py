"""Signals and topics that user code can publish, read from its source."""

import ast
import sys
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from sweep.backtest.user_code.source_checks.class_source import BASES, module_tree
from sweep.common.files.file_state import FileState, state_of

NONE: Mapping[Path, frozenset[str]] = {}
ANY = "*"  # a name that the source does not show


def can_publish(files: Iterable[Path], method: str, name: str, idle: Mapping[Path, frozenset[str]] = NONE) -> bool:
    """Return True if some code in these files may call `method` (`publish_signal`, `publish_message`) with a name.

    `name` may be a pattern as the engine's message bus takes it, with `*` and `?`; an empty one stands for all. `idle`
    are classes by file that the trial does not run.
    """
    calls = ((file, state_of(file.stat()), method, idle.get(file.resolve(), frozenset())) for file in files)
    published = (topic for call in calls for topic in _published(*call))
    return any(topic == ANY or not name or fnmatchcase(topic, name) for topic in published)


@lru_cache(maxsize=1024)
def _published(file: Path, _state: FileState, method: str, idle: frozenset[str]) -> tuple[str, ...]:
    return tuple(_names(module_tree(file), method, idle))


def idle_classes(modules: Mapping[str, Path], running: Collection[type]) -> dict[Path, frozenset[str]]:
    """Strategies, actors and the like that these modules define and that are not among the running ones."""
    idle: dict[Path, frozenset[str]] = {}
    for module, file in modules.items():
        values = vars(sys.modules[module]).values() if module in sys.modules else ()
        own = [v for v in values if isinstance(v, type) and v.__module__ == module and issubclass(v, tuple(BASES))]
        idle[file.resolve()] = frozenset(v.__name__ for v in own if not any(issubclass(kind, v) for kind in running))
    return idle


def _walk(tree: ast.AST, idle: frozenset[str]) -> Iterator[ast.AST]:
    """Every node outside of some classes, each before its parts."""
    waiting = deque([tree])
    while waiting:
        node = waiting.popleft()
        yield node
        waiting.extend(n for n in ast.iter_child_nodes(node) if not (isinstance(n, ast.ClassDef) and n.name in idle))


def _names(tree: ast.AST, method: str, idle: frozenset[str]) -> Iterator[str]:
    """Names that calls of a method are made with; ANY where they are no constant, or where it is handed on."""
    named: set[ast.expr] = set()
    for node in _walk(tree, idle):
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
