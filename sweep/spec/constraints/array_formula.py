"""Formulas over metrics for many trials at once: each name stands for an array."""

# simpleeval has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from simpleeval import InvalidExpression, SimpleEval

from sweep.spec.constraints import syntax

type Floats = NDArray[np.float64]


def _exact(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with NaN for what does not exist, in its arguments or as its value."""

    def computed(*values: Any) -> Any:
        exists = np.logical_and.reduce(np.broadcast_arrays(*map(np.isfinite, values)))
        result = function(*values)
        return np.where(exists & np.isfinite(result), result, np.nan)

    return computed


def _lowest(*values: Any) -> Any:
    return reduce(np.minimum, values)


def _highest(*values: Any) -> Any:
    return reduce(np.maximum, values)


OPERATORS: dict[type[ast.AST], Any] = {
    operator: _exact(function)
    for operator, function in {
        ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide,
        ast.FloorDiv: np.floor_divide, ast.Mod: np.mod, ast.Pow: np.float_power,
        ast.USub: np.negative, ast.UAdd: np.positive,
        ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal,
        ast.Eq: np.equal, ast.NotEq: np.not_equal,
    }.items()
}  # fmt: skip
FUNCTIONS: dict[str, Any] = {
    "abs": np.abs, "min": _lowest, "max": _highest, "round": np.round, "int": np.trunc, "float": np.asarray,
}  # fmt: skip


def array_value(formula: str, values: Mapping[str, Floats]) -> Floats:
    """The formula of each element; NaN where it or one of its names does not exist.

    ValueError for one with `if`, `and` or `or`, which look at one value.
    """
    try:
        library = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names=dict(values))
        with np.errstate(all="ignore"):
            result = np.asarray(library.eval("", previously_parsed=syntax.tree(formula).body), np.float64)
    except (InvalidExpression, ArithmeticError, TypeError) as error:
        raise ValueError(str(error)) from None
    return np.where(np.logical_and.reduce([np.isfinite(each) for each in values.values()]), result, np.nan)
