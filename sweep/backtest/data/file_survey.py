"""Contents of a feed's files, from their footers and time columns: read before anything is decoded.

A day ends with its last nanosecond, and a bar of 23:00 to 24:00, which bears the time 24:00, is of the day that ends
there. So a bar counts one nanosecond before its time, and where a bar ends at a border the data is cut after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from sweep.backtest.data.book_events import DELTAS, BookSurvey, BookSurveyor
from sweep.backtest.data.parquet_columns import metadata, time_and
from sweep.backtest.data.windows import BORDER, Array, Histogram
from sweep.spec.data_kinds import ends_interval, time_span

NO_TIMES: Array = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class SurveyedFile:
    """One Parquet file of market data or events."""

    path: Path
    kind: str  # of DATA_KINDS, or the name of an event class
    identifier: str  # instrument or bar type; "" for events
    instrument: str
    precision: tuple[int, int]  # of prices and sizes; -1 where the file does not say
    rows: int  # in the period
    first: int | None  # the earliest time in the period, nanoseconds


@dataclass(frozen=True, slots=True)
class Survey:
    """All files of a feed, and how many rows there are when."""

    files: tuple[SurveyedFile, ...]
    counts: Histogram
    ends: Array  # ascending: ends of intervals, as far as they lie at borders of days, parts or the period
    books: BookSurvey = field(default_factory=BookSurvey)

    def rows(self, kind: str, identifier: str | None = None) -> int:
        """Rows in the period of a kind of data, or of one identifier of it."""
        return sum(f.rows for f in self.files if f.kind == kind and identifier in {None, f.identifier})

    def first(self, kind: str, identifier: str) -> int | None:
        """The earliest time of an identifier in the period."""
        times = [f.first for f in self.files if f.kind == kind and f.identifier == identifier and f.first is not None]
        return min(times, default=None)

    def cut(self, border: int) -> int:
        """Time from which data lies behind a border: after all of its nanosecond where an interval ends there."""
        place = int(np.searchsorted(self.ends, border))
        return border + (place < len(self.ends) and int(self.ends[place]) == border)


def survey(files: Iterable[tuple[Path, str, bool, int]], start: int, end: int) -> Survey:
    """Rows of (path, kind, True for market data, memory of a row in quotes) in the period [start, end), exactly."""
    reader = SurveyReader(start, end)
    listed = sorted(files, key=lambda file: not ends_interval(file[1]))  # where intervals end decides on all others
    surveyed = [reader.read(path, kind, is_market=market, weight=weight) for path, kind, market, weight in listed]
    reader.finish()
    return Survey(tuple(surveyed), reader.counts, reader.ends, reader.books.survey())


class SurveyReader:
    """Reads the files of a feed: first those of intervals."""

    def __init__(self, start: int, end: int) -> None:
        self.counts = Histogram(start, end)
        self._ends = [NO_TIMES]
        self.books, self.weight = BookSurveyor(), 1  # memory of a delta, in quotes

    @cached_property
    def ends(self) -> Array:
        """Ends of intervals at borders, ascending; to be asked for after the files of intervals."""
        return np.unique(np.concatenate(self._ends))

    def read(self, path: Path, kind: str, *, is_market: bool, weight: int) -> SurveyedFile:
        """One file; its rows are added to `counts`."""
        rows, first = 0, None
        facts = metadata(path)
        instrument = facts.get(b"instrument_id", b"").decode()
        start, end = time_span(kind, self.counts.start, self.counts.end)
        self.weight = weight if kind == DELTAS else self.weight
        for times, *flags in time_and(path, *(["flags"] if kind == DELTAS else [])):
            within = (times >= start) & (times < end)
            if len(inside := times[within]):
                counted = self.books.closing_times(instrument, inside, flags[0][within]) if flags else inside
                self.counts.add(self._counted(kind, counted), is_market=is_market, weight=weight)
                rows += len(inside)
                first = min(int(inside.min()), first if first is not None else int(inside[0]))
        identifier = facts.get(b"bar_type", b"").decode() or instrument if is_market else ""
        precision = (int(facts.get(b"price_precision", b"-1")), int(facts.get(b"size_precision", b"-1")))
        return SurveyedFile(path, kind, identifier, instrument, precision, rows, first)

    def finish(self) -> None:
        """Count the deltas that no F_LAST follows."""
        for times in self.books.rest():
            self.counts.add(self._counted(DELTAS, times), is_market=True, weight=self.weight)

    def _counted(self, kind: str, times: Array) -> Array:
        """Times under which rows count for a day: a nanosecond earlier for intervals, and for what comes with one."""
        if ends_interval(kind):
            self._ends.append(times[(times % BORDER == 0) | (times == self.counts.end)])
            return times - 1
        if not len(self.ends):
            return times
        counted, at_border = times.copy(), np.flatnonzero(times % BORDER == 0)
        counted[at_border] -= np.isin(times[at_border], self.ends)
        return counted
