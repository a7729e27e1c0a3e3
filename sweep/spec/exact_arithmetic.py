"""Arithmetic on the decimals that people write: 0.1 + 0.2 is 0.3, in ranges, constraints and conditions."""

import ast
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

from simpleeval import DEFAULT_OPERATORS, FeatureNotAvailable, NumberTooHigh, safe_power  # pyright: ignore[reportUnknownVariableType] (no stubs)

from sweep.common.json_values import is_list, is_mapping

BITS = 10_000  # of a power
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
OPERATORS: dict[type[ast.AST], Any] = {**DEFAULT_OPERATORS, ast.Div: quotient, ast.Pow: power, ast.Mod: remainder}
