"""Bid and ask of quotes as arrays, read from the catalog's files beside the engine's objects."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow.parquet as pq

from sweep.backtest.data.parquet_columns import times
from sweep.backtest.data.windows import Array, Bounds

type Floats = np.ndarray[Any, np.dtype[np.float64]]

LATER = 2**62
ROWS = 65_536  # that are read at once
TIMES = ("ts_init", "ts_event")
AMOUNTS = ("bid_price", "ask_price", "bid_size", "ask_size")


@dataclass(frozen=True, slots=True)
class Columns:
    """Quotes in the order of time. `is_smooth` unless the engine's book would pass over one of them."""

    time: Array
    bid: Floats
    ask: Floats
    is_smooth: bool

    def between(self, start: int, end: int) -> Self:
        """Those with start <= time < end."""
        inside = slice(*np.searchsorted(self.time, (start, end)))
        return type(self)(self.time[inside], self.bid[inside], self.ask[inside], self.is_smooth)

    def __add__(self, other: Self) -> Self:
        joined = (np.concatenate((getattr(self, n), getattr(other, n))) for n in ("time", "bid", "ask"))
        is_ordered = not len(self.time) or not len(other.time) or bool(self.time[-1] <= other.time[0])
        return type(self)(*joined, is_smooth=self.is_smooth and other.is_smooth and is_ordered)


NOTHING = Columns(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), is_smooth=True)


class QuoteArrays:
    """The quotes of one instrument, asked for in the order of time; a window's worth of them is in memory."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._batches, self._held, self._last = batches(files), NOTHING, -1

    def between(self, bounds: Bounds) -> Columns:
        """Those with start <= time < end."""
        while not len(self._held.time) or self._held.time[-1] < bounds.end:
            if (batch := next(self._batches, None)) is None:
                break
            self._held = self._held.between(bounds.start, LATER) + self._smooth(batch)
        return self._held.between(bounds.start, bounds.end)

    def _smooth(self, batch: Any) -> Columns:
        """The engine's book does not take a quote that is older than the one before, and one of nothing otherwise."""
        time, event = (times(batch.column(n)) for n in TIMES)
        bid, ask, *sizes = (floats(batch.column(n)) for n in AMOUNTS)
        is_smooth = bool(
            len(event) and event[0] >= self._last and (np.diff(event) >= 0).all() and (np.diff(time) >= 0).all()
            and all((size > 0).all() for size in sizes) and (bid > 0).all() and (ask > 0).all()
        )  # fmt: skip
        self._last = int(event[-1]) if len(event) else self._last
        return Columns(time, bid, ask, is_smooth)


def batches(files: Sequence[Path]) -> Iterator[Any]:
    """The columns of files, one after another."""
    for file in files:
        with pq.ParquetFile(file) as parquet:
            yield from parquet.iter_batches(ROWS, columns=[*TIMES, *AMOUNTS])


def floats(column: Any) -> Floats:
    """Decimals of 128 bits as floats: their two words, and the scale."""
    words = np.frombuffer(column.buffers()[1], np.uint64)[2 * column.offset : 2 * (column.offset + len(column))]
    low, high = words[::2].astype(np.float64), words[1::2].astype(np.int64).astype(np.float64)
    return (high * 2.0**64 + low) / 10.0**column.type.scale
