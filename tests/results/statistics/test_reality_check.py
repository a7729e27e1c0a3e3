"""White's Reality Check: against another implementation, known truth, and trials that do nothing."""

import numpy as np
import pytest

from sweep.results.statistics.reality_check import implied_trials, interval, luck
from sweep.results.statistics.sharpe import expected_maximum


def noise(seed: int, days: int = 400, trials: int = 20) -> np.ndarray:
    """Trials that have half of their returns in common."""
    random = np.random.default_rng(seed)
    return (random.standard_normal((days, trials)) + random.standard_normal((days, 1))) / 100


@pytest.mark.parametrize("edge", [0.0, 0.08, 0.15])
def test_p_is_near_that_of_arch(edge):
    from arch.bootstrap import SPA  # slow to import

    returns = noise(5)
    returns[:, 7] += edge / 100
    spa = SPA(np.zeros(len(returns)), -returns, block_size=4, reps=1000, seed=1)
    spa.compute()
    assert luck(returns, block=4.0).p == pytest.approx(spa.pvalues["upper"], abs=0.05)


def test_p_is_uniform_without_an_edge():
    p = np.array([luck(noise(seed, 250, 10), samples=200).p for seed in range(200)])
    assert (p <= 0.05).mean() <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert 0.4 < p.mean() < 0.6


def test_luck_of_independent_trials_is_the_expected_maximum():
    result = luck(np.random.default_rng(0).standard_normal((1000, 100)))
    assert result.mean * np.sqrt(1000) == pytest.approx(expected_maximum(100), rel=0.03)
    assert result.quantile_95 > result.mean
    assert implied_trials(result.mean, 1000) == pytest.approx(100, rel=0.35)


def test_an_edge_is_found_and_only_where_it_is():
    returns = noise(1)
    returns[:, 3] += 0.005
    result = luck(returns)
    assert np.flatnonzero(result.p_values <= 0.05).tolist() == [3]
    assert result.p == result.p_values[3] == 1 / 1001


def test_equal_trials_are_no_more_luck_than_one():
    one = noise(2, trials=1)
    assert np.allclose(luck(one).maxima, luck(np.repeat(one, 30, axis=1)).maxima)
    assert implied_trials(luck(one).mean, 400) < 2


def test_trials_without_variation_take_part_with_zero():
    returns = noise(3, trials=3) - 0.02  # all lose
    result = luck(np.hstack([returns, np.zeros((400, 1))]))
    assert result.observed[3] == 0
    assert result.observed.argmax() == 3
    assert result.p_values.shape == (4,)
    assert (result.maxima >= 0).all()


def test_one_trade_is_no_evidence():
    returns = np.zeros((500, 2))
    returns[100, 0], returns[200, 1] = -0.5, 0.01
    assert luck(returns).p > 0.1


def test_neither_chunks_nor_single_precision_change_it(monkeypatch):
    returns = noise(4)
    whole = luck(returns)
    monkeypatch.setattr("sweep.results.statistics.arrays.CELLS", 3000)
    assert np.allclose(luck(returns).maxima, whole.maxima)
    assert np.allclose(luck(returns.astype(np.float32)).maxima, whole.maxima, atol=1e-6)
    assert np.array_equal(luck(returns).maxima, luck(returns).maxima)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    truth = 0.1
    inside = 0
    for seed in range(200):
        series = np.random.default_rng(seed).standard_normal(300) + truth
        low, high = interval(series, 1.0, samples=400)
        inside += low <= truth <= high
    assert 0.88 <= inside / 200 <= 0.99
    assert interval(np.zeros(50), 1.0) == (0, 0)
