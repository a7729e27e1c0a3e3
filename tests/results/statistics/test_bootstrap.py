"""The stationary bootstrap, and the length of its blocks against another implementation."""

import numpy as np
import pytest

from sweep.results.statistics.bootstrap import block_length, block_lengths, counts, indices


def processes(periods: int) -> np.ndarray:
    """Columns of growing autocorrelation."""
    x = np.random.default_rng(1).standard_normal((periods, 4))
    for t in range(1, periods):
        x[t] += np.array([0, 0.2, 0.5, 0.9]) * x[t - 1]
    return x


@pytest.mark.parametrize("periods", [30, 60, 250, 1000])
def test_block_lengths_are_those_of_arch(periods):
    from arch.bootstrap import optimal_block_length  # slow to import

    x = processes(periods)
    assert block_lengths(x) == pytest.approx(optimal_block_length(x)["stationary"].to_numpy(), abs=1e-9)


def test_the_block_length_of_many_trials():
    x = processes(500)
    flat = np.zeros((500, 300))
    assert block_length(np.hstack([x, flat])) == pytest.approx(np.median(block_lengths(x)))
    assert block_length(flat) == 1
    assert block_length(x[:9]) == 1  # too short to tell


def test_blocks_are_runs_of_the_mean_length():
    drawn = indices(1000, 200, 8.0)
    follows = (drawn[:, 1:] == (drawn[:, :-1] + 1) % 1000).mean()
    assert follows == pytest.approx(1 - 1 / 8, abs=0.005)
    single = indices(1000, 200, 1.0)
    assert (single[:, 1:] == (single[:, :-1] + 1) % 1000).mean() < 0.005
    assert np.bincount(drawn.ravel(), minlength=1000).std() < 60  # every day is as likely: 200 each


def test_counts_say_how_often_each_day_is_drawn():
    drawn, weights = indices(20, 5, 3.0, seed=4), counts(20, 5, 3.0, seed=4)
    values = np.arange(20.0)
    assert (weights @ values) == pytest.approx(values[drawn].sum(axis=1))
    assert weights.sum(axis=1) == pytest.approx(20)
    assert not np.array_equal(weights, counts(20, 5, 3.0, seed=5))
