"""Order books and the rarer kinds of market data in a tiny catalog."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from nautilus_trader.model import (
    BookAction,
    BookOrder,
    FundingRateUpdate,
    OrderBookDelta,
    OrderBookDepth,
    OrderSide,
    Price,
    Quantity,
)
from nautilus_trader.persistence import ParquetDataCatalog

type Levels = Sequence[tuple[float, float]]  # price, size; the best first
LAST = 128  # flag of the last delta of an event


def order(instrument: Any, side: OrderSide, level: tuple[float, float], number: int = 0) -> BookOrder:
    price, size = level
    return BookOrder(side, Price(price, instrument.price_precision), Quantity(size, instrument.size_precision), number)


def snapshot(instrument: Any, at: int, bids: Levels, asks: Levels) -> list[OrderBookDelta]:
    """The whole book anew, as deltas."""
    sides = [(OrderSide.BUY, level) for level in bids] + [(OrderSide.SELL, level) for level in asks]
    orders = [order(instrument, side, level, n + 1) for n, (side, level) in enumerate(sides)]
    empty = order(instrument, OrderSide.NO_ORDER_SIDE, (0, 0))
    steps = [(BookAction.CLEAR, empty), *((BookAction.ADD, o) for o in orders)]
    return [
        OrderBookDelta(instrument.id, action, o, LAST if n == len(orders) else 0, 0, at, at)
        for n, (action, o) in enumerate(steps)
    ]


def depth(instrument: Any, at: int, bids: Levels, asks: Levels) -> OrderBookDepth:
    """The best levels at once."""
    sides = [order(instrument, OrderSide.BUY, b) for b in bids], [order(instrument, OrderSide.SELL, a) for a in asks]
    return OrderBookDepth(instrument.id, *sides, [1] * len(bids), [1] * len(asks), 0, 0, at, at)


def write_books(directory: str, *, deltas: Sequence[Any] = (), depths: Sequence[Any] = ()) -> None:
    catalog = ParquetDataCatalog(directory)
    if deltas:
        catalog.write_order_book_deltas(list(deltas))
    if depths:
        catalog.write_order_book_depths(list(depths))


def write_funding(directory: str, instrument: Any, rates: Iterable[tuple[int, str]]) -> None:
    """Funding rates from (ns, rate); this version of the engine reads them and has no method to write them."""
    updates = [FundingRateUpdate(instrument.id, Decimal(rate), at, at) for at, rate in rates]
    kind = pa.timestamp("ns", "UTC")
    facts = {"instrument_id": str(instrument.id), "type_name": "FundingRateUpdate"}
    names = ("rate", "interval", "next_funding_ns", "ts_event", "ts_init")
    schema = pa.schema(zip(names, (pa.string(), pa.uint64(), kind, kind, kind), strict=True), metadata=facts)
    times = pa.array([u.ts_init for u in updates]).cast(kind)
    nothing = [None] * len(updates)
    columns = [
        pa.array([str(u.rate) for u in updates]),
        pa.array(nothing, pa.uint64()),
        pa.array(nothing, kind),
        times,
        times,
    ]
    folder = Path(directory) / "data" / "funding_rates" / str(instrument.id)
    folder.mkdir(parents=True)
    name = "_".join(stamp(u.ts_init) for u in (updates[0], updates[-1]))
    pq.write_table(pa.table(columns, schema=schema), folder / f"{name}.parquet")


def stamp(ns: int) -> str:
    """A time as the catalog's file names have it."""
    return f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y-%m-%dT%H-%M-%S}-{ns % 10**9:09d}Z"
