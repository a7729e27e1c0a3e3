"""Modules as one stretch of source: their imports of each other left out, everything else as it was written."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sweep.backtest.user_code.source_hashes import absolute

STANDARD = {"import datetime as dt", "from decimal import Decimal", "from pathlib import Path"}  # of the script itself
FUTURE = "from __future__ "
RESERVED = {"dt", "Decimal", "Path"}  # names of the script around it


@dataclass(frozen=True, slots=True)
class Module:
    """Source of one module."""

    name: str
    text: str
    is_package: bool = False

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


@dataclass(slots=True)
class _Part:
    """A module on its way into the script."""

    module: Module
    tree: ast.Module
    drops: list[ast.stmt] = field(default_factory=list[ast.stmt])  # statements that are left out
    imports: list[str] = field(default_factory=list[str])  # import statements at its head
    uses: set[str] = field(default_factory=set[str])  # the modules that it imports from
    outside: dict[str, str] = field(default_factory=dict[str, str])  # name: the import that binds it
    own: set[str] = field(default_factory=set[str])  # names that it defines


def merged(modules: Mapping[str, Module], reserved: Iterable[str]) -> str | None:
    """One source for all modules, or None where they only work as modules of their own.

    That is so where two of them give one name to two things, where one of them imports another as a module, or asks
    for its own file or name.
    """
    parts = {name: _Part(m, ast.parse(m.text)) for name, m in modules.items() if m.text.strip()}
    for part in parts.values():
        if not _take_apart(part, modules):
            return None
    if not _distinct(parts.values(), {*reserved, *RESERVED}):
        return None
    ordered = list(_ordered(parts))
    if len(ordered) != len(parts):
        return None
    future = {line for part in ordered for line in part.imports if line.startswith(FUTURE)}
    if not all(future <= set(part.imports) for part in ordered):
        return None  # it would change the meaning of the others
    imports = {line for part in ordered for line in part.imports} - future - STANDARD
    return "\n".join([*sorted(future), *_joined(imports), "", "", *map(_body, ordered)])


def _joined(lines: Iterable[str]) -> list[str]:
    """Import statements with one for each module that names are imported from."""
    names: dict[str, list[str]] = {}
    for line in sorted(lines):
        module, _, name = line.partition(" import ")
        names.setdefault(module, []).extend([name] if name else [])
    joined = (f"{module} import {', '.join(each)}" if each else module for module, each in names.items())
    return sorted(joined, key=lambda line: (not line.startswith("import"), line))


def _take_apart(part: _Part, modules: Mapping[str, Module]) -> bool:
    """Sort the statements of a module; False where it cannot be a part of another."""
    names = {node.id for node in ast.walk(part.tree) if isinstance(node, ast.Name)}
    if names & {"__file__", "__name__", "__package__", "__spec__", "globals"}:
        return False
    head = set(map(id, part.tree.body))
    for node in ast.walk(part.tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and not _import(part, node, modules, at_head=id(node) in head):
            return False
    for n, node in enumerate(part.tree.body):
        is_docstring = n == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or ast.unparse(node).startswith("__all__ ="):
            part.drops.append(node)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            part.own.update(_bound(node))
    dropped = {n for node in part.drops for n in _lines(node)}
    return not dropped & {n for node in part.tree.body if node not in part.drops for n in _lines(node)}


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _import(part: _Part, node: ast.Import | ast.ImportFrom, modules: Mapping[str, Module], *, at_head: bool) -> bool:
    if isinstance(node, ast.Import):
        if any(alias.name in modules for alias in node.names):
            return False
    else:
        base = absolute(node, part.module.package)
        if any(f"{base}.{alias.name}" in modules or alias.name == "*" for alias in node.names):
            return False
        if base in modules:
            part.uses.add(base)
            part.drops.append(node)
            return at_head and not any(alias.asname for alias in node.names)
        if node.level:
            return False
    if at_head:
        part.drops.append(node)
        for alias in node.names:
            line = ast.unparse(_single(node, alias))
            part.imports.append(line)
            part.outside[alias.asname or alias.name.partition(".")[0]] = line
    return True


def _single(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    return ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names that a statement at the head of a module binds."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id
        elif isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield inner.name
        elif isinstance(inner, ast.TypeAlias):
            yield inner.name.id


def _distinct(parts: Iterable[_Part], reserved: set[str]) -> bool:
    """True if each name means one thing in all of the parts."""
    owners = Counter(name for part in parts for name in part.own)
    outside: dict[str, str] = {}
    for part in parts:
        for name, line in part.outside.items():
            if outside.setdefault(name, line) != line:
                return False
    foreign = {name for name, line in outside.items() if line not in STANDARD}
    is_once = max(owners.values(), default=0) < 2
    return is_once and not owners.keys() & (reserved | outside.keys()) and not reserved & foreign


def _ordered(parts: Mapping[str, _Part]) -> Iterator[_Part]:
    """Each module after those that it imports from; without those that import each other in a circle."""
    waiting, written = dict(sorted(parts.items())), set[str]()
    while ready := [name for name, part in waiting.items() if not (part.uses & parts.keys()) - written]:
        for name in ready:
            yield waiting.pop(name)
            written.add(name)


def _body(part: _Part) -> str:
    """The source of a module without what is left out."""
    lines: list[str | None] = list(part.module.text.splitlines())
    for node in part.drops:
        for n in _lines(node):
            lines[n - 1] = None
    return "\n".join(line for line in lines if line is not None).strip("\n") + "\n\n"
