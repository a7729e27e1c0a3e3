"""Source of the running notebook or script: its statements, and the latest definition of each name."""

import ast
import linecache
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from symtable import SymbolTable, symtable
from typing import Any

MAIN = "__main__"


@dataclass(frozen=True)
class Definition:
    """The statement that gives a name its meaning."""

    node: ast.stmt
    source: str  # with decorators and comments inside

    @property
    def is_import(self) -> bool:
        """True for `import …` and `from … import …`."""
        return isinstance(self.node, ast.Import | ast.ImportFrom)

    @property
    def is_code(self) -> bool:
        """True for a class or a function."""
        return isinstance(self.node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)

    @cached_property
    def uses(self) -> list[str]:
        """Names from outside that the statement refers to, sorted."""
        names = set(_outside(symtable(self.source, "cell", "exec")))
        return sorted(names | set(_quoted(self.node)))


def _quoted(node: ast.stmt) -> Iterator[str]:
    """Names in annotations that are written as text."""
    for inner in ast.walk(node):
        for annotation in (getattr(inner, "annotation", None), getattr(inner, "returns", None)):
            for part in ast.walk(annotation) if isinstance(annotation, ast.expr) else ():
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    with suppress(SyntaxError):
                        tree = ast.parse(part.value, mode="eval")
                        yield from (n.id for n in ast.walk(tree) if isinstance(n, ast.Name))


def _outside(table: SymbolTable) -> Iterator[str]:
    is_top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if symbol.is_referenced() and (symbol.is_global() or (is_top and not symbol.is_assigned()) or is_top):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _outside(child)


def definitions() -> dict[str, Definition]:
    """The latest definition of each name at the top level of the notebook's cells, or of the script."""
    latest: dict[str, Definition] = {}
    for text in sources():
        with suppress(SyntaxError, ValueError):
            lines = text.splitlines()
            for node in ast.parse(text).body:
                definition = Definition(node, "\n".join(lines[_first(node) - 1 : node.end_lineno]))
                latest.update(dict.fromkeys(_names(node), definition))
    return latest


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _names(node: ast.stmt) -> list[str]:
    """Names that a statement binds, as far as it may stand in another module."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return [node.name.id] if isinstance(node, ast.TypeAlias) else []


def shell() -> Any:
    """The interactive shell of IPython or Jupyter; None outside."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def sources() -> list[str]:
    """The cells of the notebook in the order in which they ran, or the text of the script."""
    if running := shell():
        return [str(cell) for cell in running.history_manager.input_hist_parsed]
    file = getattr(sys.modules.get(MAIN), "__file__", None)
    if file and Path(file).is_file():
        return [Path(file).read_text(encoding="utf-8")]
    typed = sorted((name for name in linecache.cache if name.startswith("<python-input-")), key=_number)
    return ["".join(linecache.getlines(name)) for name in typed]


def _number(name: str) -> int:
    return int("".join(filter(str.isdigit, name)) or 0)
