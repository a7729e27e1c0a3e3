"""Constraints and conditions agree with arithmetic on whole numbers, whatever decimals they are written with."""

from fractions import Fraction
from operator import add as plus
from operator import eq, ge, le, mul, ne, sub

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simpleeval import InvalidExpression

from sweep.spec.constraints.constraint import Constraint
from sweep.spec.exact_arithmetic import exact, number, power, quotient, rational
from sweep.spec.space_parser import parse

TENTHS = {"low": 0.1, "high": 0.9, "step": 0.1}
HUNDREDTHS = st.integers(-500, 500)
COMPARED = {"<=": le, ">=": ge, "==": eq, "!=": ne}
COMPUTED = {"+": plus, "-": sub, "*": mul}


def points(*constraints: str, fixed=None, **space):
    parsed, problems = parse({f"strategy.{k}": v for k, v in space.items()}, constraints, fixed or {})
    assert problems == []
    return [tuple(point.values()) for point in parsed.points()]


def test_a_sum_of_decimals():
    three = {"low": 0.1, "high": 0.3, "step": 0.1}
    assert points("a + b <= 0.3", a=three, b=three) == [(0.1, 0.1), (0.1, 0.2), (0.2, 0.1)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a == 3 * b", [(0.3, 0.1), (0.6, 0.2), (0.9, 0.3)]),
        ("a / b == 7", [(0.7, 0.1)]),
        ("a % 0.3 == 0 and b == 0.1", [(0.3, 0.1), (0.6, 0.1), (0.9, 0.1)]),
        ("a // b == 9", [(0.9, 0.1)]),
        ("int(10 * a) == 7 and int(10 * b) == 9", [(0.7, 0.9)]),
        ("a == 3 / 10 and b == 10 ** -1", [(0.3, 0.1)]),
        ("a == float('0.3') and float(b) == 0.6", [(0.3, 0.6)]),
        ("max(a, b) - min(a, b) == 0.8", [(0.1, 0.9), (0.9, 0.1)]),
        ("a == abs(0.2 - 0.5) and b == round(0.6499, 1)", [(0.3, 0.6)]),
        ("a == level and b in levels", [(0.3, 0.1), (0.3, 0.7)]),
    ],
)
def test_all_of_arithmetic(text, expected):
    assert points(text, fixed={"level": 0.3, "levels": [0.1, 0.7]}, a=TENTHS, b=TENTHS) == expected


def test_a_condition_is_as_exact():
    assert points(a=TENTHS, b={"values": [1, 2], "when": "a + 0.2 == 0.3"})[:3] == [(0.1, 1), (0.1, 2), (0.2,)]


@given(HUNDREDTHS, HUNDREDTHS, HUNDREDTHS, st.sampled_from(sorted(COMPUTED)), st.sampled_from(sorted(COMPARED)))
def test_decimals_compare_as_the_whole_numbers_that_they_are_hundredths_of(a, b, c, compute, compare):
    scale = 100 if compute == "*" else 1
    text = f"a {compute} {b / 100} {compare} c"
    constraint = Constraint(text, {"a": "a", "c": "c"}, {})
    expected = COMPARED[compare](COMPUTED[compute](a, b), c * scale)
    assert constraint.holds({"a": a / 100, "c": c / 100}) == expected


def test_values_that_are_no_finite_decimals_are_left():
    assert rational(float("inf")) == float("inf")
    assert rational({"x": [0.1, "0.1", True, None]}) == {"x": [Fraction(1, 10), "0.1", True, None]}
    assert (number("0.1"), number(0.5), quotient(1, 3), power(4, rational(0.5))) == (
        Fraction(1, 10), Fraction(1, 2), Fraction(1, 3), 2,
    )  # fmt: skip
    assert str(exact(0.1)) == "0.1"


@pytest.mark.parametrize(
    "text",
    [
        "x**2000 * x**2000 > 1",
        "1/(x**1500+1) + 1/(x**1500+2) > 0",
        "x**1500 + 1/x**1500 > 1",
        "name * 9999 + name < 'z'",
    ],
)
def test_numbers_and_texts_that_would_take_long_have_no_value(text):
    """A sum of fractions has all their denominators as factors: ninety of them took a quarter of a second."""
    constraint = Constraint(text, {"x": "x", "name": "name"}, {})
    with pytest.raises(InvalidExpression, match="too long"):
        constraint.compute({"x": 2, "name": "ab"})
    assert not constraint.holds({"x": 2, "name": "ab"})


@pytest.mark.parametrize(
    "text", ["x * y > 1", "x / z > 1", "z * z < 1", "z / x < 1", "tiny * tiny < 1", "tiny / x < 1"]
)
def test_any_two_written_numbers_have_a_product(text):
    constraint = Constraint(text, {name: name for name in ("x", "y", "z", "tiny")}, {})
    assert constraint.holds({"x": 1.7e308, "y": 1.7976931348623157e308, "z": 2.5e-308, "tiny": 5e-324})
