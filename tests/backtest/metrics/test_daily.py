"""The formulas, against numbers worked out by hand, and against pandas and numpy."""

from decimal import Decimal
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.metrics import daily

RETURNS = st.lists(st.floats(-0.2, 0.2).map(lambda r: round(r, 6)), min_size=20, max_size=60)


def test_returns_sharpe_and_sortino():
    # 100 -> 110 -> 99 -> 99: +0.1, -0.1, 0. mean 0, so both ratios are 0.
    returns = daily.daily_returns(Decimal(100), [Decimal(x) for x in (110, 99, 99)])
    assert returns == pytest.approx((0.1, -0.1, 0.0), abs=1e-15)
    # +0.02, -0.01: mean 0.005, stdev 0.03 / sqrt(2), downside sqrt(0.0001 / 2).
    assert daily.sharpe_ratio([0.02, -0.01], 252) == pytest.approx(0.005 / (0.03 / sqrt(2)) * sqrt(252), rel=1e-12)
    assert daily.sortino_ratio([0.02, -0.01], 365) == pytest.approx(0.005 / sqrt(0.00005) * sqrt(365), rel=1e-12)
    assert daily.return_figures([0.02, -0.01], 252)["volatility"] == pytest.approx(0.03 / sqrt(2) * sqrt(252))


@pytest.mark.parametrize("returns", [[], [0.1], [0.0, 0.0]])
def test_no_variation_no_ratio(returns):
    assert daily.sharpe_ratio(returns, 252) is None
    assert daily.sortino_ratio(returns, 252) is None
    assert daily.skewness(returns) is daily.kurtosis(returns) is None


def test_no_losing_day_has_no_sortino():
    assert daily.sortino_ratio([0.1, 0.2], 252) is None


def test_skewness_and_kurtosis():
    # 0, 0, 3: mean 1, stdev sqrt(3); z: -1/sqrt 3 twice, 2/sqrt 3. sum z^3 = 6 / 3^1.5; 3 / (2 * 1) of it: sqrt 3.
    assert daily.skewness([0, 0, 3]) == pytest.approx(sqrt(3))
    # 0, 0, 0, 4: mean 1, variance 4; sum z^4 = (3 + 81) / 16 = 5.25; 20 / 6 of it 17.5, less 27 / 2: 4.
    assert daily.kurtosis([0, 0, 0, 4]) == pytest.approx(4)


def test_tails():
    # 0 ... 20: 5 % of 20 steps is the second lowest, 1; the mean of the two lowest 0.5; 95 %: 19.
    figures = daily.tail_figures([n - 30.0 for n in range(21)])
    assert figures == pytest.approx({"var_5": -29.0, "cvar_5": -29.5, "tail_ratio": 11 / 29})
    assert set(daily.tail_figures([0.01] * 19).values()) == {None}, "19 days have no 5 %"
    assert daily.tail_figures([0.0] * 20)["tail_ratio"] is None


def test_drawdown_of_the_ends_of_days():
    # Peaks 100, 120; troughs 90 (0.1) and 84 (0.3); 110 is 1/12 below 120.
    equity = [Decimal(x) for x in (90, 120, 84, 110)]
    assert daily.max_drawdown_daily(Decimal(100), equity) == 0.3
    assert daily.max_drawdown_daily(Decimal(100), [Decimal(101)]) == 0.0
    assert daily.ulcer_index(Decimal(100), equity) == pytest.approx(sqrt((0.01 + 0 + 0.09 + 1 / 144) / 4))
    assert daily.ulcer_index(Decimal(100), []) is None


@given(RETURNS)
def test_pandas_and_numpy_agree(returns):
    series, figures = pd.Series(returns), daily.return_figures(returns, 252)
    if series.std() > 1e-9:
        assert figures["skewness"] == pytest.approx(series.skew(), rel=1e-6, abs=1e-6)
        assert figures["kurtosis"] == pytest.approx(series.kurt(), rel=1e-6, abs=1e-6)
    low, high = np.percentile(returns, [5, 95])
    worst = np.sort(returns)[: int((len(returns) - 1) * 0.05) + 1].mean()  # as empyrical's conditional_value_at_risk
    assert (figures["var_5"], figures["cvar_5"]) == pytest.approx((low, worst), abs=1e-12)
    assert figures["tail_ratio"] == (pytest.approx(abs(high) / abs(low)) if low else None)
    wealth = (1 + series).cumprod()
    falls = 1 - wealth / np.maximum(wealth.cummax(), 1)
    equity = [Decimal(str(v)) for v in wealth]
    assert daily.max_drawdown_daily(Decimal(1), equity) == pytest.approx(falls.max(), abs=1e-12)
    assert daily.ulcer_index(Decimal(1), equity) == pytest.approx(sqrt((falls**2).mean()), abs=1e-12)
