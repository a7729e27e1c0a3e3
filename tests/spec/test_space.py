"""Grids by index arithmetic, and constraints."""

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spec.constraints.constraint import Constraint
from sweep.spec.space import Choice, LogRange, Range, Space
from sweep.spec.space_parser import parse
from tests.support.effort import cpu_below


def test_steps_are_exact_decimals():
    assert list(map(Range("x", 0.1, 0.5, 0.1).__getitem__, range(5))) == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert [type(v) for v in map(Range("x", 1, 3, 1).__getitem__, range(3))] == [int] * 3
    assert Range("x", 1, 2, 0.5)[2] == 2.0 and isinstance(Range("x", 1, 2, 0.5)[2], float)


def test_log_ranges_hit_both_ends():
    dimension = LogRange("x", 0.001, 10.0, 5)
    assert [dimension[n] for n in range(5)] == [0.001, 0.01, 0.1, 1.0, 10.0]
    assert [LogRange("x", 1, 1000, 4)[n] for n in range(4)] == [1, 10, 100, 1000]


dimensions = st.lists(st.integers(1, 5).map(lambda n: list(range(n))), min_size=0, max_size=4)


@given(dimensions)
def test_points_are_the_product_in_order(values: list[list[int]]):
    space = Space(tuple(Choice(f"p{n}", tuple(v)) for n, v in enumerate(values)))
    expected = [
        dict(zip((f"p{n}" for n in range(len(values))), point, strict=True)) for point in itertools.product(*values)
    ]
    assert space.size == len(expected)
    assert list(space.points()) == expected
    assert [space.point(n) for n in range(space.size)] == expected


@given(st.integers(-1000, 1000), st.integers(1, 50), st.integers(0, 200), st.integers(0, 4))
def test_every_value_of_a_range_is_low_plus_steps(low: int, step: int, count: int, digits: int):
    scale = 10**digits
    high = low + step * count
    dimension = Range("x", low / scale, high / scale, step / scale)
    assert len(dimension) == count + 1
    assert [dimension[n] for n in range(count + 1)] == [(low + step * n) / scale for n in range(count + 1)]


def test_a_range_holds_its_steps_and_nothing_between_or_beyond():
    steps = Range("x", 0.1, 0.5, 0.1)
    assert all(steps[n] in steps for n in range(5))
    assert not any(value in steps for value in (0.0, 0.15, 0.3000001, 0.6, "0.1", True))
    whole = Range("x", 1, 9, 4)
    assert [value for value in (0, 1, 2, 5, 5.0, 8, 9, 13) if value in whole] == [1, 5, 9]
    free = Range("x", 0.0, 1.0, None)
    assert [value for value in (-0.1, 0.0, 0.123, 1.0, 1.1) if value in free] == [0.0, 0.123, 1.0]
    log = LogRange("x", 0.001, 10.0, 5)
    assert [value for value in (0.001, 0.002, 0.1, 5, 10.0, 11) if value in log] == [0.001, 0.1, 10.0]


def test_a_point_outside_the_grid_is_an_error():
    with pytest.raises(IndexError):
        Space((Choice("a", (1, 2)),)).point(2)


def test_a_grid_of_a_billion_costs_nothing_to_open():
    space = Space(tuple(Choice(f"p{n}", tuple(range(1000))) for n in range(3)))
    with cpu_below(1):  # a product would need hours
        assert space.size == 10**9
        assert space.point(123_456_789) == {"p0": 123, "p1": 456, "p2": 789}
        assert next(space.points()) == {"p0": 0, "p1": 0, "p2": 0}
        assert space.count() == (10**9, True)


def constrained(text: str, **names: str) -> Space:
    grid = (Choice("strategy.a", tuple(range(10))), Choice("strategy.b", tuple(range(10))))
    return Space(grid, (Constraint(text, names, {}),))


def test_constraints_keep_what_satisfies_them():
    space = constrained("a <= b", a="strategy.a", b="strategy.b")
    assert space.count() == (55, True)
    assert all(p["strategy.a"] <= p["strategy.b"] for p in space.points())


def test_a_large_constrained_grid_is_estimated_and_says_so():
    space = constrained("a <= b", a="strategy.a", b="strategy.b")
    count, exact = space.count(exactly_up_to=20)
    assert not exact
    assert 0 < count <= 100


