"""Parsing of `search.space` and `search.constraints`."""

import pytest

from sweep.spec.constraints.constraint import Constraint
from sweep.spec.space import Choice, LogRange, Range
from sweep.spec.space_parser import parse


def test_every_form_of_a_dimension():
    space, problems = parse(
        {
            "a": [1, "x", None],
            "b": {"low": 1, "high": 9, "step": 4},
            "c": {"low": 1, "high": 100, "log": True, "points": 3},
            "d": {"values": [1, 2]},
            "e": {"low": 0, "high": 1, "points": 5},
            "f": {"low": 0.0, "high": 1.0},
        },
        [],
        {},
    )
    assert not problems
    assert space.dimensions == (
        Choice("a", (1, "x", None)),
        Range("b", 1, 9, 4),
        LogRange("c", 1, 100, 3),
        Choice("d", (1, 2)),
        Choice("e", (0.0, 0.25, 0.5, 0.75, 1.0)),
        Range("f", 0.0, 1.0, None),
    )


@pytest.mark.parametrize(
    ("dimension", "rule"),
    [
        (3, "must be a list of values, or a range"),
        ([], "at least one value"),
        ([1, 2, 1], "is in the list twice"),
        ([1.0, float("nan")], "finite"),
        ({"low": 1}, "needs high"),
        ({"hi": 1, "low": 0}, "is not a key of a range"),
        ({"low": 2, "high": 1, "step": 1}, "low must not be above high"),
        ({"low": "1", "high": 2}, "finite number"),
        ({"low": 0, "high": 2, "log": True}, "must start above 0"),
        ({"low": 1, "high": 2, "log": "yes"}, "true or false"),
        ({"low": 1, "high": 2, "log": True, "step": 1}, "no step"),
        ({"low": 1, "high": 2, "step": 0}, "above 0"),
        ({"low": 1, "high": 2, "step": -1}, "above 0"),
        ({"low": 1, "high": 10, "step": 4}, "whole number of steps"),
        ({"low": 1, "high": 2, "points": 1}, "at least 2"),
        ({"low": 1, "high": 2, "points": 2.5}, "whole number"),
        ({"low": 0, "high": 1, "points": 10**9}, "at most 100,000"),
        ({"low": 1, "high": 2.0, "log": True, "points": 10**30}, "at most 100,000"),
        ({"low": 0, "high": 10**20, "step": 1}, "gives more than"),
        ({"low": 0, "high": 1e300, "step": 1e-300}, "gives more than"),
        ({"low": 0, "high": 10**399, "step": 1}, "finite number"),
        ({"low": 1, "high": 2, "points": 3, "step": 1}, "both step and points"),
        ({"low": 1, "high": 3, "log": True, "points": 9}, "twice"),
        ({"low": True, "high": 3, "step": 1}, "finite number"),
    ],
)
def test_a_wrong_dimension_is_told_at_its_place(dimension, rule):
    space, problems = parse({"a": dimension}, [], {})
    assert not space.dimensions
    assert any(rule in p.rule and p.where.startswith("search.space.a") for p in problems), problems


def test_an_overhanging_range_says_what_to_write():
    _, problems = parse({"a": {"low": 0.1, "high": 1.0, "step": 0.4}}, [], {})
    assert problems[0].remedy == "the last would be 0.9; write high: 0.9"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("a < zz", "'zz' is neither a parameter"),
        ("a <", "is not an expression"),
        ("__import__('os').system('x')", "'__import__' is neither"),
        ("a.__class__", "neither a parameter"),
        ("open(a)", "'open' is neither"),
        ("[x for x in a]", "neither a parameter"),
        ("(lambda: a)()", "is not allowed"),
        (5, "must be an expression"),
        ("a; b", "is not an expression"),
        ("a = 1", "is not an expression"),
    ],
)
def test_a_wrong_constraint_is_told_and_never_run(text, rule):
    space, problems = parse({"a": [1, 2], "b": [1, 2]}, [text], {})
    assert not space.constraints
    assert [p for p in problems if rule in p.rule], problems


def test_short_names_only_where_they_are_unambiguous():
    _, problems = parse({"strategy.a": [1], "venues.X.a": [1]}, ["a > 0"], {})
    assert "'a' is neither" in problems[0].rule
    space, problems = parse({"strategy.a": [1, 2], "venues.X.a": [1]}, ["strategy.a > venues.X.a"], {})
    assert not problems
    assert [p["strategy.a"] for p in space.points()] == [2]


def test_values_of_the_base_may_be_named():
    space, problems = parse(
        {"strategy.a": [1, 2]}, ["a > floor", "strategy.floor == 1"], {"floor": 1, "strategy.floor": 1}
    )
    assert not problems
    assert [p["strategy.a"] for p in space.points()] == [2]


