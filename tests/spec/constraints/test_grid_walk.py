"""The walk over a grid: the points of a plain loop over all of them, without the loop."""

import operator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spec.space import Choice, Range, Space
from sweep.spec.space_parser import parse
from tests.support.effort import cpu_below

NAMES = ("a", "b", "c")
NUMBERS = st.lists(st.one_of(st.integers(-4, 4), st.sampled_from([0.5, -1.5, True])), min_size=1, max_size=4)
VALUES = st.one_of(
    NUMBERS.map(lambda values: list({f"{type(v)}{v}": v for v in values}.values())),
    st.just(["x", "y"]),
    st.just([1, "x", 3]),
    st.just({"low": -1.0, "high": 1.0, "step": 0.5}),
    st.just({"low": 1, "high": 8, "log": True, "points": 3}),
)
ATOMS = st.one_of(st.sampled_from([*NAMES, "f"]), st.integers(-3, 5).map(str), st.sampled_from(["0.5", "'x'"]))
SUMS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"(-{t})"),
        inner.map(lambda t: f"abs({t})"),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
    ),
    max_leaves=4,
)
COMPARED = st.tuples(SUMS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), SUMS).map(" ".join)
RULES = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"not ({t})"),
        st.tuples(SUMS, inner).map(lambda t: f"{t[0]} < {t[0]} < 3 or {t[1]}"),
    ),
    max_leaves=3,
)


@given(
    st.lists(VALUES, min_size=3, max_size=3), st.lists(RULES, max_size=2), st.sampled_from(["", "a > 0", "a == 'x'"])
)
def test_it_gives_the_points_of_a_loop_over_all_of_them(values: list[object], rules: list[str], condition: str):
    written = dict(zip(NAMES, values, strict=True))
    if condition:
        b = written["b"]
        written["b"] = {**(b if isinstance(b, dict) else {"values": b}), "when": condition}
    space, problems = parse(written, rules, {"f": 2})
    if problems:  # such as a condition that never holds
        return
    plain = [point for n in range(space.size) if (point := space.admitted(n)) is not None]
    walk = space.walk()
    assert [point for point in walk if point is not None] == plain
    assert walk.passed == space.size
    assert space.count() == (len(plain), True)


def hundred_million(*rules: str, **fixed: float) -> Space:
    axes = {"a": {"low": 1, "high": 10_000, "step": 1}, "b": {"low": 0.5, "high": 5000.0, "step": 0.5}}
    space, problems = parse(axes, list(rules), fixed)
    assert not problems
    assert space.size == 10**8
    return space


@pytest.mark.parametrize(
    ("rule", "first"),
    [
        ("a > 5000", {"a": 5001, "b": 0.5}),
        ("b > 2500 and a >= 9999", {"a": 9999, "b": 2500.5}),
        ("a * b >= 49999999", {"a": 10000, "b": 5000.0}),
        ("abs(a - 9000) <= 1 - b", {"a": 9000, "b": 0.5}),
        ("a / b > 19999", {"a": 10000, "b": 0.5}),
    ],
)
def test_it_begins_at_once_where_constraints_exclude_millions_of_points(rule: str, first: dict[str, float]):
    with cpu_below(1):
        assert next(hundred_million(rule).points()) == first


@pytest.mark.parametrize("rule", ["a > 10000", "a + b < 1", "a * b > 60000000", "a < 0 or b > 5000.25", "not (a >= f)"])
def test_a_contradiction_is_proven_without_looking_at_every_point(rule: str):
    with cpu_below(1):
        assert hundred_million(rule, f=1).count() == (0, True)


@pytest.mark.slow
def test_what_no_bounds_exclude_is_looked_for_with_pauses_and_estimated():
    space = hundred_million("(a * 7919 + b * 2) % 1000003 == 1000002.5")
    with cpu_below(8):
        assert space.count() == (0, False)
        assert space.first() is None
        pauses = [point for point, _ in zip(space.walk(), range(10), strict=False)]
        assert pauses == [None] * 10


def test_a_long_list_is_not_looked_through_for_each_value_of_another():
    space, _ = parse(
        {"a": {"low": 1, "high": 2_000, "step": 1}, "b": [n / 7 for n in range(5_000)]}, ["a % 2 == 3"], {}
    )
    with cpu_below(2):
        assert space.count() == (0, True)


def test_a_grid_of_hundreds_of_dimensions_is_walked():
    """A recursive walk would end at Python's limit."""
    axes = tuple(Choice(f"p{n}", tuple(range(20))) for n in range(400))
    assert len(next(Space(axes).points())) == 400


def test_ranges_and_lists_say_between_which_values_theirs_lie():
    for axis in (Range("x", -1.0, 1.0, 0.25), Choice("x", (3, 1, 2))):
        for low, high in product(range(len(axis)), range(1, len(axis) + 1)):
            if operator.lt(low, high):
                ends = [float(v) for v in axis.extremes(low, high)]
                assert all(min(ends) <= float(axis[n]) <= max(ends) for n in range(low, high))
