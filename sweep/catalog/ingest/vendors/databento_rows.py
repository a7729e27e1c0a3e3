"""Quotes, trades and bars of Databento's records, as columns: what the engine's own loader would have made of them."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sweep.catalog.ingest import data_kinds
from sweep.catalog.ingest.bars_to_quotes import Ticks
from sweep.catalog.ingest.parsing.decimals import InexactError, decimals
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.row_counts import RowCounts
from sweep.catalog.ingest.parsing.tables import Progress
from sweep.catalog.ingest.vendors import dbn_format
from sweep.catalog.ingest.vendors.dbn_format import Header
from sweep.catalog.ingest.writing.engine_schema import Shelf, bars_of, quotes_of, trades_of
from sweep.catalog.ingest.writing.pending_file import PendingFile

UNDEFINED = 2**63 - 1  # a price that is none
NANO = 9  # decimals of a price in a record
BARS = {"ohlcv-1s": "1-SECOND", "ohlcv-1m": "1-MINUTE", "ohlcv-1h": "1-HOUR", "ohlcv-1d": "1-DAY"}
SECONDS = {"ohlcv-1s": 1, "ohlcv-1m": 60, "ohlcv-1h": 3600, "ohlcv-1d": 86_400}
QUOTES = {"mbp-1", "bbo-1s", "bbo-1m", "cmbp-1", "cbbo-1s", "cbbo-1m"}
TRADES = {"trades", "tbbo", "tcbbo"}
ROWS_HELD = 2_000_000  # of all instruments together, until they are written
SIDES = {b"B": "BUY", b"A": "SELL"}  # of the taker

type Drafts = dict[str, tuple[Shelf, PendingFile]]


def drafts_of(
    scratch: Path, head: Header, instruments: Mapping[str, Any], counts: Mapping[str, RowCounts], lost: Counter[str],
    layout: Layout, progress: Progress | None,
) -> tuple[Drafts, int]:  # fmt: skip
    """Quotes, trades or bars by symbol, and how many records there were."""
    shelves = {symbol: _shelf(head.schema, i) for symbol, i in instruments.items()}
    room = max(1000, ROWS_HELD // max(1, len(shelves)))
    drafts: Drafts = {}
    read = 0
    for share, some in dbn_format.records(head.path, head.schema):
        read += len(some)
        for symbol, mine in _by_symbol(head, some, lost):
            shelf = shelves[symbol]
            if symbol not in drafts:
                once = head.schema in BARS  # else equal records are fills of one match, or books that look alike
                path = scratch / f"{len(drafts)}"
                draft = PendingFile(
                    path, shelf.schema, shelf.noun, one_at_a_time=once, keeps_repeated=not once, gather=room
                )
                drafts[symbol] = shelf, draft
            drafts[symbol][1].add(_rows(head.schema, shelf, mine, instruments[symbol], counts[symbol], layout))
        if progress:
            progress(str(head.path), share, read)
    for _, draft in drafts.values():
        draft.close()
    return drafts, read


def _shelf(schema: str, instrument: Any) -> Shelf:
    if schema in BARS:
        return bars_of(instrument, f"{instrument.id}-{BARS[schema]}-LAST-EXTERNAL")
    return quotes_of(instrument) if schema in QUOTES else trades_of(instrument)


def _by_symbol(head: Header, some: Any, lost: Counter[str]) -> Iterator[tuple[str, Any]]:
    """The records of each symbol; a publisher's number may stand for one today and for another tomorrow."""
    at = "ts_event" if head.schema in BARS else "ts_recv"
    is_named = np.zeros(len(some), bool)
    for number in np.unique(some["instrument_id"]).tolist():
        spans, mine = head.symbols.get(number, []), some["instrument_id"] == number
        for start, end, symbol in spans:
            inside = mine if len({s for *_, s in spans}) == 1 else mine & (some[at] >= start) & (some[at] < end)
            inside = inside & ~is_named
            if inside.any():
                is_named |= inside
                yield symbol, some[inside]
    lost["records of an instrument that the file does not name"] += int((~is_named).sum())


