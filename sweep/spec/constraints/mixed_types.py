"""Expressions that compare or add texts, numbers and nothing: they have no value, and would exclude points silently."""

# simpleeval has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import ast
from collections.abc import Iterable, Sequence

from simpleeval import InvalidExpression

from sweep.common.json_values import Plain, is_number
from sweep.spec.constraints.constraint import Constraint
from sweep.trial import Params

# parts of expressions that have a value for all types
ANY_TYPE = (
    ast.BoolOp, ast.boolop, ast.UnaryOp, ast.Not, ast.Compare, ast.Eq, ast.NotEq,
    ast.Name, ast.Attribute, ast.Constant, ast.expr_context,
)  # fmt: skip
NUMBERS = 2  # of one parameter that stand for all its numbers


def may_mix(expression: Constraint, values: Iterable[Plain]) -> bool:
    """Tell an expression over other values than numbers alone. `values`: those that its parameters may have."""
    nodes = [*ast.walk(expression.expression)]
    if all(isinstance(node, ANY_TYPE) for node in nodes):
        return False
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return any(isinstance(value, str) or value is None for value in (*values, *expression.fixed.values(), *constants))


def representatives(values: Sequence[Plain]) -> list[Plain]:
    """Every value that is no number, and some numbers."""
    numbers = [value for value in values if is_number(value)]
    few = [*numbers[:1], *numbers[-1:]][:NUMBERS]
    return [value for value in values if not is_number(value)] + (few if few[:1] != few[1:] else few[:1])


def mixture(expression: Constraint, points: Iterable[Params]) -> str:
    """The values for which an expression cannot be computed because of their types; "" for none of these points."""
    for point in points:
        if not expression.concerns(point):
            continue
        values = {name: point[parameter] for name, parameter in expression.names.items() if parameter in point}
        try:
            expression.compute(dict(expression.fixed) | values)
        except (TypeError, ValueError):
            return ", ".join(f"{name} = {value!r}" for name, value in sorted((dict(expression.fixed) | values).items()))
        except (InvalidExpression, ArithmeticError):
            continue
    return ""
