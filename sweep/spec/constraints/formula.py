"""Formulas over metrics as objectives, such as "sharpe_ratio - 2 * max_drawdown", by the evaluator of constraints."""

# simpleeval has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import re
from collections.abc import Collection, Mapping
from functools import cache
from math import isfinite

from simpleeval import InvalidExpression

from sweep.errors import did_you_mean
from sweep.spec.constraints import syntax
from sweep.spec.constraints.constraint import Constraint
from sweep.spec.exact_arithmetic import FUNCTIONS
from sweep.spec.metric_table import of_strategy

type Figures = Mapping[str, float | int | None]

NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)*")


def is_formula(text: str) -> bool:
    """True for an expression that is not the name of one metric."""
    return not NAME.fullmatch(text) and of_strategy(text) is None


@cache
def parsed(formula: str) -> Constraint:
    """The expression; ValueError, with a sentence, where it is none."""
    tree = syntax.tree(formula)
    if called := syntax.method(tree):
        raise ValueError(f"it calls {called}")
    expression = Constraint(formula, {name: name for name in sorted(syntax.names(tree))}, {})
    if refusal := expression.refusal():
        raise ValueError(refusal)
    return expression


def value_of(name: str, figures: Figures) -> float | int | None:
    """Value of a metric or of a formula; None where a metric of it, or the result, does not exist."""
    if name in figures or not is_formula(name):
        return figures.get(name)
    try:
        expression = parsed(name)
        values = {used: figures.get(used) for used in expression.names}
        value = None if None in values.values() else float(expression.compute(values))
    except (InvalidExpression, ArithmeticError, TypeError, ValueError):
        return None
    return value if value is not None and isfinite(value) else None


def used_of(text: str) -> frozenset[str]:
    """Names of the metrics of a formula, or the one that a metric is; none of what is neither."""
    if not is_formula(text):
        return frozenset({text})
    try:
        return frozenset(parsed(text).names)
    except ValueError:
        return frozenset()


def mistake(formula: str, metrics: Collection[str]) -> tuple[str, str]:
    """Rule that a formula breaks, and the remedy; "" and "" for one over these metrics."""
    try:
        names = parsed(formula).names
    except ValueError as error:
        return f"is neither a metric nor a formula over metrics: {error}", f"functions: {', '.join(FUNCTIONS)}"
    unknown = [name for name in names if name not in metrics]
    if unknown or not names:
        return f"names {unknown[0]!r}, which is not a metric" if unknown else "names no metric", (
            did_you_mean(unknown[0], metrics) if unknown else 'such as "sharpe_ratio - 2 * max_drawdown"'
        )
    return "", ""
