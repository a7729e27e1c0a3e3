"""Settings as places: steps of a grid, distances in a cloud."""

import numpy as np
import pytest

from sweep.results.statistics.trial_panel import ClosedPositions, positions, scaled


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


CLOSED = ClosedPositions(np.array([0, 0, 1, 3, 3]), np.array([0, 2, 1, 1, 1]), np.array([5.0, -2, 1, 4, 6]))


def test_closed_positions_of_some_trials():
    some = CLOSED.of(np.array([3, 2, 0]))
    assert list(zip(some.trials.tolist(), some.days.tolist(), some.pnls.tolist(), strict=True)) == [
        (2, 0, 5), (2, 2, -2), (0, 1, 4), (0, 1, 6),
    ]  # fmt: skip
    assert CLOSED.of(np.array([7])).trials.size == 0
    assert ClosedPositions(np.empty(0, int), np.empty(0, int), np.empty(0)).of(np.array([0, 1])).pnls.size == 0


def test_sums_of_closed_positions_by_day_and_trial():
    assert CLOSED.sums(CLOSED.pnls, 3, 4).tolist() == [[5, 0, 0, 0], [0, 1, 0, 10], [-2, 0, 0, 0]]


def test_closed_positions_less_the_mean_of_their_trial():
    assert CLOSED.without_edge().pnls.tolist() == [3.5, -3.5, 0, -1, 1]
    equal = ClosedPositions(np.zeros(3, int), np.arange(3), np.full(3, 0.1))
    assert equal.without_edge().pnls.tolist() == [0, 0, 0], "the mean of equal values is rounded"
