"""The formulas, against numbers worked out by hand, and the table that users read."""

from decimal import Decimal
from math import sqrt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.metrics import builtin
from sweep.backtest.metrics.builtin import TradeSummary
from sweep.spec.metric_table import METRIC_TABLE

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"


def tally(equity=("100",), closed=(), **keys):
    empty = dict.fromkeys(("unrealized", "revaluation", "fees"), Decimal(0))
    names = ("orders", "fills", "denied", "rejected", "orders_open", "orders_partial", "positions_open", "liquidations")
    counts = dict.fromkeys(names, 0)
    numbers = {"equity": tuple(map(Decimal, equity)), "closed": tuple(map(Decimal, closed)), "days_per_year": 252}
    return TradeSummary(start=Decimal(100), **(empty | counts | numbers | keys))


def test_every_metric_is_there_and_in_the_tables_order():
    assert list(builtin.metrics(tally())) == list(METRIC_TABLE)


def test_trades():
    # 3 wins of 4, 2, 4; 1 loss of 5; 1 break-even.
    figures = builtin.trade_figures([Decimal(x) for x in (4, -5, 0, 2, 4)])
    assert figures == {"trades": 5, "win_rate": 0.6, "profit_factor": 2.0, "expectancy": 1.0}


def test_no_loss_has_no_profit_factor():
    assert builtin.trade_figures([Decimal(4)])["profit_factor"] is None


def test_returns_sharpe_and_sortino():
    # 100 -> 110 -> 99 -> 99: +0.1, -0.1, 0. mean 0, so both ratios are 0.
    returns = builtin.daily_returns(Decimal(100), [Decimal(x) for x in (110, 99, 99)])
    assert returns == pytest.approx((0.1, -0.1, 0.0), abs=1e-15)
    # +0.02, -0.01: mean 0.005, stdev 0.03 / sqrt(2), downside sqrt(0.0001 / 2).
    assert builtin.sharpe_ratio([0.02, -0.01], 252) == pytest.approx(0.005 / (0.03 / sqrt(2)) * sqrt(252), rel=1e-12)
    assert builtin.sortino_ratio([0.02, -0.01], 365) == pytest.approx(0.005 / sqrt(0.00005) * sqrt(365), rel=1e-12)


@pytest.mark.parametrize("returns", [[], [0.1], [0.0, 0.0]])
def test_no_variation_no_ratio(returns):
    assert builtin.sharpe_ratio(returns, 252) is None
    assert builtin.sortino_ratio(returns, 252) is None


def test_no_losing_day_has_no_sortino():
    assert builtin.sortino_ratio([0.1, 0.2], 252) is None


def test_drawdown():
    # Peaks 100, 120; troughs 90 (0.1) and 84 (0.3).
    assert builtin.max_drawdown(Decimal(100), [Decimal(x) for x in (90, 120, 84, 110)]) == 0.3
    assert builtin.max_drawdown(Decimal(100), [Decimal(101)]) == 0.0


@given(st.lists(st.decimals("0.01", "1e6", places=2), min_size=1), st.lists(st.decimals("-1e4", "1e4", places=2)))
def test_figures_are_finite_or_none(equity, closed):
    for value in builtin.metrics(tally(equity, closed)).values():
        assert value is None or value - value == 0


def test_the_documentation_has_this_table():
    rows = [
        line.strip("| \n").split(" | ")
        for line in DOCS.read_text().partition("## Your own")[0].splitlines()
        if line.startswith("| `")
    ]
    assert [(name.strip("` "), unit, text) for name, unit, text in rows] == [
        (n, m.unit, m.formula) for n, m in METRIC_TABLE.items()
    ]
