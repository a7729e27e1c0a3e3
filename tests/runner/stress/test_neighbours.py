"""Settings near one, by hand."""

from sweep.runner.stress.neighbours import neighbours
from sweep.spec.space import Choice, LogRange, Range, Space
from sweep.spec.space_parser import parse


def values(space: Space, name: str, params: dict[str, object], share: float) -> list[object]:
    return [point[name] for point in neighbours(space, params, share) if point[name] != params[name]]


def test_a_step_and_a_share_each_way():
    space = Space((Range("n", 10, 100, 10), Choice("a", (0.4, 0.1, 0.2)), Range("free", 0.0, 1.0)))
    params = {"n": 50, "a": 0.2, "free": 0.5}
    assert values(space, "n", params, 0.05) == [40, 60, 48, 52]  # 47.5 and 52.5 to whole numbers
    assert values(space, "a", params, 0.05) == [0.1, 0.4, 0.19, 0.21]  # by size, not in the order of the list
    assert values(space, "free", params, 0.1) == [0.45, 0.55]
    assert all(sum(p[k] != params[k] for k in params) == 1 for p in neighbours(space, params, 0.05))


def test_ends_have_one_neighbour_and_equal_values_count_once():
    space = Space((Range("n", 1, 3), LogRange("rate", 0.01, 1.0, 3)))
    params = {"n": 1, "rate": 1.0}
    assert values(space, "n", params, 0.05) == []  # continuous in whole numbers; 5 % of 1 is 1 again
    assert values(Space((Range("n", 1, 3, 1),)), "n", {"n": 1}, 0.05) == [2]
    assert values(space, "rate", params, 0.0) == [0.1]


def test_words_switches_and_the_period_are_left_alone():
    space = Space((Choice("mode", ("a", "b")), Choice("flag", (True, False)), Choice("period.start", ("x", "y"))))
    assert neighbours(space, {"mode": "a", "flag": True, "period.start": "x"}, 0.05) == []


def test_only_what_the_constraints_allow():
    space, problems = parse({"fast": {"low": 5, "high": 50, "step": 5}, "slow": [20, 40]}, ["fast < slow"], {})
    assert not problems
    assert values(space, "fast", {"fast": 15, "slow": 20}, 0.4) == [10, 9]  # neither 20 nor 21
