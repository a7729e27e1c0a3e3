"""Settings as places: steps of a grid, distances in a cloud."""

import numpy as np
import pytest

from sweep.results.statistics.trial_panel import positions, scaled


def test_steps_follow_the_order_of_numbers_not_their_size():
    params = [{"a": a, "b": b} for a in (50, 1, 2.5) for b in (True, "x", [1])]
    places = positions(params)
    assert places[::3, 0].tolist() == [2, 0, 1]
    assert places[:3, 1].tolist() == [0, 2, 4]  # no order: two steps apart


def test_scaled_by_range_by_logarithm_and_by_value():
    params = [{"n": n, "log": log, "kind": kind} for n, log, kind in ((0, 1, "a"), (5, 10, "b"), (10, 100, "a"))]
    places = scaled(params, {"log": {"low": 1, "high": 100, "log": True}, "n": {"low": 0, "high": 10}})
    assert places[:, 0] == pytest.approx([0, 0.5, 1])
    assert places[:, 1] == pytest.approx([0, 0.5, 1])
    assert np.linalg.norm(places[0, 2:] - places[1, 2:]) == pytest.approx(1)
    assert np.array_equal(places[0, 2:], places[2, 2:])


def test_constant_and_missing_parameters():
    assert scaled([{"a": 3}, {"a": 3}], {}).tolist() == [[0], [0]]
    assert positions([]).shape == (0, 0)
    assert positions([{"a": 1}, {"b": 2}]).shape == (2, 2)


def test_a_parameter_that_is_not_in_every_trial_keeps_its_order():
    params = [{"a": 1, "b": 10}, {"a": 1, "b": 20}, {"a": 1, "b": 30}, {"a": 2}, {"a": 2}]
    steps = positions(params)[:, 1]
    assert steps.tolist() == [0, 1, 2, -2, -2]  # nobody's neighbour
    places = scaled(params, {"b": {"low": 10, "high": 30}})
    assert places[:3, 1].tolist() == [0, 0.5, 1]
    assert np.linalg.norm(places[0, 1:] - places[3, 1:]) == pytest.approx(1)
    assert np.array_equal(places[3], places[4])
