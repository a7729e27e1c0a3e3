"""Candles of an instrument in a backtest: of the mids of its quotes, else of its trades, else of its bars.

Files are read in parts, so that memory does not grow with the data.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from sweep.backtest.chart.candles import MOST, Candles, Floats, Prices, candles
from sweep.backtest.data import parquet_columns
from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.feed import Feed
from sweep.backtest.setup.builder import build
from sweep.errors import Reason, TrialError

ROWS = 2**20  # that are read at once
COLUMNS = {"QuoteTick": ("bid_price", "ask_price"), "TradeTick": ("price",), "Bar": ("open", "high", "low", "close")}


def market_candles(backtest: Mapping[str, Any], instruments: Sequence[str]) -> dict[str, Candles]:
    """Candles by instrument, all together not too many; one without quotes, trades and bars is left out."""
    parts, problems = build(backtest)
    if parts is None:
        raise TrialError(Reason.PARAMETERS, "\n".join(map(str, problems)))
    feed = Feed(str(backtest["catalog"]), parts.entries, parts.start, parts.end)
    currencies = {str(instrument.id): str(instrument.quote_currency) for instrument in feed.instruments()}
    every = {name: _candles(feed, name, MOST // len(instruments)) for name in instruments}
    return {name: replace(content, currency=currencies.get(name, "")) for name, content in every.items() if content}


def _candles(feed: Feed, instrument: str, most: int) -> Candles | None:
    for kind in COLUMNS:
        entries = [e for e in feed.entries if e.kind == kind and not e.custom and instrument in e.instruments]
        content = candles(_prices(feed, entries[0], instrument), most) if entries else None
        if content and len(content.starts):
            return content
    return None


def _prices(feed: Feed, entry: DataEntry, instrument: str) -> Iterator[Prices]:
    """The rows of the first identifier of an instrument in an entry."""
    named = zip(entry.identifiers, entry.instruments, strict=True)
    name = next(identifier for identifier, of in named if of == instrument)
    first, end = entry.span(feed.start, feed.end)
    shift = 1 if entry.kind == "Bar" else 0  # a bar's time is its end
    for file in sorted(feed.catalog.query_files(entry.type, [name], first, end - 1)):
        path = feed.path / file
        try:
            with pq.ParquetFile(path) as parquet:
                for batch in parquet.iter_batches(ROWS, columns=["ts_init", *COLUMNS[entry.kind]]):
                    times = parquet_columns.times(batch["ts_init"])
                    inside = (times >= first) & (times < end)
                    values = [parquet_columns.prices(batch[c])[inside] for c in COLUMNS[entry.kind]]
                    yield Prices(times[inside] - shift, *_four(values))
        except Exception as error:  # pyarrow raises several kinds for a damaged file
            raise TrialError(Reason.DATA, f"cannot read {path}: {error}") from error


def _four(values: Sequence[Floats]) -> Sequence[Floats]:
    """Open, high, low and close; of quotes and trades they are one price."""
    return values if len(values) > len(COLUMNS["QuoteTick"]) else [np.mean(values, axis=0)] * 4
