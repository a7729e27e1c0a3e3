"""Source of the classes that users write: files, syntax trees and what in them refers to what."""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import FunctionType
from typing import NamedTuple

from nautilus_trader.common import DataActor
from nautilus_trader.trading import Controller, ExecutionAlgorithm, Strategy

from sweep.backtest.user_code.classes import is_user_class
from sweep.common.files.file_state import FileState, state_of

BASES: dict[type, str] = {  # classes of the engine that users extend; DataActor is last, for others extend it
    Strategy: "a strategy",
    ExecutionAlgorithm: "an execution algorithm",
    Controller: "a controller",
    DataActor: "an actor",
}
type Function = ast.FunctionDef | ast.AsyncFunctionDef
ACCEPT = "code: {{accept: ['{}:{}']}}"  # in the spec, with file and line
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Finding(NamedTuple):
    """One mistake in a user's source, found without running it."""

    file: Path
    line: int
    rule: str
    remedy: str


def accepts(places: Iterable[str], file: Path, line: int) -> bool:
    """Return True for a line of the spec's `code.accept`; a file may be named by its last parts, `lib/file.py:12`."""
    return any(f"/{file}:{line}".endswith(f"/{place.removeprefix('./')}") for place in places)


@dataclass(frozen=True, slots=True)
class ClassSource:
    """One class of the user's, with its syntax tree where its source can be read."""

    type: type
    file: Path
    line: int
    tree: ast.ClassDef | None

    def methods(self) -> Iterator[tuple[Function, str]]:
        """Each method in the source, with the name that it gives to the object itself."""
        for node in self.tree.body if self.tree else ():
            if isinstance(node, FUNCTIONS) and (arguments := [*node.args.posonlyargs, *node.args.args]):
                yield node, arguments[0].arg

    def function_line(self, function: object) -> int:
        """Line of a function of this class; the class's own for what is no plain function."""
        return function.__code__.co_firstlineno if isinstance(function, FunctionType) else self.line


def class_sources(kind: type) -> list[ClassSource]:
    """The class and its bases that users wrote, the outermost first."""
    return [source(base) for base in kind.__mro__ if is_user_class(base)]


def engine_base(kind: type) -> type:
    """The class of the engine's that a user's class extends."""
    return next((base for base in BASES if issubclass(kind, base)), Strategy)


def source(kind: type) -> ClassSource:
    """File, line and syntax tree of a class."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None) or "<unknown>"
    line = int(vars(kind).get("__firstlineno__", 1))
    return ClassSource(kind, Path(file), line, class_tree(Path(file), line, kind.__name__))


def class_tree(file: Path, line: int, name: str) -> ast.ClassDef | None:
    """The statement that defines a class, by its name and first line."""
    for node in ast.walk(module_tree(file)):
        if isinstance(node, ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first <= line <= node.lineno:
                return node
    return None


def module_tree(file: Path) -> ast.Module:
    """The syntax tree of a file, empty where it cannot be read or parsed: its import says why."""
    try:
        return _module_tree(file, state_of(file.stat()))
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


@lru_cache(maxsize=256)
def _module_tree(file: Path, _state: FileState) -> ast.Module:
    return ast.parse(file.read_bytes())


def references(files: Iterable[Path]) -> set[str]:
    """Names that the code of these files refers to: attributes, variables, texts; not a function's to its own name."""
    return {name for file in files for name in _referred(file)}


def _referred(file: Path) -> set[str]:
    names: set[str] = set()
    waiting: list[tuple[ast.AST, str]] = [(module_tree(file), "")]
    while waiting:
        node, inside = waiting.pop()
        name = ""
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            name = node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value
        if name and name != inside:
            names.add(name)
        inside = node.name if isinstance(node, FUNCTIONS) else inside
        waiting.extend((child, inside) for child in ast.iter_child_nodes(node))
    return names
