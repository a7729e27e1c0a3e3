"""White's Reality Check: against another implementation, known truth, and trials that do nothing."""

import numpy as np
import pytest

from sweep.results.statistics.bootstrap import indices
from sweep.results.statistics.reality_check import (
    PATH_CELLS,
    PATHS,
    implied_trials,
    interval,
    luck,
    objective_chance,
    path_chances,
    path_figures,
    path_samples,
)
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


def test_the_chance_of_a_total_of_one_trial_is_that_of_its_sharpe_ratio():
    # Divided by the same deviation in each sample, the mean and the ratio have the same order.
    returns = noise(3, trials=1) + 0.001
    assert objective_chance(returns, 0, "return_total", 3.0) == luck(returns, block=3.0).p_values[0]


def test_a_total_is_judged_among_trials_of_all_sizes():
    # Ten times the position has ten times the chance result: the small trial's total is nothing beside it.
    returns = noise(3, trials=2) + np.array([0.002, 0.0])
    alone = objective_chance(returns[:, :1], 0, "pnl_total", 1.0)
    assert alone < 0.05 < objective_chance(returns * np.array([1, 10]), 0, "pnl_total", 1.0)


def test_the_chance_of_a_sortino_ratio_is_that_of_a_plain_loop():
    returns, reached = noise(4, days=80, trials=3) + 0.002, 0
    centred = returns - returns.mean(axis=0)

    def sortino(values):
        return values.mean() / np.sqrt((np.minimum(values, 0) ** 2).mean())

    for days in indices(80, 200, 2.0):
        reached += max(sortino(centred[days, n]) for n in range(3)) >= sortino(returns[:, 1])
    assert objective_chance(returns, 1, "sortino_ratio", 2.0, samples=200) == (1 + reached) / 201


def test_chunks_do_not_change_the_chance_of_an_objective(monkeypatch):
    returns = noise(5)
    whole = objective_chance(returns, 2, "sortino_ratio", 2.0)
    monkeypatch.setattr("sweep.results.statistics.arrays.CELLS", 3_000)
    assert objective_chance(returns, 2, "sortino_ratio", 2.0) == whole


def test_figures_of_a_path_by_hand():
    # 100, 110, 88, 99: 20 % from the peak, a gain of -1 %; the other falls from the start to 90 and ends at 108.
    values = np.array([[0.1, -0.1], [-0.2, 0.1], [0.125, 12 / 11 - 1]])
    figures = path_figures(np.log1p(values), year=6)
    assert figures["max_drawdown"].tolist() == pytest.approx([-0.2, -0.1])
    assert figures["recovery_factor"].tolist() == pytest.approx([-0.01 / 0.2, 0.08 / 0.1])
    assert figures["calmar_ratio"].tolist() == pytest.approx([(0.99**2 - 1) / 0.2, (1.08**2 - 1) / 0.1])
    assert figures["max_drawdown_daily"].tolist() == figures["max_drawdown"].tolist()
    flat = path_figures(np.zeros((5, 1)), year=252)
    assert [value.tolist() for value in flat.values()] == [[0], [0], [0], [0]]


def test_the_chance_of_a_path_is_that_of_a_plain_loop():
    returns, block, samples = noise(3, 80, 4), 3.0, 50
    centred, reached = returns - returns.mean(axis=0), 0
    observed = path_figures(np.log1p(returns), 252)["recovery_factor"][2]
    for days in indices(80, samples, block, 0):
        ratios: list[float] = []
        for n in range(4):
            equity, peak, fall = 1.0, 1.0, 0.0
            for day in days:
                equity *= 1 + centred[day, n]
                peak = max(peak, equity)
                fall = max(fall, 1 - equity / peak)
            ratios.append((equity - 1) / fall)
        reached += max(ratios) >= observed
    chances = path_chances(returns, {"recovery_factor": 2}, 252, block, samples=samples)
    assert chances == {"recovery_factor": (1 + reached) / (1 + samples)}


def test_an_edge_shows_in_the_path_and_a_trial_that_never_trades_has_none():
    returns = noise(4, 300, 6)
    without = path_chances(returns, dict.fromkeys(PATHS, 1), 252, 2.0, samples=200)
    assert min(without.values()) > 0.05
    returns[:, 1] += 0.006
    assert max(path_chances(returns, dict.fromkeys(PATHS, 1), 252, 2.0, samples=200).values()) < 0.05
    returns[:, 0] = 0.0
    assert path_chances(returns, {"max_drawdown": 0}, 252, 2.0, samples=200) == {"max_drawdown": 1.0}


def test_so_many_samples_as_take_some_seconds():
    assert path_samples(250, 100) == 500
    assert path_samples(250, PATH_CELLS // 250 // 250) == 250
    assert path_samples(2_500, 10_000) == 0