@pytest.mark.parametrize(
    ("when", "rule"),
    [
        ("a == 3", "never holds"),
        ("a == 1 and b == 3", "never holds"),
        ("late == 1", "names late, which does not stand before it"),
        ("c == 1", "names c, which does not stand before it"),
        ("zz == 1", "'zz' is neither a parameter"),
        ("1 < 2", "names no parameter"),
        ("a ==", "is not an expression"),
        (3, "must be an expression"),
    ],
)
def test_a_wrong_condition_is_told_at_its_place(when, rule):
    dimensions = {
        "a": [1, 2],
        "b": {"values": [3, 4], "when": "a == 2"},
        "c": {"values": [1], "when": when},
        "late": [1, 2],
    }
    space, problems = parse(dimensions, [], {})
    assert list(space.conditions) == ["b"]
    assert [(p.where, rule in p.rule) for p in problems] == [("search.space.c.when", True)]


def test_a_condition_may_name_what_has_no_steps():
    dimensions = {"a": {"low": 0.0, "high": 1.0}, "b": {"low": 1, "high": 9, "step": 2, "when": "a > 0.5"}}
    space, problems = parse(dimensions, [], {})
    assert not problems
    assert list(space.conditions) == ["b"]
    assert parse(dimensions | {"b": {"values": [1], "when": "a > 2"}}, [], {})[1][0].rule == "never holds"


@pytest.mark.timeout(20)
def test_a_long_list_of_values_is_read_at_once():
    """A search through the values before each takes minutes."""
    space, problems = parse({"strategy.a": [*range(100_000), 7]}, [], {})
    assert [(p.where, p.rule) for p in problems] == [("search.space.strategy.a.100000", "is in the list twice")]
    assert not space.dimensions


@pytest.mark.parametrize("depth", [20, 1_500])
def test_a_deep_chain_of_conditions_is_satisfied_and_soon(depth, monkeypatch):
    """Of points at random one in a million satisfies twenty conditions; each look at a thousand of them costs."""
    computed: list[object] = []
    compute = Constraint.compute
    monkeypatch.setattr(Constraint, "compute", lambda self, values: computed.append(1) or compute(self, values))
    dimensions: dict[str, object] = {"x0": [1, 2]}
    dimensions |= {f"x{n}": {"values": [1, 2], "when": f"x{n - 1} == 2"} for n in range(1, depth)}
    space, problems = parse(dimensions, [], {})
    assert not problems
    assert len(space.conditions) == depth - 1
    assert len(computed) < 4 * depth  # its form, and each value of the one before


def test_conditions_that_never_hold_are_looked_into_for_a_bounded_time(monkeypatch):
    computed: list[object] = []
    compute = Constraint.compute
    monkeypatch.setattr(Constraint, "compute", lambda self, values: computed.append(1) or compute(self, values))
    dimensions: dict[str, object] = {name: {"low": 0.0, "high": 1.0} for name in "ab"}
    dimensions |= {f"x{n}": {"values": [1], "when": "a * b > 2"} for n in range(100)}
    rules = [p.rule for p in parse(dimensions, [], {})[1]]
    assert rules[:2] == ["never holds", "never holds"]
    assert len(computed) < 50_000


def test_conditions_that_exclude_each_other_are_never_satisfied_together():
    dimensions = {
        "a": [1, 2],
        "b": {"values": [1, 2], "when": "a == 1"},
        "c": {"values": [1, 2], "when": "a == 2"},
        "d": {"values": [1], "when": "b == 1 and c == 1"},
        "e": {"values": [1], "when": "b == 2 and a == 1"},
    }
    space, problems = parse(dimensions, [], {})
    assert [(p.where, p.rule) for p in problems] == [("search.space.d.when", "never holds")]
    assert list(space.conditions) == ["b", "c", "e"]


@pytest.mark.parametrize(
    ("constraints", "when", "rule", "value"),
    [
        (["x > 1"] * 2_001, "x > 1", "may have 2,000 expressions", "2,001"),
        (
            [f"x > {'1' * 996}"] * 100,
            "x > 1",
            "may have 100,000 characters, the `when` of parameters included",
            "100,005",
        ),
        (
            [f"x > {'1' * 996}"] * 99,
            f"x > {'1' * 997}",
            "may have 100,000 characters, the `when` of parameters included",
            "100,001",
        ),
    ],
)
def test_expressions_that_would_take_minutes_all_together_are_refused_before_any_is_computed(
    constraints, when, rule, value, monkeypatch
):
    monkeypatch.setattr(Constraint, "compute", lambda *_: pytest.fail("it is computed"))
    _, (problem,) = parse({"x": [1, 2], "y": {"values": [1, 2], "when": when}}, constraints, {})
    assert (problem.where, problem.rule) == ("search.constraints", rule)
    assert problem.value == value


def test_long_expressions_are_tried_at_fewer_points(monkeypatch):
    computed: list[object] = []
    compute = Constraint.compute
    monkeypatch.setattr(Constraint, "compute", lambda self, values: computed.append(1) or compute(self, values))
    longest = f"max({', '.join(f'x**2-{n}' for n in range(150))}) < 0"
    space, problems = parse({"x": {"low": 1, "high": 100_000, "step": 1}}, [longest], {})
    assert not problems
    assert space.first() is None
    assert space.count() == (0, False)
    assert len(computed) < 8_000  # 35,000 of a short one
