"""Bounds of expressions, against their values at random places within them."""

import ast
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spec.constraints.intervals import never_holds
from tests.spec.constraints.test_grid_walk import RULES

ENDS = st.tuples(st.integers(-5, 5), st.integers(0, 4)).map(lambda t: (Fraction(t[0]), Fraction(t[0] + t[1])))


@given(RULES, st.fixed_dictionaries(dict.fromkeys("abcf", ENDS)), st.data())
def test_what_never_holds_is_false(rule: str, ends: dict[str, tuple[Fraction, Fraction]], data: st.DataObject):
    if not never_holds(ast.parse(rule, mode="eval").body, ends):
        return
    for _ in range(5):
        values = {name: data.draw(st.fractions(low, high)) for name, (low, high) in ends.items()}
        try:
            value = eval(rule, {"abs": abs, "min": min, "max": max}, values)  # noqa: S307 (made above)
        except (TypeError, ArithmeticError):
            continue
        assert not value


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("a + b > 4", True),
        ("a + b >= 4", False),
        ("a * b < -4", True),
        ("a / b > 1", False),  # b may be 0: there is no bound
        ("a / (b + 3) > 2", True),
        ("3 < a < b", True),
        ("a == 7 or b > 5 / 2", True),
        ("a ** 2 < 0", False),  # not known
        ("not (a < 5)", True),
        ("strategy.a > 2", False),
        ("min(a, b) > 2 and foo(a)", True),
    ],
)
def test_bounds_by_hand(text: str, never: bool):
    ends = {"a": (Fraction(0), Fraction(2)), "b": (Fraction(-2), Fraction(2)), "strategy.a": (Fraction(0), Fraction(3))}
    assert never_holds(ast.parse(text, mode="eval").body, ends) == never
