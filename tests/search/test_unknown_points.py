"""The nearest new point, by hand and over whole spaces."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sweep.search.unknown_points import UnknownPoints
from sweep.spec.space import Choice, LogRange, Range, Space
from sweep.spec.space_parser import parse

SPACE = Space((Range("n", 1, 5, 1), Choice("size", (4, 1, 2)), Choice("mode", ("a", "b", "c"))))


def near(space, points, point, seed=0):
    unknown = UnknownPoints(space)
    for each in points:
        unknown.note(each)
    return unknown.near(point, Random(seed))


def test_a_range_of_a_hundred_million_values_is_computed_where_it_is_needed():
    space = Space((Range("n", 0, 10**8, 1), Range("x", 0.0, 1.0, 1e-9)))
    point = space.point(10**16 + 7)
    neighbour = near(space, [point], point)
    assert {name for name in point if neighbour[name] != point[name]} in ({"n"}, {"x"})
    assert neighbour in space


def test_a_neighbour_differs_by_one_step_of_one_parameter():
    point = {"n": 1, "size": 2, "mode": "a"}
    beside = [
        {**point, "n": 2}, {**point, "size": 1}, {**point, "size": 4}, {**point, "mode": "b"}, {**point, "mode": "c"}
    ]  # fmt: skip
    neighbours = [near(SPACE, [point], point, seed) for seed in range(60)]
    assert all(each in beside for each in neighbours)
    assert all(each in neighbours for each in beside)
    assert near(SPACE, [point, *beside[:4]], point) == beside[4]
    two = near(SPACE, [point, *beside], point)
    assert sum(two[name] != point[name] for name in point) in {1, 2}
    assert two not in beside


@given(seed=st.integers(0, 99), start=st.integers(0, 44))
def test_it_finds_every_point_once_and_then_none(seed, start):
    unknown, point, points = UnknownPoints(SPACE), SPACE.point(start), []
    while point:
        assert point not in points
        assert point in unknown
        points.append(point)
        unknown.note(point)
        point = unknown.near(point, Random(seed)) if unknown.left else None
    assert len(points) == SPACE.size


def test_only_what_the_constraints_allow_also_beyond_what_they_forbid():
    space, problems = parse({"a": [1, 2, 3, 4, 5], "b": [1, 5]}, ["a != 2", "a != 3"], {})
    assert not problems
    tried = [{"a": 1, "b": 1}, {"a": 1, "b": 5}]
    assert near(space, tried, tried[0]) in [{"a": 4, "b": 1}, {"a": 4, "b": 5}]


def test_what_exists_only_there_has_a_value():
    written = {"mode": ["a", "b"], "depth": {"low": 1, "high": 3, "step": 1, "when": "mode == 'b'"}}
    space, problems = parse(written, [], {})
    assert not problems
    new = near(space, [{"mode": "a"}], {"mode": "a"})
    assert new["mode"] == "b"
    assert new["depth"] in (1, 2, 3)
    assert near(space, [{"mode": "b", "depth": d} for d in (1, 2, 3)], {"mode": "b", "depth": 2}) == {"mode": "a"}


def test_a_continuous_space_has_no_end():
    unknown = UnknownPoints(Space((LogRange("x", 0.1, 1.0), Choice("m", (1, 2)))))
    assert not unknown.left


def test_far_from_new_points_one_is_drawn_at_random():
    space = Space((Range("x", 0, 100_000, 1),))
    unknown = UnknownPoints(space)
    for n in range(5_000):
        unknown.note({"x": n})
    assert unknown.near({"x": 0}, Random(1)) in unknown
