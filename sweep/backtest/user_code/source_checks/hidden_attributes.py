"""Attributes of a strategy that hide the engine's own of the same name.

A plain run of the engine shows what breaks: `self.clock` and the like cannot be set at all, and the engine itself calls
`post_market_exit`. Any other method is the strategy's own to call, so a stop price may be kept in `self.stop` by code
that does not call `self.stop()`.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from sweep.backtest.user_code.source_checks.class_source import BASES, ClassSource, Finding, class_sources, engine_base


class EngineNames(NamedTuple):
    """Attributes of one of the engine's classes that users extend."""

    noun: str
    all: frozenset[str]
    methods: frozenset[str]
    needed: frozenset[str]  # by the engine, or at the end of each trial
    overridable: frozenset[str]  # a method may extend the engine's own; `config` may be given a type


@cache
def engine_names(base: type) -> EngineNames:
    """The attributes of one of the engine's classes."""
    names = frozenset(name for name in dir(base) if not name.startswith(("_", "on_")))
    methods = frozenset(name for name in names if callable(getattr(base, name)))
    needed = (names - methods) | {"state", "post_market_exit"}
    return EngineNames(BASES[base], names, methods, needed, (methods - {"state"}) | {"config"})


@lru_cache(maxsize=64)  # of the same class for each value in a space
def hiding(kind: type) -> tuple[Finding, ...]:
    """Each place in a class that hides an attribute which the engine or the class itself needs."""
    classes, engine = class_sources(kind), engine_names(engine_base(kind))
    typed = {name for c in classes for name in vars(c.type) if name == "config"}
    needed = engine.needed | (engine.methods & {name for c in classes for name in _called(c)})
    return tuple(f for c in classes for f in (*_in_body(c, engine, needed), *_in_methods(c, engine, needed - typed)))


def hidden_by(component: object) -> list[str]:
    """Names of the engine's attributes that an object hides by its own."""
    return sorted(engine_names(engine_base(type(component))).needed & vars(component).keys())


def _called(written: ClassSource) -> Iterator[str]:
    """Names of methods that a class calls on itself."""
    for method, this in written.methods():
        for node in ast.walk(method):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if owner == this:
                    yield name
                case _:
                    pass


def _in_body(written: ClassSource, engine: EngineNames, needed: Iterable[str]) -> Iterator[Finding]:
    """Values and methods in the body of the class."""
    for node in written.tree.body if written.tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = ({node.name} & engine.all) - engine.overridable
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            assigned = {t.id for target in targets for t in ast.walk(target) if isinstance(t, ast.Name)}
            names = assigned.intersection(needed)
        else:
            continue
        for name in sorted(names):
            yield _finding(written, node.lineno, name, name, engine.noun)


def _in_methods(written: ClassSource, engine: EngineNames, needed: Iterable[str]) -> Iterator[Finding]:
    """Assignments to `self.name`, and `setattr(self, "name", …)`."""
    for method, this in written.methods():
        for node in ast.walk(method):
            name = _assigned(node, this)
            if name in needed:
                yield _finding(written, node.lineno, name, f"self.{name}", engine.noun)  # type: ignore[attr-defined]


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


def _finding(written: ClassSource, line: int, name: str, attribute: str, noun: str) -> Finding:
    rule = f"{attribute} hides the engine's own {name!r} of {noun}"
    return Finding(written.file, line, rule, f"give it another name, such as {attribute.replace(name, f'my_{name}')}")
