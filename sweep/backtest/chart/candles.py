"""Candles of a market: as fine as so many of them allow. Prices come in parts, of which only the candles are kept."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

type Ints = npt.NDArray[np.int64]
type Floats = npt.NDArray[np.float64]

MOST = 12_000  # about 200 kB as text
DIGITS = 8  # significant, of a price
SECONDS = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 86_400, 7 * 86_400)  # lengths of a candle; each divides the next


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one instrument: of quotes and trades all four are equal."""

    times: Ints  # UNIX nanoseconds
    opens: Floats
    highs: Floats
    lows: Floats
    closes: Floats


@dataclass(frozen=True, slots=True)
class Candles:
    """Candles in the order of time; those without a price are left out."""

    seconds: int  # length of each
    starts: Ints  # UNIX seconds
    opens: Floats
    highs: Floats
    lows: Floats
    closes: Floats
    currency: str = ""  # of the prices


def candles(parts: Iterable[Prices], most: int = MOST) -> Candles:
    """The shortest candles of which there are at most so many; the longest where there always are more."""
    none = np.zeros(0)
    every = Candles(SECONDS[0], np.zeros(0, np.int64), none, none, none, none)
    for part in parts:
        ticks = Candles(0, part.times // 10**9, part.opens, part.highs, part.lows, part.closes)
        every = _joined(every, _grouped(ticks, every.seconds))
        while len(every.starts) > most and every.seconds < SECONDS[-1]:
            every = _grouped(every, SECONDS[SECONDS.index(every.seconds) + 1])
    return every


def _joined(before: Candles, after: Candles) -> Candles:
    """Candles of one length; the last of the former and the first of the latter may be one."""
    both = Candles(
        before.seconds, np.concatenate((before.starts, after.starts)), np.concatenate((before.opens, after.opens)),
        np.concatenate((before.highs, after.highs)), np.concatenate((before.lows, after.lows)),
        np.concatenate((before.closes, after.closes)),
    )  # fmt: skip
    return _grouped(both, before.seconds)


def _grouped(shorter: Candles, seconds: int) -> Candles:
    """Candles of so many seconds from shorter ones, in any order."""
    order = np.argsort(shorter.starts, kind="stable")
    places = shorter.starts[order] // seconds
    first = np.flatnonzero(np.diff(places, prepend=places[:1] - 1))
    if not len(first):
        return replace(shorter, seconds=seconds)
    last = np.append(first[1:], len(places)) - 1
    return Candles(
        seconds, places[first] * seconds, shorter.opens[order][first],
        np.maximum.reduceat(shorter.highs[order], first), np.minimum.reduceat(shorter.lows[order], first),
        shorter.closes[order][last],
    )  # fmt: skip
