"""Lines of user code that a trial can reach: calls followed by name, from the classes of the spec on.

More may be taken for reachable than is: a name stands for every function of that name. Where code looks names up while
it runs (`getattr(self, name)`), everything counts as reachable.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sweep.backtest.user_code.classes import is_user_class
from sweep.backtest.user_code.source_checks.class_source import FUNCTIONS, Function, module_tree
from sweep.common.files.file_state import FileState, state_of

DYNAMIC = frozenset({"globals", "locals", "vars", "eval", "exec", "methodcaller", "__dict__", "__getattribute__"})
LOOKS_UP = "getattr"
PASSIVE = frozenset({  # decorators that hand a function to nobody
    *("property", "cached_property", "staticmethod", "classmethod", "setter", "getter", "deleter", "cache"),
    *("lru_cache", "override", "abstractmethod", "overload", "wraps", "dataclass", "final", "contextmanager"),
})  # fmt: skip


class Unit(NamedTuple):
    """A function, a method or the code of a module outside of them, which runs when the module is imported."""

    name: str  # "" for a module's own code
    owner: str  # the class of a method
    first: int
    last: int
    names: frozenset[str]  # what it refers to
    is_kept: bool  # its import runs a part of it, or hands it to others
    is_dynamic: bool  # it looks names up while it runs


@dataclass(frozen=True)
class Reach:
    """Code that trials can reach."""

    lines: Mapping[Path, tuple[tuple[int, int], ...]]  # reachable functions, first and last line
    functions: Mapping[Path, tuple[tuple[int, int], ...]]  # all of them
    is_everything: bool

    def __contains__(self, place: tuple[Path, int]) -> bool:
        """Return True if a line can be reached: it lies in such a function, or in none."""
        file, line = place
        if self.is_everything or _within(line, self.lines[file]):
            return True
        return not _within(line, self.functions[file])


def reach(modules: Mapping[str, Path], entries: Iterable[str]) -> Reach:
    """Reachable code of these modules (name → file), from the classes and functions that the spec names on."""
    units = {file: _units(file, state_of(file.stat())) for file in modules.values()}
    library = {(file, owner): names for name, file in modules.items() for owner, names in _library(name, units[file])}
    live = {entry.rpartition(":")[2] for entry in entries}
    reached: set[tuple[Path, Unit]] = set()
    grew = True
    while grew:
        new = {
            (file, unit)
            for file, many in units.items()
            for unit in many
            if (file, unit) not in reached and _is_reached(unit, live, library.get((file, unit.owner), frozenset()))
        }
        reached |= new
        live |= {name for _, unit in new for name in unit.names}
        grew = bool(new)
    lines = {file: tuple((u.first, u.last) for f, u in reached if f == file and u.name) for file in units}
    functions = {file: tuple((u.first, u.last) for u in many if u.name) for file, many in units.items()}
    return Reach(lines, functions, any(unit.is_dynamic for _, unit in reached))


def _within(line: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(first <= line <= last for first, last in spans)


def _is_reached(unit: Unit, live: set[str], library: frozenset[str]) -> bool:
    if not unit.name or unit.is_kept:
        return True
    if not unit.owner:
        return unit.name in live
    is_called = unit.name in live or unit.name in library or (unit.name.startswith("__") and unit.name.endswith("__"))
    return is_called and unit.owner in live


def _library(module: str, units: Iterable[Unit]) -> Iterator[tuple[str, frozenset[str]]]:
    """Classes of a module with the names that the libraries they extend may call."""
    loaded = vars(sys.modules[module]) if module in sys.modules else {}
    for owner in {unit.owner for unit in units if unit.owner}:
        kind: Any = loaded.get(owner)
        bases = kind.__mro__[:-1] if isinstance(kind, type) else ()
        yield owner, frozenset(name for base in bases if not is_user_class(base) for name in dir(base))


@lru_cache(maxsize=1024)
def _units(file: Path, _state: FileState) -> tuple[Unit, ...]:
    tree = module_tree(file)
    aliases = {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    outside: list[ast.AST] = []
    return (*_functions(tree, "", outside, aliases), _unit("", "", outside, aliases, (0, 0)))


def _functions(node: ast.AST, owner: str, outside: list[ast.AST], aliases: Mapping[str, str]) -> Iterator[Unit]:
    """The functions and methods of a module; what lies outside of them goes to `outside`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FUNCTIONS):
            outside += [*child.decorator_list, *_defaults(child)]
            yield _unit(child.name, owner, [child], aliases, (child.lineno, child.end_lineno or child.lineno), child)
        elif isinstance(child, ast.ClassDef):
            outside += [*child.decorator_list, *child.bases, *(k.value for k in child.keywords)]
            yield from _functions(child, child.name, outside, aliases)
        elif isinstance(child, ast.If | ast.Try | ast.With):
            yield from _functions(child, owner, outside, aliases)
        elif not _lists_names(child):
            outside.append(child)


def _lists_names(node: ast.AST) -> bool:
    """Return True for `__all__ = …`, which names without using."""
    return isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)


def _unit(
    name: str,
    owner: str,
    nodes: Iterable[ast.AST],
    aliases: Mapping[str, str],
    lines: tuple[int, int],
    function: Function | None = None,
) -> Unit:
    names: set[str] = set()
    is_dynamic = False
    for node in (part for root in nodes for part in ast.walk(root)):
        match node:
            case ast.Call(func=ast.Name(id=called), args=[_, key, *_]) if called == LOOKS_UP:
                is_dynamic = is_dynamic or not isinstance(key, ast.Constant)
            case ast.Attribute(attr=attr):
                names.add(attr)
            case ast.Name(id=used):
                names |= {used, aliases.get(used, used)}
            case ast.Constant(value=str(text)) if text.isidentifier():
                names.add(text)
            case _:
                pass
    is_entry = bool(function) and _runs_at_import(function)
    return Unit(name, owner, *lines, frozenset(names), is_entry, is_dynamic or bool(names & DYNAMIC))


def _defaults(function: Function) -> list[ast.expr]:
    return [*function.args.defaults, *filter(None, function.args.kw_defaults)]


def _runs_at_import(function: Function) -> bool:
    """Return True if a decorator may hand a function to others, or a default of it is computed."""
    is_kept = any(not PASSIVE & {*_words(decorator)} for decorator in function.decorator_list)
    return is_kept or any(isinstance(part, ast.Call) for value in _defaults(function) for part in ast.walk(value))


def _words(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
