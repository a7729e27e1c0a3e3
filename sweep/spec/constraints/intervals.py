"""Bounds of an expression over ranges of its names, so that a whole block of a grid can be seen to break a constraint.

Arithmetic on exact fractions. What is not numbers, comparisons and logic has no bounds, and excludes nothing.
"""

import ast
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

type Interval = tuple[Any, Any]  # lowest and highest value, exact numbers; of a truth (False, True), or both alike
type Bounds = Mapping[str, Interval]

UNSURE: Interval = (False, True)


def never_holds(expression: ast.AST, bounds: Bounds) -> bool:
    """True if the expression is false for all values within the bounds; False also where that is not known."""
    outcomes = _bounds(expression, bounds)
    return outcomes is not None and outcomes[0] == 0 == outcomes[1]


def _bounds(node: ast.AST, names: Bounds) -> Interval | None:
    """The bounds of an expression; None where they are not known, or where it may have no value."""
    if isinstance(node, ast.Constant):
        return _constant(node.value)
    if isinstance(node, ast.Name | ast.Attribute):
        return names.get(ast.unparse(node))
    if isinstance(node, ast.BoolOp):
        return _logic(node, names)
    if isinstance(node, ast.Compare):
        return _chain(node, names)
    if isinstance(node, ast.UnaryOp):
        return _unary(node.op, _bounds(node.operand, names))
    if isinstance(node, ast.BinOp) and (rule := ARITHMETIC.get(type(node.op))):
        left, right = _bounds(node.left, names), _bounds(node.right, names)
        return rule(left, right) if left and right else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _call(node.func.id, [_bounds(each, names) for each in node.args])
    return None


def _constant(value: object) -> Interval | None:
    return (value, value) if isinstance(value, int | Fraction) else None


def _logic(node: ast.BoolOp, names: Bounds) -> Interval | None:
    """Of truths; one that is not known, or has no value, makes the whole false or not known."""
    parts = [_bounds(each, names) for each in node.values]
    truths = [None if part is None else _truth(part) for part in parts]
    if isinstance(node.op, ast.And):
        if (False, False) in truths:
            return False, False  # where an earlier part has no value the constraint does not hold either
        return (True, True) if all(t == (True, True) for t in truths) else _known(truths)
    if truths and truths[0] == (True, True):
        return True, True
    return (False, False) if all(t == (False, False) for t in truths) else _known(truths)


def _known(truths: list[Interval | None]) -> Interval | None:
    return None if None in truths else UNSURE


def _truth(part: Interval) -> Interval:
    low, high = part
    if low == 0 == high:
        return False, False
    return (True, True) if low > 0 or high < 0 else UNSURE


def _chain(node: ast.Compare, names: Bounds) -> Interval | None:
    sides = [_bounds(each, names) for each in (node.left, *node.comparators)]
    truths: list[Interval | None] = []
    for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
        rule = COMPARISONS.get(type(operator))
        truths.append(rule(left, right) if rule and left and right else None)
    if (False, False) in truths:
        return False, False
    return (True, True) if all(t == (True, True) for t in truths) else _known(truths)


def _less(a: Interval, b: Interval) -> Interval:
    return (True, True) if a[1] < b[0] else (False, False) if a[0] >= b[1] else UNSURE


def _less_or_equal(a: Interval, b: Interval) -> Interval:
    return (True, True) if a[1] <= b[0] else (False, False) if a[0] > b[1] else UNSURE


def _equal(a: Interval, b: Interval) -> Interval:
    if a[1] < b[0] or b[1] < a[0]:
        return False, False
    return (True, True) if a[0] == a[1] == b[0] == b[1] else UNSURE


def _not(truth: Interval) -> Interval:
    return not truth[1], not truth[0]


def _unary(operator: ast.unaryop, part: Interval | None) -> Interval | None:
    if part is None:
        return None
    if isinstance(operator, ast.Not):
        return _not(_truth(part))
    return (-part[1], -part[0]) if isinstance(operator, ast.USub) else None


def _product(a: Interval, b: Interval) -> Interval:
    corners = [x * y for x in a for y in b]
    return min(corners), max(corners)


def _quotient(a: Interval, b: Interval) -> Interval | None:
    if b[0] <= 0 <= b[1]:
        return None
    return _product(a, (1 / Fraction(b[1]), 1 / Fraction(b[0])))


def _call(name: str, parts: list[Interval | None]) -> Interval | None:
    bounded = [part for part in parts if part is not None]
    if not parts or len(bounded) < len(parts):
        return None
    if name in {"min", "max"} and len(parts) > 1:
        pick = min if name == "min" else max
        return pick(low for low, _ in bounded), pick(high for _, high in bounded)
    if name == "abs" and len(parts) == 1:
        low, high = bounded[0]
        return (0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))
    return None


COMPARISONS: dict[type[ast.cmpop], Callable[[Interval, Interval], Interval]] = {
    ast.Lt: _less,
    ast.LtE: _less_or_equal,
    ast.Gt: lambda a, b: _less(b, a),
    ast.GtE: lambda a, b: _less_or_equal(b, a),
    ast.Eq: _equal,
    ast.NotEq: lambda a, b: _not(_equal(a, b)),
}
ARITHMETIC: dict[type[ast.operator], Callable[[Interval, Interval], Interval | None]] = {
    ast.Add: lambda a, b: (a[0] + b[0], a[1] + b[1]),
    ast.Sub: lambda a, b: (a[0] - b[1], a[1] - b[0]),
    ast.Mult: _product,
    ast.Div: _quotient,
}
