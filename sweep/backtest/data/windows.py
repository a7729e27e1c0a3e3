"""Windows of a backtest's data, and the cache of decoded windows that a worker reuses for its next trials."""

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from sweep.backtest.data.trading_days import NANOS, TradingDay
from sweep.common.units import quantity
from sweep.errors import InputError, Problem
from sweep.trial import MIN_DAYS_FOR_DAILY_STATS

type Array = np.ndarray[Any, np.dtype[np.int64]]

BORDER = 60 * NANOS  # days, their parts and the buckets of a histogram begin at whole minutes
WIDTHS = (BORDER, 300 * NANOS, 900 * NANOS, 3600 * NANOS)  # of a bucket; each divides an hour, as sessions do
STEPS = tuple(minutes * 60 * NANOS for minutes in (720, 360, 240, 180, 120, 60, 30, 15))  # parts of a day
MOST_BUCKETS = 2_000_000
SURVEYS = 16  # that a cache keeps; each of them up to 32 MB for decades, a tenth of a MB for a month


@dataclass(frozen=True, slots=True)
class Bounds:
    """A stretch of time: start <= t < end, nanoseconds."""

    start: int
    end: int


class Histogram:
    """Rows per minute (or coarser, over long periods) between `start` and `end`.

    A worker keeps it for the trials that follow, and with it what it came to: each of them asks the same of it.
    """

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end = start, end
        self.width = next((w for w in WIDTHS if (end - start) // w < MOST_BUCKETS), WIDTHS[-1])
        self.base = start // self.width * self.width
        buckets = -(-(end - self.base) // self.width)
        self.all: Array = np.zeros(buckets, np.int64)
        self.market: Array = np.zeros(buckets, np.int64)
        self.weight: Array = np.zeros(buckets, np.int64)  # memory of the decoded rows, in quotes
        self._answers: dict[Hashable, Any] = {}

    def add(self, times: Array, *, is_market: bool, weight: int = 1) -> None:
        """Count times (int64 nanoseconds, in the period, any order); each row takes the memory of `weight` quotes.

        Of an interval that is a time before its end (file_survey.py).
        """
        counts = np.bincount((times - self.base) // self.width, minlength=len(self.all))
        self.all += counts
        self.weight += weight * counts
        if is_market:
            self.market += counts
        self._answers.clear()

    def _once[T](self, question: Hashable, answer: Callable[[], T]) -> T:
        if question not in self._answers:
            self._answers[question] = answer()
        return self._answers[question]

    def rows(self, session: TradingDay, *, market_only: bool = False) -> int:
        """Number of rows of a trading day."""
        counts = self.market if market_only else self.all
        return self._once(("rows", session, market_only), lambda: int(counts[self._span(session)].sum()))

    def until(self, end: int) -> int:
        """Number of rows from the start of the period to the end of a trading day."""
        return int(self.all[: -(-(end - self.base) // self.width)].sum())

    def step(self, days: Sequence[TradingDay]) -> int:
        """Width of the parts that the days of a short backtest are also read in, nanoseconds; 0 where days suffice.

        The longest that gives as many readings as a backtest of enough days has: reading takes a fifth of a ms.
        """
        if sum(self.rows(day, market_only=self._has_market()) > 0 for day in days) >= MIN_DAYS_FOR_DAILY_STATS:
            return 0
        widths = [w for w in STEPS if not w % self.width]
        return next((w for w in widths if sum(len(self.steps(day, w)) for day in days) >= MIN_DAYS_FOR_DAILY_STATS), 0)

    def steps(self, session: TradingDay, width: int) -> list[int]:
        """Starts of the parts of a session, `width` nanoseconds each, that have market data (any, without some)."""
        return self._once(("steps", session, width), lambda: self._steps(session, width))

    def _steps(self, session: TradingDay, width: int) -> list[int]:
        span = self._span(session)
        counts = self.market if self._has_market() else self.all
        at = self.base + (span.start + np.flatnonzero(counts[span])) * self.width
        return [max(session.start, int(t)) for t in distinct(at // width * width)]

    def _has_market(self) -> bool:
        return self._once("has market", lambda: bool(self.market.any()))

    def cut(self, session: TradingDay, rows: int) -> list[Bounds]:
        """Windows that hold all rows of a session, each of the memory of about `rows` quotes; none without rows."""
        return self._once(("windows", session, rows), lambda: self._cut(session, rows))

    def _cut(self, session: TradingDay, rows: int) -> list[Bounds]:
        counts = self.weight[self._span(session)]
        if not counts.any():
            return []
        totals = counts.cumsum()
        dense = np.flatnonzero(counts > 2 * rows)  # a window of its own each, to be split
        marks = np.searchsorted(totals, np.arange(rows, int(totals[-1]), rows)) + 1
        marks = np.unique(np.concatenate((marks, dense, dense + 1)))
        edges = [0, *(int(m) for m in marks if 0 < m < len(counts)), len(counts)]
        first = self._span(session).start
        windows: list[Bounds] = []
        for a, b in pairwise(edges):
            start = max(session.start, self.base + (first + a) * self.width)
            end = min(session.end, self.base + (first + b) * self.width)
            windows += split(Bounds(start, end), int(counts[a:b].sum()), rows)
        return windows

    def _span(self, session: TradingDay) -> slice:
        return slice((session.start - self.base) // self.width, -(-(session.end - self.base) // self.width))


def distinct(values: Array) -> Array:
    """The values, sorted, each once: of few values a third of the time of `numpy.unique`."""
    values = np.sort(values)
    return values[np.concatenate((np.ones(min(1, len(values)), bool), values[1:] != values[:-1]))]


def split(bounds: Bounds, count: int, rows: int) -> list[Bounds]:
    """Equal stretches of time, for a bucket that alone holds more than two windows' rows."""
    parts = min(-(-count // rows), bounds.end - bounds.start) if count > 2 * rows else 1
    step = (bounds.end - bounds.start) / parts
    edges = [bounds.start, *(bounds.start + int(step * n) for n in range(1, parts)), bounds.end]
    return [Bounds(a, b) for a, b in pairwise(edges)]


class WindowCache:
    """Decoded windows within a memory budget, so that a worker's next trial on the same data need not decode.

    Replays read their windows in a circle, where evicting the oldest would throw out exactly what is needed next. So
    the windows of other data go first, the least recently used data before the rest; when only this data is left, the
    cache is full, and what does not fit is decoded each time.
    """

    def __init__(self, budget: int) -> None:
        self.budget, self.used = budget, 0
        self._groups: OrderedDict[Hashable, dict[Hashable, tuple[Any, int]]] = OrderedDict()
        self._surveys: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, group: Hashable, window: Hashable, decode: Callable[[], tuple[Any, int]]) -> Any:
        """The window's payload, from the cache or from `decode` (payload, bytes)."""
        windows = self._groups.setdefault(group, {})
        self._groups.move_to_end(group)
        if window in windows:
            return windows[window][0]
        payload, size = decode()
        if self._fits(size):
            windows[window] = (payload, size)
            self.used += size
        return payload

    def survey(self, identity: Hashable, make: Callable[[], Any]) -> Any:
        """Facts about data that need no decoding, for the last few that were used."""
        if identity not in self._surveys:
            self._surveys[identity] = make()
        self._surveys.move_to_end(identity)
        while len(self._surveys) > SURVEYS:
            self._surveys.popitem(last=False)
        return self._surveys[identity]

    def clear(self) -> None:
        """Keep nothing."""
        self._groups.clear()
        self._surveys.clear()
        self.used = 0

    def _fits(self, size: int) -> bool:
        while self.used + size > self.budget and len(self._groups) > 1:
            _, dropped = self._groups.popitem(last=False)
            self.used -= total(dropped.values())
        return self.used + size <= self.budget


def total(windows: Iterable[tuple[Any, int]]) -> int:
    return sum(size for _, size in windows)


DEFAULT_BUDGET = "512 MiB"


@cache
def shared_cache() -> WindowCache:
    """The cache of this process; its budget comes from the environment's SWEEP_WINDOW_CACHE, "0" for none."""
    text = os.environ.get("SWEEP_WINDOW_CACHE", DEFAULT_BUDGET)
    try:
        return WindowCache(0 if text.strip() == "0" else int(quantity("size", DEFAULT_BUDGET)(text)))
    except ValueError as error:
        raise InputError(Problem("SWEEP_WINDOW_CACHE", str(error), text)) from error
