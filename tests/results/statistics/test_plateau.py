"""Neighbours on a grid and in a cloud of points."""

from itertools import product

import numpy as np
import pytest

from sweep.results.statistics.plateau import grid_plateau, nearest_plateau

SQUARE = np.array(list(product(range(3), range(3))), float)


@pytest.mark.parametrize(
    ("values", "mean", "lowest", "ratio"),
    [
        ([[0.1, 0.2, 0.1], [0.2, 1, 0.3], [0.1, 0.4, 0.2]], 0.2, 0.1, 0.2),
        ([[0.8, 0.9, 0.8], [0.9, 1, 0.9], [0.8, 0.9, 0.8]], 0.85, 0.8, 0.85),
    ],
)
def test_a_spike_and_a_plateau(values, mean, lowest, ratio):
    plateau = grid_plateau(SQUARE, np.ravel(values))
    assert (plateau.mean[4], plateau.lowest[4]) == pytest.approx((mean, lowest))
    assert plateau.ratio(4) == pytest.approx(ratio)
    assert plateau.count.tolist() == [3, 5, 3, 5, 8, 5, 3, 5, 3]


def test_the_centre_is_not_the_spike():
    values = np.array([5, 0, 0, 0, 2, 2, 2, 2, 0.0])
    line = np.arange(9.0)[:, None]
    plateau = grid_plateau(line, values)
    assert plateau.level.tolist() == [0, 0, 0, 0, 1, 2, 2, 1, 0]
    assert plateau.centre == 5
    alone = grid_plateau(2 * line, values)
    assert alone.centre == 0


def test_a_missing_value_is_nobodys_neighbour():
    values = np.array([1, np.nan, 3, 4.0])
    plateau = grid_plateau(np.arange(4.0)[:, None], values)
    assert plateau.count.tolist() == [0, 0, 1, 1]
    assert plateau.ratio(0) is None
    assert np.isnan(plateau.mean[1])
    assert plateau.centre == 2


def test_a_trial_that_does_not_count_is_nobodys_neighbour():
    """A setting of three trades with a Sharpe ratio of 9 holds up no plateau; it has neighbours itself."""
    values, counts = np.array([1, 9, 1, 0.5]), np.array([True, False, True, True])
    plateau = grid_plateau(np.arange(4.0)[:, None], values, counts)
    assert plateau.count.tolist() == [0, 2, 1, 1]
    assert plateau.mean[1:].tolist() == [1, 0.5, 1]
    near = nearest_plateau(np.arange(4.0)[:, None], values, counts, nearest=2)
    assert near.count.tolist() == [2, 2, 2, 2]
    assert near.mean.tolist() == [0.75, 1, 0.75, 1]


def test_values_without_an_order_are_no_neighbours():
    plateau = grid_plateau(np.array([[0, 0], [0, 2], [1, 0], [1, 2.0]]), np.arange(4.0))
    assert plateau.mean.tolist() == [2, 3, 0, 1]


def test_many_dimensions_count_steps_in_one_of_them():
    points = np.array(list(product(range(2), repeat=7)), float)
    assert set(grid_plateau(points, np.ones(128)).count.tolist()) == {7}


def test_nearest_neighbours():
    random = np.random.default_rng(0)
    places, values = random.random((50, 3)), random.random(50)
    plateau = nearest_plateau(places, values, nearest=5)
    for n in range(50):
        near = np.argsort(((places - places[n]) ** 2).sum(axis=1))[1:6]
        assert plateau.mean[n] == pytest.approx(values[near].mean())
        assert plateau.lowest[n] == pytest.approx(values[near].min())
    assert set(plateau.count.tolist()) == {5}


def test_few_or_equal_points():
    assert nearest_plateau(np.zeros((1, 2)), np.ones(1)).count.tolist() == [0]
    assert nearest_plateau(np.zeros((20, 2)), np.ones(20), nearest=4).count.tolist() == [4] * 20
    assert nearest_plateau(np.zeros((3, 1)), np.array([1.0, np.nan, 2])).count.tolist() == [1, 0, 1]


def test_a_ratio_needs_a_gain():
    assert grid_plateau(np.arange(2.0)[:, None], np.array([-1, -2.0])).ratio(0) is None


def test_no_points_and_no_dimensions():
    for plateau in (grid_plateau, nearest_plateau):
        assert plateau(np.empty((0, 2)), np.empty(0)).count.size == 0
        assert plateau(np.empty((3, 0)), np.arange(3.0)).centre == 2
        assert plateau(np.zeros((2, 1)), np.array([np.nan, np.nan])).count.tolist() == [0, 0]
