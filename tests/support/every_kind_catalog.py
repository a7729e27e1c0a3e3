"""A tiny catalog of every kind of market data, for tests of what a strategy hears."""

from pathlib import Path

from nautilus_trader.model import (
    IndexPriceUpdate,
    InstrumentClose,
    InstrumentCloseType,
    InstrumentStatus,
    MarketStatusAction,
    MarkPriceUpdate,
    Price,
)
from nautilus_trader.persistence import ParquetDataCatalog

from tests.support import books, markets
from tests.support.markets import SECOND, ns

T0 = ns("2026-05-04T14:00:00")
NAME = "BTCUSDT-PERP.BINANCE"
BARS = f"{NAME}-1-MINUTE-LAST-EXTERNAL"
BIDS, ASKS = [(100.0, 1.0), (99.0, 2.0), (98.0, 5.0)], [(101.0, 1.0), (102.0, 2.0), (104.0, 5.0)]


def write(place: Path) -> str:
    """Six seconds of everything of a perpetual; the book never changes."""
    perpetual = markets.perpetual()
    times = [T0 + i * SECOND for i in range(6)]
    catalog_path = markets.write(
        place,
        [perpetual],
        quotes=markets.quotes(perpetual, [(t, 100 + i / 10, 101 + i / 10) for i, t in enumerate(times)]),
        trades=markets.trades(perpetual, [(t, 100.5) for t in times]),
        bars=markets.bars(BARS, [(times[-1], 100, 101, 99, 100)], digits=1, size_digits=3),
    )
    books.write_books(
        catalog_path,
        deltas=[d for t in times for d in books.snapshot(perpetual, t, BIDS, ASKS)],
        depths=[books.depth(perpetual, t, BIDS, ASKS) for t in times],
    )
    books.write_funding(catalog_path, perpetual, [(times[1], "0.0001"), (times[4], "-0.0002")])
    price, catalog = Price.from_str("100.4"), ParquetDataCatalog(catalog_path)
    catalog.write_mark_price_updates([MarkPriceUpdate(perpetual.id, price, t, t) for t in times])
    catalog.write_index_price_updates([IndexPriceUpdate(perpetual.id, price, t, t) for t in times])
    halted, opened = MarketStatusAction.HALT, MarketStatusAction.TRADING
    statuses = [(times[2], halted), (times[3] + 1, opened)]
    catalog.write_instrument_statuses([InstrumentStatus(perpetual.id, action, t, t) for t, action in statuses])
    end = times[-1] + 1
    catalog.write_instrument_closes(
        [InstrumentClose(perpetual.id, price, InstrumentCloseType.END_OF_SESSION, end, end)]
    )
    return catalog_path
