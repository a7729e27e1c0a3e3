"""Execution algorithms that orders name and nobody registers: the engine would stop at the first such order."""

import ast
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from sweep.backtest.user_code.source_checks.class_source import Finding, class_sources
from sweep.errors import did_you_mean

REMEDY = "list it under `exec_algorithms:`"


def unregistered(traders: Iterable[type], algorithms: Iterable[type], names: Iterable[str]) -> list[Finding]:
    """Each place in the classes of strategies that names an algorithm which is none of these names.

    An algorithm's own class may give it another id.
    """
    known_ids = {*names, *(name for kind in algorithms for name, *_ in _named(kind))}
    return [
        Finding(file, line, f"orders name the execution algorithm {name!r}, which the backtest does not have", remedy)
        for kind in traders
        for name, file, line in _named(kind)
        if name not in known_ids and (remedy := f"{REMEDY}; {did_you_mean(name, known_ids)}".removesuffix("; "))
    ]


@lru_cache(maxsize=64)  # of the same class for each value in a space
def _named(kind: type) -> tuple[tuple[str, Path, int], ...]:
    """Ids of execution algorithms in the source of a class, `ExecAlgorithmId("TWAP")`, with file and line."""
    nodes = ((written.file, node) for written in class_sources(kind) if written.tree for node in ast.walk(written.tree))
    return tuple((name, file, node.lineno) for file, node in nodes if (name := _id(node)))  # type: ignore[attr-defined]


def _id(node: ast.AST) -> str:
    """Id of an execution algorithm that an expression makes, "" for another expression."""
    match node:
        case ast.Call(func=ast.Name(id="ExecAlgorithmId"), args=[ast.Constant(value=str(name))]):
            return name
        case ast.Call(func=ast.Attribute(attr="ExecAlgorithmId"), args=[ast.Constant(value=str(name))]):
            return name
        case _:
            return ""
