"""Attributes of a strategy that hide the engine's own of the same name.

A plain run of the engine shows what breaks: `self.clock` and the like cannot be set at all, and the engine itself calls
`post_market_exit`. Any other method is the strategy's own to call, so a stop price may be kept in `self.stop` by code
that does not call `self.stop()`.
"""

import ast
from collections.abc import Iterable, Iterator

from nautilus_trader.trading import Strategy

from sweep.backtest.user_code.source_checks.class_source import ClassSource, Finding, class_sources

ENGINE_NAMES = frozenset(name for name in dir(Strategy) if not name.startswith(("_", "on_")))
METHODS = frozenset(name for name in ENGINE_NAMES if callable(getattr(Strategy, name)))
NEEDED = (ENGINE_NAMES - METHODS) | {"state", "post_market_exit"}  # by the engine, or at the end of each trial
OVERRIDABLE = (METHODS - {"state"}) | {"config"}  # a method may extend the engine's own; `config` may be given a type


def hiding(kind: type) -> list[Finding]:
    """Each place in a strategy class that hides an attribute which the engine or the class itself needs."""
    classes = class_sources(kind)
    typed = {name for c in classes for name in vars(c.type) if name == "config"}
    needed = NEEDED | (METHODS & {name for c in classes for name in _called(c)})
    return [finding for c in classes for finding in (*_in_body(c, needed), *_in_methods(c, needed - typed))]


def hidden_by(strategy: object) -> list[str]:
    """Names of the engine's attributes that an object hides by its own."""
    return sorted(NEEDED & vars(strategy).keys())


def _called(written: ClassSource) -> Iterator[str]:
    """Names of methods that a class calls on itself."""
    for method, this in written.methods():
        for node in ast.walk(method):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if owner == this:
                    yield name
                case _:
                    pass


def _in_body(written: ClassSource, needed: Iterable[str]) -> Iterator[Finding]:
    """Values and methods in the body of the class."""
    for node in written.tree.body if written.tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = ({node.name} & ENGINE_NAMES) - OVERRIDABLE
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found = {t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)}
            names = found.intersection(needed)
        else:
            continue
        for name in sorted(names):
            yield _finding(written, node.lineno, name, name)


def _in_methods(written: ClassSource, needed: Iterable[str]) -> Iterator[Finding]:
    """Assignments to `self.name`, and `setattr(self, "name", …)`."""
    for method, this in written.methods():
        for node in ast.walk(method):
            name = _assigned(node, this)
            if name in needed:
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
