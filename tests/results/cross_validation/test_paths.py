"""Paths: by hand where one setting is best on each half, and without an edge on average."""

import numpy as np
import pytest

from sweep.results.cross_validation.paths import TOTAL, paths, ratios
from sweep.results.cross_validation.splits import Splits


def test_what_each_split_has_chosen_is_booked_on_its_tests():
    # setting 0 gains 3 % on days 0 and 1 and loses 2 % on the others, setting 1 the reverse; three groups of two days
    first = np.array([0.03, 0.03, -0.02, -0.02, -0.02, -0.02])
    returns = np.column_stack([first, -first])
    result = paths(returns, Splits.even(6, 3, 1), by=TOTAL)
    assert result.chosen.tolist() == [1, 0, 0]  # -0.08 on the last four days; +0.02 with the first two
    assert result.returns[:, 0].tolist() == [-0.03, -0.03, -0.02, -0.02, -0.02, -0.02]
    assert result.splits.paths == 1
    assert result.figures()["cpcv_return_median"] == pytest.approx(0.97**2 * 0.98**4 - 1)


def test_a_setting_that_failed_on_a_group_is_not_chosen():
    returns = np.full((6, 2), 0.01)
    returns[:, 1] = 0.02
    returns[3, 1] = np.nan
    assert set(paths(returns, Splits.even(6, 3, 1), by=TOTAL).chosen) == {0}
    with pytest.raises(ValueError, match="no setting"):
        paths(np.full((6, 1), np.nan), Splits.even(6, 3, 1))


def test_without_an_edge_paths_neither_gain_nor_lose_and_an_edge_is_kept():
    random = np.random.default_rng(0)
    noise = random.normal(0, 0.01, (600, 40))
    flat = paths(noise, Splits.even(600, 6, 2, 1, 1)).figures()
    assert abs(flat["cpcv_sharpe_median"]) < 1.2  # annual; the standard error of 600 days is 0.65
    assert flat["cpcv_sharpe_inside"] > 1.2
    edge = noise.copy()
    edge[:, 7] += 0.002
    result = paths(edge, Splits.even(600, 6, 2, 1, 1))
    assert set(result.chosen) == {7}
    assert result.figures()["cpcv_sharpe_median"] > 2
    assert result.figures()["cpcv_settings"] == 1


def test_ratios_of_what_does_not_vary():
    assert ratios(np.array([[0.0, 1.0], [0.0, 3.0]])).tolist() == [0.0, pytest.approx(np.sqrt(2))]
