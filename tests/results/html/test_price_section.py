"""Candles and trades as data of the chart."""

import json

import numpy as np
import pytest

from sweep.backtest.records import BacktestRecord, Order, Position
from sweep.results.curves.candles import Prices
from sweep.results.html.price_section import closed_trades, price_chart, price_data, stored_chart
from sweep.results.report import Report
from tests.results.ledgers import written

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
    content = price_chart(record(), {"A.X": Prices(np.array([5, 6, 9, 9]) * S, mids, mids, mids, mids)})
    (market,) = content["instruments"]
    assert (market["id"], market["seconds"], market["first"], market["steps"]) == ("A.X", 1, 5, [0, 1, 3])
    assert decoded(market) == [[1.5] * 4, [1.625] * 4, [1.25, 2.25, 1.25, 2.25]]
    closed, still = content["trades"]
    assert (closed["opened"], closed["closed"], closed["entry"], closed["exit"]) == (5, 9, 1.5, 2.25)
    assert (closed["pnl"], closed["stop"], closed["target"]) == (pytest.approx(0.745, abs=0.006), 1.0, 2.25)
    chart = {"trial": 3, **content}
    assert closed_trades(chart, 3) == [(5 * S, closed["pnl"])]
    assert closed_trades(chart, 4) == closed_trades(None, 3) == []
    assert (still["closed"], still["exit"], still["stop"], still["side"]) == (None, None, None, "SHORT")


def test_prices_of_few_decimals_are_kept_to_the_last_one():
    values = np.round(np.random.default_rng(0).normal(1.1, 0.01, 500), 5)
    prices = Prices(np.arange(500) * S, values, values, values, values)
    (market,) = price_chart(record(), {"A.X": prices})["instruments"]
    assert [row[3] for row in decoded(market)] == values.tolist()


MARKET = {"id": "A.X", "seconds": 1, "first": 5, "decimals": 3, **{key: [0] for key in ("steps", "o", "h", "l", "c")}}
TRADE = {
    "instrument": "A.X", "strategy": "", "side": "LONG", "quantity": 1, "opened": 5, "closed": None, "entry": 1.5,
    "exit": None, "pnl": -1, "stop": None, "target": 2.25,
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff", b"[" * 100_000, b"[]", b"null", b'{"trial": 1}', {"trial": "1"}, {"instruments": {}},
        {"instruments": [MARKET | {"decimals": 10**6}]}, {"instruments": [MARKET | {"o": [10**30]}]},
        {"instruments": [MARKET | {"id": 5}]}, {"trades": [TRADE | {"pnl": float("nan")}]},
        {"trades": [TRADE | {"opened": 10**15}]}, {"trades": [TRADE | {"pnl": "9"}]}, {"trades": [{}]},
    ],
    ids=range(15),
)  # fmt: skip
def test_a_file_that_is_no_chart_counts_as_none(tmp_path, content):
    folder = written(tmp_path / "made-00000000")
    with folder.open() as ledger:
        rows = list(ledger.rows())
    whole = {"key": rows[1].key, "trial": 1, "instruments": [MARKET], "trades": [TRADE]}
    folder.chart.write_bytes(content if isinstance(content, bytes) else json.dumps(whole | content).encode())
    assert price_data(folder, rows) is None and stored_chart(folder) is None


def test_a_chart_of_another_trial_is_not_shown(tmp_path):
    folder = written(tmp_path / "made-00000000")
    with folder.open() as ledger:
        rows = list(ledger.rows())
    assert price_data(folder, rows) is None
    content = {"key": rows[1].key, "trial": 1, "instruments": [MARKET], "trades": [TRADE]}
    folder.chart.write_text(json.dumps(content))
    assert price_data(folder, rows) == content
    folder.chart.write_text(json.dumps(content | {"key": "of a trial that had other settings"}))
    assert price_data(folder, rows) is None
    page = Report(folder).write_html().read_text()
    assert 'id="price-chart"' not in page
    assert "<code>sweep report made-00000000</code> runs the best trial again" in page
