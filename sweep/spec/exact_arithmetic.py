"""Arithmetic on the decimals that people write: 0.1 + 0.2 is 0.3, in ranges, constraints and conditions."""

import ast
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

from simpleeval import DEFAULT_OPERATORS, safe_power  # pyright: ignore[reportUnknownVariableType] (no stubs)

from sweep.common.json_values import is_list, is_mapping


def exact(value: float) -> Decimal:
    """The decimal that was written, not the binary number nearest to it."""
    return Decimal(str(value))


def rational(value: Any) -> Any:
    """A value with each float in it as the exact fraction of its decimal; what is not finite stays a float."""
    if isinstance(value, float):
        return Fraction(str(value)) if isfinite(value) else value
    if is_list(value):
        return [rational(each) for each in value]
    return {key: rational(each) for key, each in value.items()} if is_mapping(value) else value


def number(value: Any) -> Any:
    """`float` of an expression: a number, or the text of one, without rounding."""
    return rational(float(value)) if isinstance(value, str) else Fraction(value)


def quotient(dividend: Any, divisor: Any) -> Any:
    """Division, exact also of whole numbers."""
    return (Fraction(dividend) if isinstance(dividend, int) else dividend) / divisor


def power(base: Any, exponent: Any) -> Any:
    """A power, exact for whole exponents, negative ones too."""
    return rational(safe_power(Fraction(base) if isinstance(base, int) else base, exponent))


FUNCTIONS: dict[str, Any] = {"abs": abs, "min": min, "max": max, "round": round, "int": int, "float": number}
OPERATORS: dict[type[ast.AST], Any] = {**DEFAULT_OPERATORS, ast.Div: quotient, ast.Pow: power}
