"""Prices of quotes, trades and bars as the catalog has them."""

import pytest

from sweep.results.curves.market_prices import market_prices
from tests.support import markets, sweeps

BEGIN = markets.ns("2026-05-04T13:30:00")


def prices(path, entry, **data):
    spy = markets.equity(margin="0.5")
    catalog = markets.write(path, [spy], **{name: rows_of(spy) for name, rows_of in data.items()})
    return market_prices(sweeps.spec(catalog, {}, data=[entry]), ["SPY.ARCA", "OTHER.ARCA"])


def test_mids_of_quotes_within_the_period(tmp_path):
    rows = [(BEGIN + n * markets.SECOND, 700.0 + n, 700.5 + n) for n in range(3)]
    after = (markets.ns("2026-05-06T00:00:00"), 1.0, 2.0)
    entry = {"type": "QuoteTick", "instruments": ["SPY.ARCA"]}
    read = prices(tmp_path, entry, quotes=lambda spy: markets.quotes(spy, [*rows, after], size=1000))
    assert list(read) == ["SPY.ARCA"]
    assert read["SPY.ARCA"].closes.tolist() == pytest.approx([700.25, 701.25, 702.25])
    assert read["SPY.ARCA"].times.tolist() == [row[0] for row in rows]


def test_trades_where_there_are_no_quotes(tmp_path):
    rows = [(BEGIN + n * markets.SECOND, 700.0 + n) for n in range(3)]
    entry = {"type": "TradeTick", "instruments": ["SPY.ARCA"]}
    read = prices(tmp_path, entry, trades=lambda spy: markets.trades(spy, rows))
    assert read["SPY.ARCA"].opens.tolist() == read["SPY.ARCA"].lows.tolist() == [700, 701, 702]
