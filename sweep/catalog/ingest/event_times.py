"""Times of events, those in an hour that the clock shows twice told apart by the order of the rows."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Sequence
from itertools import batched
from typing import Any

import numpy as np
import pyarrow as pa

from sweep.catalog.ingest.event_fields import DoubleHourError, RejectedError, moments
from sweep.catalog.ingest.parsing import timestamps
from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.clock.double_hours import DoubleHours
from sweep.catalog.ingest.parsing.column_mapping import Stamp
from sweep.catalog.ingest.parsing.row_counts import RowCounts

BATCH = 10_000  # rows

type Time = int | RejectedError


def times_of(values: Sequence[Any], stamp: Stamp, notes: list[str]) -> list[Time]:
    """UNIX nanoseconds of each row's time, in the order of the file, or why it is none."""
    times = [time for some in batched(values, BATCH, strict=False) for time in moments(some, stamp)]
    places = [n for n, time in enumerate(times) if isinstance(time, int | DoubleHourError)]
    if not any(isinstance(time, DoubleHourError) for time in times):
        return times
    counts = RowCounts()
    try:
        told_apart = _by_order([str(values[n]).strip() for n in places], stamp, counts)
    except ValueError:  # of several forms, or in an order that does not tell
        return times
    notes += counts.notes
    for n, time in zip(places, told_apart, strict=True):
        times[n] = time
    return times


def _by_order(texts: Iterable[str], stamp: Stamp, counts: RowCounts) -> list[int]:
    """The times of texts on the clock. ValueError where their order does not tell the hours apart."""
    column = pa.chunked_array([pa.array(texts, pa.string())])
    if any(timestamps.ZONED.search(text) for text in column.to_pylist()):
        raise FileError("has rows that name their zone among others")
    wall = timestamps.moments(column, stamp.unit, "UTC").wall
    hours = DoubleHours(stamp.time_zone or "UTC", 0, counts, "row {}".format)
    times = hours.utc(wall, np.arange(1, len(wall) + 1))
    hours.finish()
    return times.tolist()
