"""Strategies of one trial beside each other, against figures worked out by hand and numpy's own correlation."""

from math import sqrt
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sweep.results.statistics.contribution import portfolio

DAILY = {"up": [10.0, 10.0, -5.0], "down": [-10.0, 5.0, 5.0]}


def test_with_and_without_each_strategy():
    result = portfolio(DAILY, 100.0, 252)
    assert result.drawdown == 0.0  # 0, 15, 0: the equity never falls
    returns = [0 / 100, 15 / 100, 0 / 115]
    assert result.sharpe == pytest.approx(fmean(returns) / stdev(returns) * sqrt(252))
    up, down = result.parts
    assert (up.strategy, up.pnl, down.pnl) == ("up", 15.0, 0.0)
    alone = [-10 / 100, 5 / 90, 5 / 95]  # without `up` there is `down`
    assert up.sharpe_without == pytest.approx(fmean(alone) / stdev(alone) * sqrt(252))
    assert up.sharpe_gain == pytest.approx(result.sharpe - up.sharpe_without)
    assert up.drawdown_without == pytest.approx(0.1)
    assert down.drawdown_without == pytest.approx(5 / 120)


def test_correlation_by_hand():
    # Means 5 and 0: deviations (5, 5, -10) and (-10, 5, 5): -75 / 150.
    assert portfolio(DAILY, 100.0, 252).correlation == ((1.0, pytest.approx(-0.5)), (pytest.approx(-0.5), 1.0))


def test_a_strategy_that_never_trades_has_no_correlation():
    result = portfolio({"idle": [0.0, 0.0], "busy": [1.0, 2.0]}, 100.0, 252)
    assert result.correlation == ((None, None), (None, 1.0))
    assert result.parts[1].sharpe_without is None
    assert result.parts[1].sharpe_gain is None


def test_one_day_and_none():
    assert portfolio({"a": [1.0]}, 100.0, 252).sharpe is None
    assert portfolio({"a": []}, 100.0, 252).parts[0].pnl == 0.0


@given(arrays(np.float64, (3, 8), elements=st.integers(-50, 50).map(float)))
def test_correlation_is_numpy_s_where_both_vary(pnl):
    correlation = portfolio(dict(zip("abc", pnl.tolist(), strict=True)), 10_000.0, 252).correlation
    varying = [n for n in range(3) if pnl[n].std() > 0]
    if len(varying) > 1:
        expected = np.corrcoef(pnl[varying])
        assert np.array([[correlation[a][b] for b in varying] for a in varying]) == pytest.approx(expected, abs=1e-9)