def test_an_expression_that_cannot_be_computed_does_not_hold():
    space = constrained("1 / a > 0.2", a="strategy.a")
    assert {p["strategy.a"] for p in space.points()} == {1, 2, 3, 4}


def test_full_names_and_fixed_values_may_be_used():
    grid = (Choice("strategy.a", (1, 2, 3)),)
    space = Space(grid, (Constraint("strategy.a < limit", {"strategy.a": "strategy.a"}, {"limit": 3}),))
    assert [p["strategy.a"] for p in space.points()] == [1, 2]


EXIT = {
    "strategy.exit": ["bracket", "trail", "clock"],
    "strategy.tp": {"low": 0.1, "high": 0.4, "step": 0.1, "when": "exit == 'bracket'"},
    "strategy.trail": {"values": [1, 2], "when": "exit == 'trail'"},
    "strategy.deep": {"values": [True, False], "when": "trail == 2"},
    "strategy.size": [10, 20],
}


def test_a_parameter_with_a_condition_is_in_no_point_without_it():
    space, problems = parse(EXIT, [], {})
    assert not problems
    everything = {str(space.active(space.point(n))): n for n in range(space.size)}
    points = list(space.points())
    assert sorted(map(str, points)) == sorted(everything)  # each once, none is missing
    assert space.count() == (2 * (4 + 3 + 1), True)
    assert {tuple(p)[1:-1] for p in points} == {
        ("strategy.tp",), ("strategy.trail",), ("strategy.trail", "strategy.deep"), ()
    }  # fmt: skip
    assert all(space.active(p) == p for p in points)


def test_a_constraint_about_a_parameter_that_is_not_there_says_nothing():
    space, _ = parse(EXIT, ["tp < 0.25", "trail < size"], {})
    assert sorted({p["strategy.tp"] for p in space.points() if "strategy.tp" in p}) == [0.1, 0.2]
    assert {p["strategy.exit"] for p in space.points()} == {"bracket", "trail", "clock"}


def test_where_a_parameter_is_not_there_the_value_of_the_backtest_counts():
    space, problems = parse(EXIT, ["tp < 0.25"], {"tp": 0.3})
    assert not problems
    assert {p["strategy.exit"] for p in space.points()} == {"bracket"}


def test_a_large_grid_with_conditions_is_estimated():
    space, _ = parse(EXIT, [], {})
    count, exact = space.count(exactly_up_to=8)
    assert not exact
    assert 0 < count < space.size


def test_points_at_random_have_what_their_conditions_say():
    space, _ = parse(EXIT | {"strategy.free": {"low": 0.0, "high": 1.0, "when": "exit != 'clock'"}}, [], {})
    drawn = [point for seed in range(50) if (point := space.draw(Random(seed)))]
    assert all(space.active(p) == p for p in drawn)
    assert {"strategy.free" in p for p in drawn} == {True, False}
    assert all(("strategy.free" in p) == (p["strategy.exit"] != "clock") for p in drawn)


def test_only_a_space_without_points_is_empty():
    spaces = {"a > 2": False, "a > 9": True}
    for text, is_empty in spaces.items():
        assert Space((Range("a", 0, 9, 1),), (Constraint(text, {"a": "a"}, {}),)).is_empty() == is_empty
    assert not Space((Range("a", 0, 1),)).is_empty()  # without steps it has no first point, and many
    assert not Space(()).is_empty()


def test_what_a_short_walk_does_not_reach_is_not_called_empty():
    text = "(a * 7919) % 1000003 == 5"
    space = Space((Range("a", 0, 10**6, 1),), (Constraint(text, {"a": "a"}, {}),))
    assert not space.is_empty()


def test_an_estimate_of_a_space_of_many_conditions_is_a_number():
    """Its points are more than a float can count, and each costs as much as it has conditions."""
    ones = [Choice(f"x{n}", (1, 2)) for n in range(1_500)]
    conditions = {d.name: Constraint("x0 == 1", {"x0": "x0"}, {}) for d in ones[1:]}
    count, is_exact = Space(tuple(ones), (), conditions).count()
    assert count > 0
    assert not is_exact
