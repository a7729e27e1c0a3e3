"""Candles of a market: as fine as so many of them allow."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sweep.results.statistics.arrays import Floats

type Ints = npt.NDArray[np.int64]

MOST = 12_000  # about 200 kB as text
SECONDS = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 86_400, 7 * 86_400)  # lengths of a candle


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of one instrument in the order of time: of quotes and trades all four are equal."""

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


def candles(prices: Prices, most: int = MOST) -> Candles:
    """The shortest candles of which there are at most so many; the longest where there always are more."""
    times = prices.times // 10**9
    few = (seconds for seconds in SECONDS if int(np.count_nonzero(np.diff(times // seconds))) < most)
    seconds = next(few, SECONDS[-1])
    places = times // seconds
    first = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1])) if len(places) else np.zeros(0, bool))
    if not len(first):
        return Candles(seconds, times, prices.opens, prices.highs, prices.lows, prices.closes)
    last = np.concatenate((first[1:], [len(places)])) - 1
    return Candles(
        seconds, places[first] * seconds, prices.opens[first], np.maximum.reduceat(prices.highs, first),
        np.minimum.reduceat(prices.lows, first), prices.closes[last],
    )  # fmt: skip
