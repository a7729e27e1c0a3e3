"""Quotes as columns: made from bars, and freed of what is none. Pure: arrays in, arrays and counts out.

How the four prices of a bar become quotes. Bid and ask move together: the bid's open stands beside the ask's open, and
so on. The open is at the bar's start, the two extremes are at a third and at two thirds of it, the close a millisecond
before its end. In a bar that rises (mid close at or above mid open) the low comes first, otherwise the high: a position
that the bar carries along meets what is against it before what is for it.

Highs and lows of the two sides need not be of one moment, so a bid may come out above its ask. Such a pair is
exchanged, and counted: every extreme is kept, and it gets no easier to leave with a profit or to miss a stop.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

type Ints = np.ndarray[Any, np.dtype[np.int64]]

CLOSE = 10**6  # ns before a bar's end


@dataclass(frozen=True, slots=True)
class Ticks:
    """Quotes as columns of one length: prices and sizes in units of the last decimal, times in UNIX nanoseconds."""

    ts: Ints
    bid: Ints
    ask: Ints
    bid_size: Ints
    ask_size: Ints

    def take(self, rows: Any) -> "Ticks":
        """These rows, by index or by mask."""
        return Ticks(self.ts[rows], self.bid[rows], self.ask[rows], self.bid_size[rows], self.ask_size[rows])


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one side as columns: times of their starts, and prices (n × 4: open, high, low, close)."""

    ts: Ints
    prices: Ints

    def take(self, rows: Any) -> "Bars":
        """These rows, by index or by mask."""
        return Bars(self.ts[rows], self.prices[rows])


def sound(bars: Bars, side: str, dropped: Counter[str], noticed: Counter[str]) -> Bars:
    """The bars in order and each once, without those whose high and low do not hold the others.

    ValueError where two bars of one time differ: which of them is true cannot be known.
    """
    noticed[f"{side} bars out of order"] += _disorder(bars.ts)
    bars = bars.take(np.argsort(bars.ts, kind="stable"))
    again = np.flatnonzero(np.diff(bars.ts) == 0) + 1
    if len(differ := again[(bars.prices[again] != bars.prices[again - 1]).any(axis=1)]):
        at = np.datetime64(int(bars.ts[differ[0]]), "ns").astype("datetime64[s]")
        raise ValueError(f"holds two different bars of {at} ({len(differ)} such times); is the time zone right?")
    dropped[f"{side} bars twice"] += len(again)
    bars = bars.take(np.setdiff1d(np.arange(len(bars.ts)), again))
    opened, high, low, close = bars.prices.T
    holds = (high >= np.maximum(opened, close)) & (low <= np.minimum(opened, close))
    dropped[f"{side} bars whose high and low do not hold open and close"] += int((~holds).sum())
    return bars.take(holds)


def ticks_of(bid: Bars, ask: Bars, length: int, size: int, dropped: Counter[str], noticed: Counter[str]) -> Ticks:
    """Four quotes for each bar that both sides have, in order; `length` of a bar in ns, `size` on both sides.

    ValueError where bars are not of this length, or where the sides are exchanged.
    """
    for side in (bid, ask):
        _refuse_other_length(side.ts, length)
    _, b, a = np.intersect1d(bid.ts, ask.ts, assume_unique=True, return_indices=True)
    dropped["bars of the bid file alone"] += len(bid.ts) - len(b)
    dropped["bars of the ask file alone"] += len(ask.ts) - len(a)
    bid, ask = bid.take(b), ask.take(a)
    twice_mid = bid.prices + ask.prices
    rises = twice_mid[:, 3] >= twice_mid[:, 0]
    order = np.where(rises[:, None], (0, 2, 1, 3), (0, 1, 2, 3))
    one, other = (np.take_along_axis(side.prices, order, axis=1).ravel() for side in (bid, ask))
    crossed = int((one > other).sum())
    if 2 * crossed > len(one):
        raise ValueError("most bids are above their asks; are the two files exchanged?")
    noticed["bid above ask, exchanged"] += crossed
    offsets = np.array((0, length // 3, 2 * length // 3, length - CLOSE), np.int64)
    ts = (bid.ts[:, None] + offsets).ravel()
    sizes = np.full(len(ts), size, np.int64)
    return Ticks(ts, np.minimum(one, other), np.maximum(one, other), sizes, sizes)


def _refuse_other_length(ts: Ints, length: int) -> None:
    nearest = int(np.diff(ts).min()) if len(ts) > 1 else length
    if nearest != length:
        raise ValueError(f"bars are {nearest / 1e9:g} s apart at the nearest, not {length / 1e9:g}; give --bar-seconds")


def _disorder(ts: Ints) -> int:
    """The number of rows that come after a later one."""
    return int((ts < np.maximum.accumulate(ts)).sum()) if len(ts) else 0
