"""Points that stand for a space."""

from sweep.spec.sample_points import CHECKED_VALUES, Neighbours, admissible, countable, sample
from sweep.spec.space import Choice, Space
from sweep.spec.space_parser import parse


def space(dimensions, constraints=()):
    parsed, problems = parse(dimensions, constraints, {})
    assert not problems
    return parsed


def test_a_range_without_steps_is_its_ends():
    (endless,) = space({"strategy.x": {"low": 0.5, "high": 1.5}}).dimensions
    assert countable(endless) == Choice("strategy.x", (0.5, 1.5))
    (short,) = space({"strategy.x": [1, 2, 3]}).dimensions
    assert countable(short) is short


def test_all_of_few_values_and_evenly_of_many():
    (few, many) = space({"strategy.x": [1, 2, 3], "strategy.y": {"low": 0, "high": 10_000, "step": 1}}).dimensions
    assert list(sample(few)) == [2, 3]  # the first is in every base point
    values = list(sample(many))
    assert len(values) == CHECKED_VALUES
    assert values[-1] == 10_000


def test_a_point_that_no_constraint_excludes():
    ruled = space({"strategy.x": [1, 2, 3], "strategy.y": [1, 2, 3]}, ["x < y"])
    assert admissible(ruled, {"strategy.x": 2}) == {"strategy.x": 2, "strategy.y": 3}
    assert admissible(ruled, {"strategy.x": 3}) is None


def test_a_value_beside_the_first_point_or_where_its_parameter_exists():
    dimensions = {
        "strategy.a": [1, 2],
        "strategy.b": {"values": [1, 2], "when": "a == 1"},
        "strategy.c": {"values": [1, 2], "when": "a == 2"},
        "strategy.d": {"values": [1, 2], "when": "c == 2"},
    }
    parsed = space(dimensions, ["b != 2"])
    neighbours = Neighbours(parsed, parsed.first() or {})
    assert neighbours.near("strategy.b", 2) == {"strategy.a": 1, "strategy.b": 2}  # a constraint excludes it
    assert neighbours.admitted("strategy.b", 2) is None
    for name, value in [("strategy.a", 2), ("strategy.c", 1), ("strategy.c", 2), ("strategy.d", 2)]:
        point = neighbours.near(name, value)
        assert point is not None
        assert point[name] == value
        assert point in parsed


def test_points_are_not_looked_for_again_and_again_in_vain(monkeypatch):
    looked: list[object] = []
    allows = Space.allows
    monkeypatch.setattr(Space, "allows", lambda self, params: looked.append(1) or allows(self, params))
    many = {"low": 0, "high": 9_999, "step": 1}
    parsed = space({"strategy.x": many, "strategy.y": many}, ["(x * 7919 + y * 31) % 99991 == 3 and y > 5000"])
    neighbours = Neighbours(parsed, {"strategy.x": 0, "strategy.y": 0})
    assert [neighbours.admitted("strategy.y", value) for value in range(1_000)] == [None] * 1_000
    assert len(looked) < 50_000
