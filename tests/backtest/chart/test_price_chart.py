"""Candles and trades as data of the chart."""

import numpy as np
import pytest

from sweep.backtest.chart.candles import Candles, Prices, candles
from sweep.backtest.chart.price_chart import chart_content
from sweep.backtest.records import BacktestRecord, Order, Position

S = 10**9


def order(parent: str, price: float | None, trigger: float | None) -> Order:
    return Order(
        0, 0, "A.X", "SELL", "LIMIT", "GTC", 1.0, 0.0, price, trigger, None, "CANCELED", "", "", "c", parent, "p"
    )


def record() -> BacktestRecord:
    closed = Position(5 * S, 9 * S, 5 * S, "A.X", "LONG", 1.0, 1.5, 2.25, 0.745, 0.0, "first", "c", "p1")
    still = Position(9 * S, None, 9 * S, "A.X", "SHORT", 2.0, 2.0, None, -1.0, 0.0, "second", "", "p2")
    orders = (order("first", 2.25, None), order("first", None, 1.0), order("", 7.0, None))
    return BacktestRecord("USD", 100.0, (), orders, (), (closed, still), (), {}, {}, list, lambda _: [])


def ticks(times, values) -> Candles:
    return candles([Prices(times, values, values, values, values)])


def decoded(market) -> list[list[float]]:
    """Open, high, low and close of each candle, as the page decodes them."""
    before, rows = 0, []
    for step, high, low, close in zip(market["o"], market["h"], market["l"], market["c"], strict=True):
        opened = before + step
        rows.append(
            [value / 10 ** market["decimals"] for value in (opened, opened + high, opened + low, opened + close)]
        )
        before = opened + close
    return rows


def test_candles_and_trades_by_hand():
    mids = np.array([1.5, 1.625, 1.25, 2.25])
    content = chart_content(record(), {"A.X": ticks(np.array([5, 6, 9, 9]) * S, mids)})
    (market,) = content["instruments"]
    assert (market["id"], market["seconds"], market["first"], market["steps"]) == ("A.X", 1, 5, [0, 1, 3])
    assert decoded(market) == [[1.5] * 4, [1.625] * 4, [1.25, 2.25, 1.25, 2.25]]
    closed, still = content["trades"]
    assert (closed["opened"], closed["closed"], closed["entry"], closed["exit"]) == (5, 9, 1.5, 2.25)
    assert (closed["pnl"], closed["stop"], closed["target"]) == (pytest.approx(0.745, abs=0.006), 1.0, 2.25)
    assert (still["closed"], still["exit"], still["stop"], still["side"]) == (None, None, None, "SHORT")


def test_prices_of_few_decimals_are_kept_to_the_last_one():
    values = np.round(np.random.default_rng(0).normal(1.1, 0.01, 500), 5)
    (market,) = chart_content(record(), {"A.X": ticks(np.arange(500) * S, values)})["instruments"]
    assert [row[3] for row in decoded(market)] == values.tolist()
