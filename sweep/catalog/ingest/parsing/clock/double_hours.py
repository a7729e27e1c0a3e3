"""The hour that a clock shows twice, when it is moved back: the order of a file's rows tells one from the other.

In a file in order of time, the clock goes back by itself once within that hour: rows before this are of the first
hour, rows after it of the second. Files with the newest row first are read the other way round. Where rows do not
show it, nothing is guessed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.clock import zones
from sweep.catalog.ingest.parsing.row_counts import RowCounts

MINUTE, HOUR = 60 * 10**9, 3600 * 10**9
APART = 12 * HOUR  # between the double hours of two years, at least

type Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(slots=True)
class _Hour:
    """A double hour that is being read."""

    row: int  # its first, from 1
    first: int  # the time of that row, on the clock
    ascends: bool
    last: int  # the time before, on the clock
    turns: int = 0  # of the clock, so far
    rows: int = 0


class DoubleHours:
    """One reading of a file's times without a zone."""

    def __init__(self, zone: str, seconds: int, counts: RowCounts, place: Callable[[int], str]) -> None:
        """`seconds`: the length of a bar, 0 for ticks; `place`: a row in words."""
        self._zone, self._counts, self._place = zone, counts, place
        self._is_hourly = seconds * 10**9 >= HOUR  # two bars of one time are two hours
        self._least = 0 if seconds else MINUTE  # by which the clock goes back; less is a tick that came late
        self._before: int | None = None  # the time of the row before, on the clock
        self._hour: _Hour | None = None

    def pass_by(self, wall: Ints) -> None:
        """Note rows whose times are plain."""
        if len(wall):
            self._close(int(wall[0]))
            self._before = int(wall[-1])

    def utc(self, wall: Ints, rows: Ints) -> Ints:
        """UTC of times on the clock. FileError where the order of the rows does not tell which hour they are of."""
        early, late = zones.both_offsets(wall, self._zone)
        is_double, is_late = early > late, np.zeros(len(wall), bool)
        for start, end in _groups(is_double, wall):
            if not is_double[start]:
                self._close(int(wall[start]))
            else:
                following = wall[end] if end < len(wall) else None
                is_late[start:end] = self._read(wall[start:end], int(rows[start]), following)
            self._before = int(wall[end - 1])
        return wall - np.where(is_late, late, early)

    def finish(self) -> None:
        """Look at the last hour, when the file has ended."""
        self._close(None)

    def _read(self, wall: Ints, row: int, following: Any) -> Any:
        """Mark the rows of the second hour."""
        if self._hour and abs(int(wall[0]) - self._hour.first) > APART:
            self._close(int(wall[0]))
        if self._hour is None:
            self._hour = self._open(wall, row, following)
        hour = self._hour
        by = np.diff(wall, prepend=hour.last) * (1 if hour.ascends else -1)
        is_first_row = not hour.rows
        turns = (by < 0) | ((by == 0) & self._is_hourly)
        turns[0] &= not is_first_row
        if (turns & (by > -self._least) & (by < 0)).any():
            raise self._refusal(hour)
        hour.turns, hour.rows, hour.last = hour.turns + int(turns.sum()), hour.rows + len(wall), int(wall[-1])
        if hour.turns > 1:
            raise self._refusal(hour)
        number = hour.turns - int(turns.sum()) + np.cumsum(turns)
        return number == (1 if hour.ascends else 0)

    def _open(self, wall: Ints, row: int, following: Any) -> _Hour:
        first = int(wall[0])
        if self._before is not None and self._before != first:
            ascends = self._before < first
        elif following is not None:
            ascends = int(following) > int(wall[-1])
        else:
            raise self._refusal(_Hour(row, first, ascends=True, last=first))
        return _Hour(row, first, ascends, first)

    def _close(self, following: int | None) -> None:
        """Take leave of an hour before a row behind it. FileError where its rows were of one hour alone."""
        hour, self._hour = self._hour, None
        if hour is None:
            return
        is_in_order = following is None or (following > hour.last) == hour.ascends
        if hour.turns != 1 or not is_in_order:
            raise self._refusal(hour)
        day = str(np.datetime64(hour.first, "ns").astype("datetime64[D]"))
        self._counts.note(
            f"{hour.rows:,} rows of the hour that the clock shows twice on {day}: told apart by their order"
        )

    def _refusal(self, hour: _Hour) -> FileError:
        text = zones.clock_text(hour.first)
        place = self._place(hour.row)
        rule = f"{place}: {text!r} {zones.TWICE}, and the order of the rows does not tell which one it is"
        return FileError(rule, zones.CUT)


def _groups(marks: Any, wall: Ints) -> Iterator[tuple[int, int]]:
    """Stretches of equal marks: start, and the row behind. Double hours of two years are two stretches."""
    cuts = np.flatnonzero((np.diff(marks.astype(np.int8)) != 0) | (marks[1:] & (np.abs(np.diff(wall)) > APART))) + 1
    edges = [0, *cuts.tolist(), len(marks)]
    return ((a, b) for a, b in pairwise(edges) if b > a)
