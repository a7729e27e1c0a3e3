"""Trades drawn again: by hand where all are equal, and against the theory where they are not."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sweep.backtest.metrics.closed_trades import size_figures, trade_figures
from sweep.results.resampled_trades import FEWEST, TRADES, resampled, thinned

STATS = {"closed": [2.0] * 40, "starting_equity": 1000.0, "days_per_year": 252}


@pytest.mark.parametrize(("metric", "value"), [
    ("pnl_total", 80.0), ("pnl_realized", 80.0), ("return_total", 0.08), ("expectancy", 2.0), ("win_rate", 1.0),
    ("profit_factor", None), ("sqn", None), ("average_win", 2.0), ("payoff_ratio", None), ("kelly_fraction", None),
])  # fmt: skip
def test_equal_trades_have_one_outcome(metric, value):
    values = resampled(metric, [], STATS, 0, draws=5)
    assert isinstance(values, list)
    assert values == ([value] * 5 if value is None else pytest.approx([value] * 5))


@given(st.lists(st.integers(-500, 500), min_size=FEWEST, max_size=130))
@example([7] * 40)
@example([-7] * 40)
def test_with_nothing_left_out_each_figure_is_the_metric(cents: list[int]):
    closed = [n / 100 for n in cents]
    exact = [Decimal(n) / 100 for n in cents]
    metrics = size_figures(exact) | trade_figures(exact) | {"pnl_total": sum(closed), "pnl_realized": sum(closed)}
    metrics["return_total"] = sum(closed) / 1000
    for name in TRADES:
        (value,) = thinned(name, STATS | {"closed": closed}, 0.0, 0, draws=1)
        assert value == (None if metrics[name] is None else pytest.approx(metrics[name], rel=1e-9, abs=1e-9)), name


def test_the_quality_of_the_trades_counts_a_hundred_of_them():
    closed = np.random.default_rng(2).normal(1, 5, 400)
    values = resampled("sqn", [], STATS | {"closed": closed.tolist()}, 0)
    assert np.median(values) == pytest.approx(closed.mean() / closed.std(ddof=1) * 10, rel=0.1)


def test_draws_spread_as_a_sum_of_independent_trades_does():
    closed = np.random.default_rng(1).normal(1, 5, 100)
    values = resampled("pnl_total", [], STATS | {"closed": closed.tolist()}, 0, draws=4000)
    assert np.mean(values) == pytest.approx(closed.sum(), abs=3)
    assert np.std(values) == pytest.approx(closed.std() * 10, rel=0.05)
    assert values == resampled("pnl_total", [], STATS | {"closed": closed.tolist()}, 0, draws=4000)
    assert values != resampled("pnl_total", [], STATS | {"closed": closed.tolist()}, 1, draws=4000)


def test_ratios_are_of_the_days():
    returns = np.tile([0.01, -0.005, 0.002], 100)
    values = resampled("sharpe_ratio", returns.tolist(), STATS, 0)
    assert np.median(values) == pytest.approx(returns.mean() / returns.std(ddof=1) * np.sqrt(252), rel=0.05)
    downside = np.sqrt((np.minimum(returns, 0) ** 2).mean())
    values = resampled("sortino_ratio", returns.tolist(), STATS, 0)
    assert np.median(values) == pytest.approx(returns.mean() / downside * np.sqrt(252), rel=0.1)


def test_reasons():
    assert resampled("pnl_total", [], STATS | {"closed": [1.0] * 29}, 0) == "29 closed positions; 30 are needed"
    assert resampled("sharpe_ratio", [0.1] * 8, STATS, 0) == "8 days; 30 are needed"
    assert resampled("mine", [], STATS, 0) == "mine is no figure of the single trades or days"


def test_trades_that_are_left_out():
    assert thinned("pnl_total", STATS, 0.0, 0, draws=3) == [80.0] * 3  # nothing left out: the trades themselves
    totals = thinned("pnl_total", STATS, 0.25, 0)
    assert np.mean(totals) == pytest.approx(60, rel=0.02)  # three quarters of 80
    assert np.std(totals) == pytest.approx(2 * np.sqrt(40 * 0.25 * 0.75), rel=0.1)  # binomial
    assert {v % 2 for v in totals} == {0.0}
    assert thinned("pnl_total", STATS, 0.25, 0) == totals != thinned("pnl_total", STATS, 0.25, 1)
    assert thinned("expectancy", STATS, 0.5, 0, draws=3) == [2.0] * 3
    assert thinned("sharpe_ratio", STATS, 0.1, 0) == "sharpe_ratio is no figure of the single trades"
    assert "30 are needed" in thinned("pnl_total", STATS | {"closed": [1.0]}, 0.1, 0)
