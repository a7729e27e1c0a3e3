"""The formulas, against numbers worked out by hand, and the table that users read."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.metrics import builtin
from sweep.backtest.metrics.builtin import TradeSummary
from sweep.backtest.metrics.closed_trades import ClosedTrade
from sweep.backtest.metrics.equity_path import EquityPath
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.metric_table import METRIC_TABLE

DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"


def tally(equity=("100",), closed=(), **keys):
    empty = dict.fromkeys(("unrealized", "revaluation", "fees"), Decimal(0))
    names = ("orders", "fills", "denied", "rejected", "orders_open", "orders_partial", "positions_open", "liquidations")
    counts = dict.fromkeys(names, 0)
    trades = tuple(ClosedTrade(Decimal(pnl)) for pnl in closed)
    numbers = {"equity": tuple(map(Decimal, equity)), "closed": trades, "days_per_year": 252}
    return TradeSummary(start=Decimal(100), **(empty | counts | numbers | keys))


def test_every_metric_is_there_and_in_the_tables_order():
    assert list(builtin.metrics(tally())) == list(METRIC_TABLE)


def test_a_drawdown_within_the_days_is_deeper_than_that_of_their_ends():
    # 100 -> 110 at the end of the day; on the way 120 and 90: 1 - 90 / 120 = 0.25. At days' ends there is none.
    path = EquityPath(np.array([1, 2, 3]), np.array([120.0, 90.0, 110.0]), np.array([60.0, 45.0, 0.0]))
    figures = builtin.metrics(tally(["110"], path=path))
    assert (figures["max_drawdown"], figures["max_drawdown_daily"]) == (0.25, 0.0)
    assert figures["recovery_factor"] == pytest.approx(0.1 / 0.25)
    assert figures["exposure_capital"] == pytest.approx((0.5 + 0.5 + 0) / 3)


def test_a_year_has_growth_and_calmar():
    # 2025 has 365 calendar days: 1.21^(365.25 / 365) - 1. The drawdown is 1 - 99 / 110 = 0.1.
    days = ("2025-01-01", "2025-06-30", "2025-12-31")
    figures = builtin.metrics(tally(["110", "99", "121"], days=days))
    growth = 1.21 ** (365.25 / 365) - 1
    assert figures["cagr"] == pytest.approx(growth, rel=1e-12)
    assert figures["calmar_ratio"] == pytest.approx(growth / 0.1, rel=1e-12)


def test_less_than_a_year_has_neither():
    figures = builtin.metrics(tally(["110", "99", "121"], days=("2025-01-01", "2025-06-30", "2025-12-15")))  # 349 days
    assert figures["cagr"] is figures["calmar_ratio"] is None


def test_fees_as_a_share_of_what_was_earned_before_them():
    # 20 after fees of 5: 5 / 25. After a loss of 10 with the same fees nothing was earned.
    assert builtin.metrics(tally(["120"], fees=Decimal(5)))["fees_share"] == 0.2
    assert builtin.metrics(tally(["90"], fees=Decimal(5)))["fees_share"] is None


def test_use_of_time_and_of_capital():
    # Open from 10 to 30 and from 20 to 50 of a day of 0 to 100: 40. The fills were worth 250: 2.5 times the start.
    path = EquityPath(turnover=250.0)
    figures = builtin.metrics(tally(held=((20, 50), (10, 30)), hours={0: (0, 100)}, path=path))
    assert (figures["exposure"], figures["turnover"]) == (0.4, 2.5)


@given(st.lists(st.decimals("0.01", "1e6", places=2), min_size=1), st.lists(st.decimals("-1e4", "1e4", places=2)))
def test_figures_are_finite_or_none(equity, closed):
    for value in builtin.metrics(tally(equity, closed)).values():
        assert value is None or value - value == 0


def test_the_documentation_has_this_table():
    rows = [
        line.strip("| \n").split(" | ")
        for line in DOCS.read_text().partition("## Your own")[0].splitlines()
        if line.startswith("| `") and line.count(" | ") == 3 and line.split("`")[1] not in BENCHMARK
    ]
    assert [(name.strip("` "), *texts) for name, *texts in rows] == [
        (n, m.unit, m.formula, m.undefined or "never") for n, m in METRIC_TABLE.items()
    ]
