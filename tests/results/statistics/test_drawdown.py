"""Other orders and other draws of the same results."""

import numpy as np
import pytest

from sweep.results.statistics.drawdown import outcomes, shuffled

TRADES = np.random.default_rng(0).standard_normal(200) + 0.1


def test_a_shuffle_keeps_the_total_and_moves_the_drawdown():
    result = shuffled(TRADES)
    assert result.totals == pytest.approx(TRADES.sum())
    assert result.drawdowns.std() > 0.5


def test_a_bootstrap_moves_both():
    result = outcomes(TRADES)
    assert result.totals.mean() == pytest.approx(TRADES.sum(), abs=1.5)
    assert result.totals.std() == pytest.approx(TRADES.std() * np.sqrt(200), rel=0.05)
    assert result.loss == pytest.approx(np.mean(result.totals <= 0))
    assert result.total_5 < TRADES.sum() < np.quantile(result.totals, 0.95)
    assert result.drawdown_95 > np.median(result.drawdowns)


def test_the_drawdown_begins_at_the_start():
    assert outcomes(np.array([-1.0, -1.0, -1.0])).drawdowns.tolist() == [3.0] * 2000
    assert outcomes(np.array([1.0, 1.0])).drawdown_95 == 0
    assert outcomes(np.array([1.0, 1.0])).loss == 0


def test_blocks_keep_runs_together():
    runs = np.tile([-1.0] * 40 + [1.1] * 40, 10)
    assert np.median(outcomes(runs, block=20).drawdowns) > 1.5 * np.median(outcomes(runs).drawdowns)