def _rows(schema: str, shelf: Shelf, some: Any, instrument: Any, counts: RowCounts, layout: Layout) -> Any:
    p, s = instrument.price_precision, instrument.size_precision
    numbers = np.arange(counts.read + 1, counts.read + 1 + len(some))
    counts.read += len(some)
    if schema in BARS:
        return _bars(schema, shelf, (some, numbers), instrument, counts, layout)
    if schema in QUOTES:
        both = (some["bid_px_00"] != UNDEFINED) & (some["ask_px_00"] != UNDEFINED)
        counts.dropped["quotes with one side alone"] += int((~both).sum())
        some = some[both]
        held = {
            "bid_price": price(some["bid_px_00"], p), "ask_price": price(some["ask_px_00"], p),
            "bid_size": whole(some["bid_sz_00"], s), "ask_size": whole(some["ask_sz_00"], s),
        }  # fmt: skip
        good = data_kinds.sift("QuoteTick", held, instrument, numbers[both], layout, counts)
        ticks = Ticks(some["ts_recv"].astype(np.int64), *held.values())
        return data_kinds.ticks_table(shelf, ticks.take(good), p, s)
    return _trades(shelf, (some, numbers), instrument, counts, layout)


def _trades(shelf: Shelf, records: tuple[Any, Any], instrument: Any, counts: RowCounts, layout: Layout) -> Any:
    p, s = instrument.price_precision, instrument.size_precision
    some, numbers = records
    priced = (some["action"] == b"T") & (some["price"] != UNDEFINED)
    counts.dropped["records that are no trades"] += int((~priced).sum())
    some = some[priced]
    held = {"price": price(some["price"], p), "size": whole(some["size"], s)}
    good = data_kinds.sift("TradeTick", held, instrument, numbers[priced], layout, counts)
    sides = pa.array([SIDES.get(side, "NO_AGGRESSOR") for side in some["side"].tolist()], pa.string())
    return shelf.table({
        "price": decimals(held["price"], p), "size": decimals(held["size"], s),
        "aggressor_side": sides.cast(pa.dictionary(pa.int8(), pa.string())),
        "trade_id": pa.array(some["sequence"]).cast(pa.string()),
        **data_kinds.both_times(some["ts_recv"].astype(np.int64)),
    }).filter(pa.array(good))  # fmt: skip


def _bars(
    schema: str, shelf: Shelf, records: tuple[Any, Any], instrument: Any, counts: RowCounts, layout: Layout
) -> Any:
    p, s = instrument.price_precision, instrument.size_precision
    some, numbers = records
    ts = some["ts_event"].astype(np.int64) + SECONDS[schema] * 10**9  # a bar is known at its end
    held = {n: price(some[n], p) for n in data_kinds.OHLC} | {"volume": whole(some["volume"], s)}
    good = data_kinds.sift("Bar", held, instrument, numbers, layout, counts)
    values = {n: decimals(v, s if n == "volume" else p) for n, v in held.items()}
    return shelf.table(values | data_kinds.both_times(ts)).filter(pa.array(good))


def price(nanos: Any, digits: int) -> Any:
    """Prices of records in units of the instrument's last decimal. InexactError where it has fewer than they need."""
    step = 10 ** (NANO - digits) if digits <= NANO else 1
    off = nanos % step != 0
    if off.any():
        first = Decimal(int(nanos[off][0])).scaleb(-NANO)
        raise InexactError(int(off.sum()), "prices", digits, format(first.normalize(), "f"), NANO)
    return (nanos // step) * 10 ** max(0, digits - NANO)


def whole(sizes: Any, digits: int) -> Any:
    """Whole numbers in units of the instrument's last decimal."""
    return sizes.astype(np.int64) * 10**digits
