"""A constraint that compares texts with numbers is one mistake; one that states the other case first is none."""

import pytest

from sweep.spec.space_parser import parse

MODE, N = {"s.mode": ["fast", "slow"]}, {"s.n": {"low": 1, "high": 9, "step": 1}}
STOP = {"s.sl": [None, 5, 10], "s.tp": [4, 8]}


@pytest.mark.parametrize(
    ("space", "constraint", "values"),
    [
        (MODE | N, "mode < n", "mode = 'fast', n = 1"),
        ({"s.a": ["10", 20]} | N, "a > n", "a = '10', n = 1"),
        (STOP, "sl < tp", "sl = None, tp = 4"),
        ({"s.sl": [5, 10]}, "sl < '7'", "sl = 5"),
        (MODE | {"s.x": {"low": 0.1, "high": 1.0}}, "mode + x > 1", "mode = 'fast', x = 0.1"),
        ({"s.a": ["x", "5"]}, "float(a) > 1", "a = 'x'"),
        ({"s.a": [1, 2]}, "a < fixed", "a = 1, fixed = '7'"),
    ],
)
def test_a_mixture_is_one_mistake(space, constraint, values):
    (problem,) = parse(space, [constraint], {"fixed": "7"})[1]
    assert (problem.where, problem.value) == ("search.constraints.0", constraint)
    assert f"cannot be computed for {values}:" in problem.rule


@pytest.mark.parametrize(
    ("space", "constraints", "points"),
    [
        (STOP, ["sl == None or sl < tp"], 3),  # null with both, 5 with 8
        (MODE | N, ["mode == 'fast' or n > 3"], 9 + 6),
        ({"s.sl": ["off", 5], "s.tp": [4, 8]}, ["sl != 'off'", "sl < tp"], 1),
        ({"s.sl": ["off", 5], "s.tp": {"values": [4, 8], "when": "sl != 'off'"}}, ["sl < tp"], 2),  # off; 5 with 8
        ({"s.sl": [0, 5], "s.tp": [4, 8]}, ["tp / sl > 1"], 1),  # a division by zero is no mixture
        ({"s.a": [True, False]} | N, ["a or n > 3"], 9 + 6),
    ],
)
def test_other_constraints_stay(space, constraints, points):
    reduced, problems = parse(space, constraints, {})
    assert not problems
    assert len(list(reduced.points())) == points


def test_a_condition_that_mixes():
    space = {"s.sl": [5, "off"], "s.tp": {"values": [4, 8], "when": "sl > 3"}}
    (problem,) = parse(space, [], {})[1]
    assert (problem.where, problem.rule.partition(":")[0]) == (
        "search.space.s.tp.when",
        "cannot be computed for sl = 'off'",
    )
