"""Estimates of the number of independent trials, where it is known."""

import numpy as np
import pytest

from sweep.results.statistics.effective_trials import effective_trials


def test_one_trial_many_times():
    one = np.random.default_rng(0).standard_normal((100, 1))
    result = effective_trials(np.repeat(one, 50, axis=1))
    assert (result.average_correlation, result.effective_rank, result.participation) == pytest.approx(
        (1, 1, 1), abs=1e-6
    )


@pytest.mark.parametrize("days", [5000, 30])
def test_independent_trials(days):
    returns = np.random.default_rng(0).standard_normal((days, 40))
    result = effective_trials(returns)
    correlation = np.corrcoef(returns.T)
    assert result.participation == pytest.approx(40**2 / (correlation**2).sum(), rel=1e-6)
    mean = (correlation.sum() - 40) / (40 * 39)
    assert result.average_correlation == pytest.approx(mean + (1 - mean) * 40)
    if days > 1000:
        assert result.effective_rank == pytest.approx(40, rel=0.02)


def test_trials_without_variation_do_not_count():
    returns = np.random.default_rng(0).standard_normal((300, 10))
    assert effective_trials(np.hstack([returns, np.zeros((300, 5))])) == effective_trials(returns)
    assert effective_trials(np.zeros((300, 5))).effective_rank == 0
