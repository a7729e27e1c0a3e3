"""Figures of samples of days, against the metrics of trials and by hand."""

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.metrics.closed_trades import size_figures, trade_figures
from sweep.backtest.metrics.daily import return_figures
from sweep.results.statistics.objective.drawn_figures import FIGURES, Days, Sample, path_figures
from sweep.results.statistics.trial_panel import ClosedPositions

ONCE = np.arange(3)[None, :]
PNLS = st.integers(-30_000, 30_000) | st.sampled_from([30_000, 30_001])  # cents


def positions(*trades: tuple[int, int, float]) -> ClosedPositions:
    """Closed positions by trial, day and PnL."""
    trials, days, pnls = zip(*trades, strict=True) if trades else ((), (), ())
    return ClosedPositions(np.array(trials, np.int64), np.array(days, np.int64), np.array(pnls, np.float64))


def figures(closed: ClosedPositions, order: Any = ONCE, returns: Any = None) -> dict[str, Any]:
    """Every figure of samples of three days."""
    returns = np.array([[0.01, 0.0], [-0.02, 0.0], [0.03, 0.0]]) if returns is None else returns
    sample = Sample(Days(returns, np.array([1_000.0, 500.0]), 252, closed), np.array(order))
    return {name: figure(sample).tolist() for name, figure in FIGURES.items()}


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), PNLS), max_size=250))
def test_with_each_day_once_they_are_the_metrics_of_the_trial(trades):
    drawn = figures(positions(*((trial, day, cents / 100) for trial, day, cents in trades)))
    for trial in (0, 1):
        pnls = [Decimal(cents) / 100 for own, _, cents in trades if own == trial]
        metrics = trade_figures(pnls) | size_figures(pnls)
        for name in ("trades", "sqn", "profit_factor", "expectancy", "average_trade", "kelly_fraction"):
            expected = np.nan if metrics[name] is None else metrics[name]
            assert drawn[name][0][trial] == pytest.approx(expected, rel=1e-6, abs=1e-9, nan_ok=True), name


def test_those_of_daily_returns_are_the_metrics_of_the_trial():
    drawn, metrics = figures(positions()), return_figures([0.01, -0.02, 0.03], 252)
    for name in ("sharpe_ratio", "sortino_ratio"):
        assert drawn[name][0][0] == pytest.approx(metrics[name])
        assert np.isnan(drawn[name][0][1]), "a trial without variation has none"
    assert drawn["return_total"][0] == pytest.approx([0.02, 0])
    assert drawn["pnl_total"][0] == pytest.approx([20, 0])


def test_a_day_that_is_drawn_twice_counts_twice_with_all_of_its_trades():
    closed = positions((0, 0, 10.0), (0, 0, -4.0), (0, 1, -3.0), (0, 2, 7.0), (1, 1, 5.0))
    drawn = figures(closed, [[0, 0, 1], [2, 2, 2]])
    assert drawn["trades"] == [[5, 1], [3, 0]]
    assert drawn["expectancy"] == [[pytest.approx(9 / 5), 5], [7, pytest.approx(np.nan, nan_ok=True)]]
    assert drawn["profit_factor"][0][0] == pytest.approx(20 / 11)
    spread = np.std([10, 10, -4, -4, -3], ddof=1)
    assert drawn["sqn"][0][0] == pytest.approx(9 / 5 / spread * np.sqrt(5))
    assert np.isnan(drawn["sqn"][1]).all(), "all with the same PnL"


def test_without_an_edge_means_are_zero_and_nothing_else_changes():
    closed = positions((0, 0, 10.0), (0, 1, -4.0), (0, 1, 3.0), (1, 2, 5.0))
    days = Days(np.array([[0.01, 0.02], [-0.02, 0.0], [0.04, 0.01]]), np.ones(2), 252, closed).without_edge()
    assert days.returns.mean(axis=0) == pytest.approx([0, 0])
    assert days.returns[:, 0] == pytest.approx([0, -0.03, 0.03])
    assert days.positions is not None
    assert days.positions.pnls.tolist() == [7, -7, 0, 0]
    drawn = Sample(days, ONCE)
    assert FIGURES["profit_factor"](drawn)[0][0] == 1
    assert FIGURES["kelly_fraction"](drawn)[0][0] == pytest.approx(1 / 3 - 2 / 3), "break-even trades win nothing"


def test_figures_of_a_path_by_hand():
    # 100, 110, 88, 99: 20 % from the peak, a gain of -1 %; the other falls from the start to 90 and ends at 108.
    values = np.array([[0.1, -0.1], [-0.2, 0.1], [0.125, 12 / 11 - 1]])
    figures = path_figures(np.log1p(values), year=6)
    assert figures["max_drawdown"].tolist() == pytest.approx([0.2, 0.1])
    assert figures["recovery_factor"].tolist() == pytest.approx([-0.01 / 0.2, 0.08 / 0.1])
    assert figures["calmar_ratio"].tolist() == pytest.approx([(0.99**2 - 1) / 0.2, (1.08**2 - 1) / 0.1])
    assert figures["max_drawdown_daily"].tolist() == figures["max_drawdown"].tolist()
    flat = path_figures(np.zeros((5, 1)), year=252)
    assert [value.tolist() for value in flat.values()] == [[0], [0], [0], [0]]


def test_the_path_follows_the_order_of_the_days():
    drawn = figures(positions(), [[0, 1, 2], [1, 0, 2]])
    assert [row[0] for row in drawn["max_drawdown"]] == pytest.approx([0.02, 0.02])
    assert [row[0] for row in figures(positions(), [[1, 1, 0]])["max_drawdown"]] == pytest.approx([1 - 0.98**2])
