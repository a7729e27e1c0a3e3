"""Quotes as arrays are the quotes that the engine's reader gives, and say where a book might pass over one."""

import numpy as np
import pytest
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest.data.quote_arrays import ROWS, QuoteArrays
from sweep.backtest.data.windows import Bounds
from tests.support import markets
from tests.support.markets import SECOND

T0 = markets.ns("2026-05-04T13:30:00")


@pytest.fixture(scope="module")
def stored_quotes(tmp_path_factory):
    """A catalog of two files, the first longer than what is read at once; some quotes of one nanosecond."""
    place, stock = tmp_path_factory.mktemp("quotes") / "c", markets.equity()
    rows = [(T0 + n // 3 * SECOND, 99 + n % 7 / 100, 99.01 + n % 5 / 100) for n in range(ROWS + 5000)]
    rows += [(T0 + 10**6 * SECOND + n * SECOND, 4000.25, 4000.5) for n in range(100)]
    cut = ROWS + 5000
    path = markets.write(place, [stock], quotes=markets.quotes(stock, rows[:cut]))
    ParquetDataCatalog(path).write_quote_ticks(markets.quotes(stock, rows[cut:]))
    files = sorted(place.glob("data/quotes/**/*.parquet"))
    assert len(files) == 2
    return files, ParquetDataCatalog(path).query_quote_ticks(["SPY.ARCA"])


def test_windows_in_the_order_of_time_hold_what_the_reader_gives(stored_quotes):
    files, events = stored_quotes
    quotes, count = QuoteArrays(files), 0
    for start in (T0, T0 + 7, T0 + 5 * SECOND, T0 + 23_000 * SECOND, T0 + 10**6 * SECOND + 50 * SECOND):
        bounds = Bounds(start, start + 1000 * SECOND)
        inside = [e for e in events if bounds.start <= e.ts_init < bounds.end]
        columns = quotes.between(bounds)
        assert columns.is_smooth
        assert np.array_equal(columns.time, [e.ts_init for e in inside])
        assert np.allclose(columns.bid, [e.bid_price.as_double() for e in inside], rtol=1e-15)
        assert np.allclose(columns.ask, [e.ask_price.as_double() for e in inside], rtol=1e-15)
        count += len(inside)
    assert count > 7000


def test_past_the_last_quote_there_is_nothing(stored_quotes):
    assert len(QuoteArrays(stored_quotes[0]).between(Bounds(T0 + 10**8 * SECOND, T0 + 10**9 * SECOND)).bid) == 0


@pytest.mark.parametrize("size", [None, 0], ids=["an older one", "one of no size"])
def test_quotes_that_a_book_passes_over_are_not_smooth(tmp_path, size):
    stock = markets.equity()
    quotes = markets.quotes(stock, [(T0 + n * SECOND, 99.0, 99.01) for n in range(10)])
    quotes[5] = markets.later(quotes[5], 2 * SECOND) if size is None else markets.sized(quotes[5], size)
    markets.write(tmp_path / "c", [stock], quotes=quotes)
    read = QuoteArrays(list((tmp_path / "c").glob("data/quotes/**/*.parquet"))).between(Bounds(T0, T0 + 100 * SECOND))
    assert len(read.bid) == 10
    assert not read.is_smooth
