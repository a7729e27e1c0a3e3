"""The formulas, against numbers worked out by hand."""

from decimal import Decimal
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.metrics import closed_trades
from sweep.backtest.metrics.closed_trades import ClosedTrade


def pnls(*values):
    return [Decimal(value) for value in values]


def test_trades():
    # 3 wins of 4, 2, 4; 1 loss of 5; 1 break-even.
    figures = closed_trades.trade_figures(pnls(4, -5, 0, 2, 4))
    assert figures == {"trades": 5, "win_rate": 0.6, "profit_factor": 2.0, "expectancy": 1.0}


def test_no_loss_has_no_profit_factor():
    assert closed_trades.trade_figures(pnls(4))["profit_factor"] is None


def test_sizes():
    # Wins 6 and 2: mean 4. Losses 1, 3 in a row, then 2: mean -2. Payoff 2. Kelly: 2/6 - (4/6) / 2 = 0.
    # Mean of all (6 - 1 - 3 + 2 - 2 + 0) / 6 = 1/3.
    figures = closed_trades.size_figures(pnls(6, -1, -3, 2, -2, 0))
    sqn = figures.pop("sqn")
    assert figures == pytest.approx({
        "average_trade": 1 / 3, "average_win": 4.0, "average_loss": -2.0, "payoff_ratio": 2.0, "largest_win": 6.0,
        "largest_loss": -3.0, "losing_streak": 2, "kelly_fraction": 0.0,
    })  # fmt: skip
    # Squares of the distances from 1/3: sum of squares 54 - 6 / 9 = 160/3; stdev sqrt(160 / 3 / 5).
    assert sqn == pytest.approx(1 / 3 / sqrt(160 / 15) * sqrt(6))


def test_trades_count_to_100_in_the_system_quality_number():
    # 150 times 1 and 50 times -1: mean 0.5, stdev sqrt(200 / 199 * 0.75).
    assert closed_trades.system_quality([1.0] * 150 + [-1.0] * 50) == pytest.approx(0.5 / sqrt(200 / 199 * 0.75) * 10)


def test_without_trades_sizes_are_undefined():
    figures = closed_trades.size_figures([])
    assert figures.pop("losing_streak") == 0
    assert set(figures.values()) == {None}
    assert closed_trades.size_figures(pnls(1, 2))["kelly_fraction"] is None, "no loss, no payoff"


def test_sides_and_holding_times():
    seconds = 10**9
    closed = [
        ClosedTrade(Decimal(5), True, 0, 10 * seconds), ClosedTrade(Decimal(-2), True, 0, 40 * seconds),
        ClosedTrade(Decimal(-1), False, 0, 10 * seconds),
    ]  # fmt: skip
    assert closed_trades.side_figures(closed) == {
        "trades_long": 2, "pnl_long": 3.0, "win_rate_long": 0.5,
        "trades_short": 1, "pnl_short": -1.0, "win_rate_short": 0.0,
    }  # fmt: skip
    assert closed_trades.holding_figures(closed) == {
        "holding_time": 20.0, "holding_time_median": 10.0, "holding_time_longest": 40.0
    }  # fmt: skip
    assert closed_trades.side_figures([])["win_rate_short"] is None


def test_time_share():
    # Two days of 100 and 50; open over night from 80 to 1010: 20 + 10, and at 1040 to the end, 10.
    hours = [(0, 100), (1000, 1050)]
    assert closed_trades.time_share([(80, 1010), (1040, 2000)], hours) == 40 / 150
    assert closed_trades.time_share([], hours) == 0.0
    assert closed_trades.time_share([(0, 1)], [(5, 5)]) is None
    assert closed_trades.time_share([(0, 1)], []) is None


TIMES = st.integers(0, 1000)


@given(st.lists(st.tuples(TIMES, TIMES).map(sorted).map(tuple), max_size=8), st.lists(TIMES, max_size=6, unique=True))
def test_time_share_is_the_share_of_the_moments(spans, edges):
    hours = list(zip(*[iter(sorted(edges))] * 2, strict=False))
    moments = [t for first, last in hours for t in range(first, last)]
    held = [t for t in moments if any(begin <= t < end for begin, end in spans)]
    expected = len(held) / len(moments) if moments else None
    assert closed_trades.time_share(spans, hours) == (expected if expected is None else pytest.approx(expected))
