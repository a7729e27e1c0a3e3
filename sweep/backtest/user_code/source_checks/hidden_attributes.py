"""Attributes of a strategy that hide the engine's own of the same name."""

import ast
from collections.abc import Iterator

from nautilus_trader.trading import Strategy

from sweep.backtest.user_code.source_checks.class_source import ClassSource, Finding, class_sources

ENGINE_NAMES = frozenset(name for name in dir(Strategy) if not name.startswith(("_", "on_")))
ACTIONS = frozenset(n for n in ENGINE_NAMES if callable(getattr(Strategy, n)) and not n.startswith("is_")) - {"state"}
OVERRIDABLE = ACTIONS | {"config"}  # a method may extend the engine's own; `config` may be given a type
READ_ONLY = ENGINE_NAMES - ACTIONS


def hiding(kind: type) -> list[Finding]:
    """Each place in a strategy class that hides an attribute of the engine's."""
    classes = class_sources(kind)
    typed = {name for c in classes for name in vars(c.type) if name == "config"}
    return [finding for c in classes for finding in (*_in_body(c), *_in_methods(c, typed))]


def hidden_by(strategy: object) -> list[str]:
    """Names of the engine's attributes that an object hides by its own."""
    return sorted(ENGINE_NAMES & vars(strategy).keys())


def _in_body(written: ClassSource) -> Iterator[Finding]:
    """Values and methods in the body of the class."""
    for node in written.tree.body if written.tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = {node.name} - OVERRIDABLE
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)}
        else:
            continue
        for name in sorted(names & ENGINE_NAMES):
            yield _finding(written, node.lineno, name, name)


def _in_methods(written: ClassSource, typed: set[str]) -> Iterator[Finding]:
    """Assignments to `self.name`, and `setattr(self, "name", …)`."""
    for method, this in written.methods():
        for node in ast.walk(method):
            name = _assigned(node, this)
            if name in ENGINE_NAMES - typed:
                yield _finding(written, node.lineno, name, f"self.{name}")  # type: ignore[attr-defined]


def _assigned(node: ast.AST, this: str) -> str:
    """The attribute of the object itself that a piece of syntax sets, "" for none."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return node.attr if isinstance(node.value, ast.Name) and node.value.id == this else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
        match node.args:
            case [ast.Name(id=owner), ast.Constant(value=str(name)), _] if owner == this:
                return name
            case _:
                pass
    return ""


def _finding(written: ClassSource, line: int, name: str, shown: str) -> Finding:
    rule = f"{shown} hides the engine's own {name!r} of a strategy"
    return Finding(written.file, line, rule, f"give it another name, such as {shown.replace(name, f'my_{name}')}")
