"""Points that stand for a space."""

from sweep.spec.sample_points import CHECKED_VALUES, admissible, countable, sample
from sweep.spec.space import Choice
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
