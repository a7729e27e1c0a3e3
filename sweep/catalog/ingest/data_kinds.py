"""The kinds of market data: which columns each wants, and how they become the engine's. What cannot be is dropped."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog.ingest.bars_to_quotes import Ticks, possible
from sweep.catalog.ingest.parsing import columns
from sweep.catalog.ingest.parsing.columns import Ints
from sweep.catalog.ingest.parsing.decimals import DECIMAL, decimals
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.tables import ColumnRequest
from sweep.catalog.ingest.writing.engine_schema import Shelf, bars_of, quotes_of, trades_of

OHLC = ("open", "high", "low", "close")


class Ids:
    """Ids of trades that have none: their time, and of those of one time their number."""

    def __init__(self) -> None:
        self._last, self._count = -1, 0

    def of(self, ts: Ints) -> Any:
        """One id for each time; the same for the same file, however it is cut into parts."""
        starts = np.flatnonzero(np.concatenate(([True], np.diff(ts) != 0))) if len(ts) else np.empty(0, np.int64)
        lengths = np.diff(np.append(starts, len(ts)))
        number = np.arange(len(ts)) - np.repeat(starts, lengths)
        if len(ts) and ts[0] == self._last:
            number[: lengths[0]] += self._count
        if len(ts):
            self._last, self._count = int(ts[-1]), int(number[-1]) + 1
        return pa.array([f"{t}-{n}" if n else str(t) for t, n in zip(ts.tolist(), number.tolist(), strict=True)])


@dataclass(slots=True)
class Counts:
    """Rows that are left out, and rows that are worth a look, by reason."""

    dropped: Counter[str] = field(default_factory=Counter[str])
    noticed: Counter[str] = field(default_factory=Counter[str])
    ids: Ids = field(default_factory=Ids)


@dataclass(frozen=True, slots=True)
class IngestKind:
    """A kind of market data of one instrument."""

    shelf: Shelf
    wanted: ColumnRequest
    rows: Callable[[Any, Layout, Counts], Any]  # a table by our names → one in the engine's schema
    one_at_a_time: bool = False


def full(table: Any, noun: str, counts: Counts) -> Any:
    """The rows without an empty field; a float that is no number is empty."""
    for n, column in enumerate(table.schema):
        if pa.types.is_floating(column.type):
            values = table.column(n)
            table = table.set_column(n, column.name, pc.if_else(pc.is_nan(values), None, values))
    kept = table.drop_null() if any(c.null_count for c in table.columns) else table
    counts.dropped[f"{noun} with an empty field"] += len(table) - len(kept)
    return kept


def quotes(instrument: Any, size: str) -> IngestKind:
    """Bid and ask, and their sizes; `size` on both sides where a file has none."""
    p, s = instrument.price_precision, instrument.size_precision
    shelf, same = quotes_of(instrument), one_size(size, s)
    digits = {"bid": p, "ask": p, "bid_size": s, "ask_size": s}

    def rows(table: Any, layout: Layout, counts: Counts) -> Any:
        table = full(table, shelf.noun, counts)
        ts = columns.moments(table["time"], layout)
        bid, ask = (columns.numbers(table[n], p, "prices") for n in ("bid", "ask"))
        sizes = (
            columns.numbers(table[n], s, "sizes") if n in table.column_names else np.full(len(ts), same)
            for n in ("bid_size", "ask_size")
        )  # fmt: skip
        return ticks_table(shelf, possible(Ticks(ts, bid, ask, *sizes), counts.dropped, counts.noticed), p, s)

    return IngestKind(shelf, ColumnRequest(("time", "bid", "ask"), ("bid_size", "ask_size"), digits), rows)


def one_size(text: str, digits: int) -> int:
    """The size on both sides of a quote. InexactError where an instrument cannot have it."""
    return int(columns.numbers(pa.array([Decimal(text)], DECIMAL), digits, "sizes")[0])


def ticks_table(shelf: Shelf, ticks: Ticks, p: int, s: int) -> Any:
    """Quotes as the engine keeps them."""
    prices = {"bid_price": decimals(ticks.bid, p), "ask_price": decimals(ticks.ask, p)}
    sizes = {"bid_size": decimals(ticks.bid_size, s), "ask_size": decimals(ticks.ask_size, s)}
    return shelf.table({**prices, **sizes, **both_times(ticks.ts)})


def both_times(ts: Ints) -> dict[str, Any]:
    """A row is known when it happens."""
    times = pa.array(ts, pa.timestamp("ns", "UTC"))
    return {"ts_event": times, "ts_init": times}


def trades(instrument: Any) -> IngestKind:
    """Price and size; where a file has them the taker's side and the trade's id."""
    p, s = instrument.price_precision, instrument.size_precision
    shelf = trades_of(instrument)

    def rows(table: Any, layout: Layout, counts: Counts) -> Any:
        table = full(_with_sides(table), shelf.noun, counts)
        ts = columns.moments(table["time"], layout)
        price, size = columns.numbers(table["price"], p, "prices"), columns.numbers(table["size"], s, "sizes")
        names = table["id"].cast(pa.string()) if "id" in table.column_names else counts.ids.of(ts)
        good = (price > 0) & (size > 0)
        counts.dropped["trades without a price and a size above zero"] += int((~good).sum())
        found = {"price": decimals(price, p), "size": decimals(size, s), "trade_id": names}
        found["aggressor_side"] = _sides(table["side"], layout)
        return shelf.table(found | both_times(ts)).filter(pa.array(good))

    wanted = ColumnRequest(("time", "price", "size"), ("side", "id"), {"price": p, "size": s})
    return IngestKind(shelf, wanted, rows)


def _with_sides(table: Any) -> Any:
    """The table with a column of sides as text; none is an empty one."""
    if "side" not in table.column_names:
        return table.append_column("side", pa.repeat("", len(table)))
    texts = table["side"].cast(pa.string()).fill_null("")
    return table.set_column(table.column_names.index("side"), "side", texts)


def _sides(column: Any, layout: Layout) -> Any:
    """The engine's words for the takers' sides. ValueError where a file has another word."""
    words = {word: layout.side(word) for word in column.unique().to_pylist()}
    if unknown := sorted(word for word, side in words.items() if side is None):
        raise ValueError(f"has unknown sides {', '.join(map(repr, unknown[:5]))}; say in a mapping what they are")
    which = pc.index_in(column, pa.array(list(words), pa.string())).combine_chunks()
    return pa.array(list(words.values()), pa.string()).take(which).cast(pa.dictionary(pa.int8(), pa.string()))


def bars(instrument: Any, bar_type: str, seconds: int, stamp: str) -> IngestKind:
    """Open, high, low and close, and the volume where a file has it. They are known at their end."""
    p, s = instrument.price_precision, instrument.size_precision
    shelf, late = bars_of(instrument, bar_type), (seconds * 10**9 if stamp == "open" else 0)

    def rows(table: Any, layout: Layout, counts: Counts) -> Any:
        table = full(table, shelf.noun, counts)
        ts = columns.moments(table["time"], layout) + late
        prices = {n: columns.numbers(table[n], p, "prices") for n in OHLC}
        has_volume = "volume" in table.column_names
        volume = columns.numbers(table["volume"], s, "sizes") if has_volume else np.zeros(len(ts), np.int64)
        good = sound(prices, volume, counts)
        found = {n: decimals(v, p) for n, v in prices.items()} | {"volume": decimals(volume, s)}
        return shelf.table(found | both_times(ts)).filter(pa.array(good))

    wanted = ColumnRequest(("time", *OHLC), ("volume",), {**dict.fromkeys(OHLC, int(p)), "volume": int(s)})
    return IngestKind(shelf, wanted, rows, one_at_a_time=True)


def sound(prices: dict[str, Ints], volume: Ints, counts: Counts) -> Any:
    opened, high, low, close = (prices[n] for n in OHLC)
    holds = (high >= np.maximum(opened, close)) & (low <= np.minimum(opened, close))
    positive = (low > 0) & (volume >= 0)
    counts.dropped["bars whose high and low do not hold open and close"] += int((~holds).sum())
    counts.dropped["bars not above zero"] += int((holds & ~positive).sum())
    return holds & positive
