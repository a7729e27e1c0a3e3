"""Prices of an instrument in the period of a backtest: mids of its quotes, else its trades, else its bars."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.feed import Feed
from sweep.backtest.data.mid_prices import quotes
from sweep.backtest.setup.builder import build
from sweep.errors import Reason, TrialError
from sweep.results.curves.candles import Prices


def market_prices(backtest: Mapping[str, Any], instruments: Sequence[str]) -> dict[str, Prices]:
    """Prices by instrument; one without quotes, trades and bars is left out."""
    parts, problems = build(backtest)
    if parts is None:
        raise TrialError(Reason.PARAMETERS, "\n".join(map(str, problems)))
    feed = Feed(str(backtest["catalog"]), parts.entries, parts.start, parts.end)
    every = {instrument: _prices(feed, instrument) for instrument in instruments}
    return {instrument: prices for instrument, prices in every.items() if prices}


def _prices(feed: Feed, instrument: str) -> Prices | None:
    for kind, columns in (("QuoteTick", ()), ("TradeTick", ("price",) * 4), ("Bar", ("open", "high", "low", "close"))):
        entries = [e for e in feed.entries if e.kind == kind and not e.custom and instrument in e.instruments]
        if not entries:
            continue
        if kind == "QuoteTick":
            times, mids = quotes(feed, instrument)
            prices = Prices(times, mids, mids, mids, mids)
        else:
            prices = _read(feed, entries[0], instrument, columns)
        if len(prices.times):
            return prices
    return None


def _read(feed: Feed, entry: DataEntry, instrument: str, columns: Sequence[str]) -> Prices:
    """The rows of the first identifier of an instrument in an entry."""
    named = zip(entry.identifiers, entry.instruments, strict=True)
    name = next(identifier for identifier, of in named if of == instrument)
    first, end = entry.span(feed.start, feed.end)
    files = feed.catalog.query_files(entry.type, [name], first, end - 1)
    tables = [_table(feed.path / file, columns) for file in sorted(files)]
    if not tables:
        return Prices(np.zeros(0, np.int64), *(np.zeros(0) for _ in range(4)))
    table = pa.concat_tables(tables)
    times = table["ts_init"].cast("int64").to_numpy()
    inside = np.flatnonzero((times >= first) & (times < end))
    order = inside[np.argsort(times[inside], kind="stable")]
    values = [table[column].cast(pa.float64()).to_numpy()[order] for column in columns]
    return Prices(times[order] - (1 if entry.kind == "Bar" else 0), *values)  # a bar's time is its end


def _table(path: Path, columns: Sequence[str]) -> Any:
    try:
        return pq.read_table(path, columns=["ts_init", *dict.fromkeys(columns)])
    except Exception as error:  # pyarrow raises several kinds for a damaged file
        raise TrialError(Reason.DATA, f"cannot read {path}: {error}") from error
