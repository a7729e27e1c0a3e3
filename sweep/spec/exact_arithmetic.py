"""Arithmetic on the decimals that people write: 0.1 + 0.2 is 0.3, in ranges, constraints and conditions."""

# simpleeval has no stubs
# pyright: reportUnknownVariableType=false

import ast
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

from simpleeval import (
    DEFAULT_OPERATORS,
    FeatureNotAvailable,
    IterableTooLong,
    NumberTooHigh,
    safe_power,
)

from sweep.common.json_values import is_list, is_mapping

BITS = 2_200  # of a number: those of the product of any two that a spec may write
TEXT = 10_000  # characters of a text
DIGITS = 100  # to which `round` rounds


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
    """A power, exact for whole exponents, negative ones too; InvalidExpression where it would be too long a number."""
    if isinstance(base, int | Fraction) and isinstance(exponent, int | Fraction):
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if bits > 1 and abs(exponent) * bits > BITS:
            raise NumberTooHigh("the power is too long a number")
    return rational(safe_power(Fraction(base) if isinstance(base, int) else base, exponent))


def _bounded(operator: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Let an operator make no number and no text that would take long; InvalidExpression where it would."""

    def computed(left: Any, right: Any) -> Any:
        value = operator(left, right)
        if (
            isinstance(value, int | Fraction)
            and max(value.numerator.bit_length(), value.denominator.bit_length()) > BITS
        ):
            raise NumberTooHigh("it has a number that is too long")
        if isinstance(value, str) and len(value) > TEXT:
            raise IterableTooLong("it has a text that is too long")
        return value

    return computed


def remainder(dividend: Any, divisor: Any) -> Any:
    """Remainder of numbers; with a text on the left `%` would format it, to any length."""
    if isinstance(dividend, str):
        raise FeatureNotAvailable("% of a text")
    return dividend % divisor


def rounded(value: Any, digits: Any = None) -> Any:
    """`round`, to a number of digits that a number may have."""
    if digits is not None and abs(digits) > DIGITS:
        raise NumberTooHigh(f"round to more than {DIGITS} digits")
    return round(value, digits)


FUNCTIONS: dict[str, Any] = {"abs": abs, "min": min, "max": max, "round": rounded, "int": int, "float": number}
LIBRARY: dict[type[ast.AST], Any] = {**DEFAULT_OPERATORS}
OPERATORS: dict[type[ast.AST], Any] = {
    **LIBRARY,
    **{kind: _bounded(LIBRARY[kind]) for kind in (ast.Add, ast.Sub, ast.Mult, ast.LShift)},
    ast.Div: _bounded(quotient), ast.Pow: _bounded(power), ast.Mod: _bounded(remainder),
}  # fmt: skip
