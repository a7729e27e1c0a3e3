"""What the files of a feed hold, from their footers and time columns: known before anything is decoded."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sweep.backtest.data.parquet_columns import metadata, time_column
from sweep.backtest.data.windows import Histogram


@dataclass(frozen=True, slots=True)
class SurveyedFile:
    """One Parquet file of market data or events."""

    path: Path
    kind: str  # of feeds.KINDS, or the name of an event class
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

    def rows(self, kind: str, identifier: str | None = None) -> int:
        """Rows in the period of a kind of data, or of one identifier of it."""
        return sum(f.rows for f in self.files if f.kind == kind and identifier in {None, f.identifier})

    def first(self, kind: str, identifier: str) -> int | None:
        """The earliest time of an identifier in the period."""
        times = [f.first for f in self.files if f.kind == kind and f.identifier == identifier and f.first is not None]
        return min(times, default=None)


def survey(files: Iterable[tuple[Path, str, bool, int]], start: int, end: int) -> Survey:
    """Of (path, kind, whether it is market data, memory of a row in quotes): rows with start <= time < end, exactly."""
    counts = Histogram(start, end)
    found = (inspect(path, kind, counts, is_market=market, weight=weight) for path, kind, market, weight in files)
    return Survey(tuple(found), counts)


def inspect(path: Path, kind: str, counts: Histogram, *, is_market: bool, weight: int) -> SurveyedFile:
    """One file; its rows are added to `counts`."""
    rows, first = 0, None
    for times in time_column(path):
        inside = times[(times >= counts.start) & (times < counts.end)]
        if len(inside):
            counts.add(inside, is_market=is_market, weight=weight)
            rows += len(inside)
            first = min(int(inside.min()), first if first is not None else int(inside[0]))
    said = metadata(path)
    instrument = said.get(b"instrument_id", b"").decode()
    identifier = said.get(b"bar_type", b"").decode() or instrument if is_market else ""
    precision = (int(said.get(b"price_precision", b"-1")), int(said.get(b"size_precision", b"-1")))
    return SurveyedFile(path, kind, identifier, instrument, precision, rows, first)
