"""The newest price marks a position, whatever kind of data it comes from: computed by hand on a few events."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nautilus_trader.model import InstrumentClose, InstrumentCloseType, MarkPriceUpdate, Price
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest import run
from sweep.backtest.accounting.marks import Marks
from sweep.backtest.data.entries import DataEntry
from tests.support import books
from tests.support.markets import DAY, HOUR, bars, equity, ns, quotes, trades, write
from tests.support.trials import strategy, trial

STOCK, T0 = equity(), ns("2026-05-04T14:00:00")
BARS = {side: f"SPY.ARCA-1-HOUR-{side}-EXTERNAL" for side in ("BID", "ASK", "LAST")}
LATER = T0 + DAY


def quoted(folder: str, time: int) -> None:
    write(Path(folder), [STOCK], quotes=quotes(STOCK, [(time, 90.0, 90.5)]))


def traded(folder: str, time: int) -> None:
    write(Path(folder), [STOCK], trades=trades(STOCK, [(time, 80.0)]))


def barred(folder: str, time: int) -> None:
    write(Path(folder), [STOCK], bars=bars(BARS["LAST"], [(time, 70.0, 70.0, 70.0, 70.0)]))


def barred_by_side(folder: str, time: int) -> None:
    rows = [bar for side, at in (("BID", 60.0), ("ASK", 60.5)) for bar in bars(BARS[side], [(time, at, at, at, at)])]
    write(Path(folder), [STOCK], bars=rows)


def deltas(folder: str, time: int) -> None:
    books.write_books(folder, deltas=books.snapshot(STOCK, time, [(50.0, 5), (49.0, 5)], [(50.5, 5), (51.0, 5)]))


def depths(folder: str, time: int) -> None:
    books.write_books(folder, depths=[books.depth(STOCK, time, [(40.0, 5), (39.0, 5)], [(40.5, 5), (41.0, 5)])])


def averaged(folder: str, time: int) -> None:
    ParquetDataCatalog(folder).write_mark_price_updates([MarkPriceUpdate(STOCK.id, Price(30.0, 2), time, time)])


def closed(folder: str, time: int) -> None:
    kind = InstrumentCloseType.END_OF_SESSION
    ParquetDataCatalog(folder).write_instrument_closes([InstrumentClose(STOCK.id, Price(20.0, 2), kind, time, time)])


NAMED = {"type": "OrderBookDelta", "instruments": ["SPY.ARCA"]}
KINDS: dict[str, tuple[Callable[[str, int], None], dict[str, Any], tuple[float, float]]] = {
    "quotes": (quoted, {}, (90.0, 90.5)),
    "trades": (traded, NAMED | {"type": "TradeTick"}, (80.0, 80.0)),
    "bars": (barred, {"type": "Bar", "bar_types": [BARS["LAST"]]}, (70.0, 70.0)),
    "bars of both sides": (barred_by_side, {"type": "Bar", "bar_types": [BARS["BID"], BARS["ASK"]]}, (60.0, 60.5)),
    "book deltas": (deltas, NAMED, (50.0, 50.5)),
    "book depths": (depths, NAMED | {"type": "OrderBookDepth"}, (40.0, 40.5)),
    "mark prices": (averaged, NAMED | {"type": "MarkPriceUpdate"}, (30.0, 30.0)),
    "closes": (closed, NAMED | {"type": "InstrumentClose"}, (20.0, 20.0)),
}


def held(folder: Path, kind: str, time: int, size: int) -> float | None:
    """Open PnL of a position that was opened at the first quote, 100.00 to 100.02, after one more event."""
    put, entry, _ = KINDS[kind]
    write(folder, [STOCK], quotes=quotes(STOCK, [(T0, 100.0, 100.02), (T0 + HOUR, 100.0, 100.02)]))
    put(str(folder), time)
    data = [NAMED | {"type": "QuoteTick"}, *([entry] if entry else [])]
    result = run(trial(str(folder), strategy(orders=[[0, size]]), data=data))
    assert result.metrics["positions_open"] == 1
    return result.metrics["pnl_unrealized"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_newest_kind_marks_a_long_and_a_short(tmp_path: Path, kind: str):
    bid, ask = KINDS[kind][2]
    assert held(tmp_path / "long", kind, LATER, 10) == pytest.approx(10 * (bid - 100.02))
    assert held(tmp_path / "short", kind, LATER, -10) == pytest.approx(10 * (100.0 - ask))


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "quotes"])
def test_a_newer_quote_counts_more_than_any_other_kind(tmp_path: Path, kind: str):
    for n, time in enumerate((T0 + HOUR - 1, T0 + HOUR)):  # before the last quote, and with it
        assert held(tmp_path / str(n), kind, time, 10) == pytest.approx(10 * (100.0 - 100.02))


class NoPrices:
    def quote(self, _: Any) -> None:
        return None


def test_an_empty_side_of_a_book_is_no_price():
    marks = Marks(NoPrices(), [], [DataEntry("OrderBookDelta", ("SPY.ARCA",))])
    marks.follow("OrderBookDelta", books.snapshot(STOCK, 1, [(50.0, 5)], []))
    assert marks.newest(STOCK.id) is None
    marks.follow("OrderBookDelta", books.snapshot(STOCK, 2, [(50.0, 5)], [(50.5, 5)]))
    assert str(getattr(marks.newest(STOCK.id), "bid", None)) == "50.00"
