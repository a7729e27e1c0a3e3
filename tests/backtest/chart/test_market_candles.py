"""Candles of quotes, trades and bars as the catalog has them."""

import json
import subprocess
import sys

import pytest

from sweep.backtest.chart import market_candles as module
from sweep.backtest.chart.market_candles import market_candles
from tests.support import markets, sweeps

BEGIN = markets.ns("2026-05-04T13:30:00")


def read(path, entry, **data):
    spy = markets.equity(margin="0.5")
    catalog = markets.write(path, [spy], **{name: rows_of(spy) for name, rows_of in data.items()})
    return market_candles(sweeps.spec(catalog, {}, data=[entry]), ["SPY.ARCA", "OTHER.ARCA"])


@pytest.mark.parametrize("rows_at_once", [1, 2, module.ROWS])
def test_mids_of_quotes_within_the_period(tmp_path, monkeypatch, rows_at_once):
    monkeypatch.setattr(module, "ROWS", rows_at_once)
    rows = [(BEGIN + n * markets.SECOND // 2, 700.0 + n, 700.5 + n) for n in range(5)]
    after = (markets.ns("2026-05-06T00:00:00"), 1.0, 2.0)
    entry = {"type": "QuoteTick", "instruments": ["SPY.ARCA"]}
    every = read(tmp_path, entry, quotes=lambda spy: markets.quotes(spy, [*rows, after], size=1000))
    assert list(every) == ["SPY.ARCA"] and every["SPY.ARCA"].currency == "USD"
    assert every["SPY.ARCA"].opens.tolist() == pytest.approx([700.25, 702.25, 704.25])
    assert every["SPY.ARCA"].closes.tolist() == pytest.approx([701.25, 703.25, 704.25])
    assert every["SPY.ARCA"].starts.tolist() == [BEGIN // markets.SECOND + n for n in range(3)]


def test_trades_where_there_are_no_quotes(tmp_path):
    rows = [(BEGIN + n * markets.SECOND, 700.0 + n) for n in range(3)]
    entry = {"type": "TradeTick", "instruments": ["SPY.ARCA"]}
    every = read(tmp_path, entry, trades=lambda spy: markets.trades(spy, rows))
    assert every["SPY.ARCA"].opens.tolist() == every["SPY.ARCA"].lows.tolist() == [700, 701, 702]


def test_a_chart_does_not_wait_for_pandas(tmp_path):
    """Its import in the middle of a trial costs half a second, and leaves traces in the process."""
    code = """
import json, sys
from sweep.backtest.chart.market_candles import market_candles
assert len(market_candles(json.loads(sys.argv[1]), ["SPY.ARCA"])["SPY.ARCA"].starts)
print("pandas" in sys.modules)
"""
    backtest = sweeps.spec(sweeps.catalog(tmp_path, minutes=1), {})
    command = [sys.executable, "-c", code, json.dumps(backtest)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.stdout == "False\n", process.stderr
