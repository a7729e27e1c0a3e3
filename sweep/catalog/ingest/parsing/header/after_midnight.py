"""Times of day as numbers since midnight, beside a date: seconds of LOBSTER, milliseconds of ThetaData and LEAN."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import numpy as np
import pyarrow as pa

from sweep.catalog.ingest.parsing import timestamps
from sweep.catalog.ingest.parsing.cell_error import CellError

DAY = 86_400 * 10**9


def is_within_day(number: str, unit: str) -> bool:
    """Tell a number that may count from midnight in this unit."""
    try:
        return 0 <= float(number) * timestamps.UNITS[unit] < DAY
    except ValueError:
        return False


def written_out(numbers: Any, unit: str, dates: Any) -> Any:
    """The times as texts. `dates`: the text of one day, or a column of them. CellError for a number that is no time."""
    since = timestamps.moments(numbers, unit, "UTC").utc
    if len(wrong := np.flatnonzero((since < 0) | (since >= DAY))):
        row, name = int(wrong[0]), timestamps.UNIT_NAMES[timestamps.UNITS[unit]]
        remedy = (
            "leave out --date where the times have their day; else state another unit: --time-format s, ms, us or ns"
        )
        raise CellError(row, numbers[row].as_py(), f"is no time of day in {name} since midnight", remedy)
    if isinstance(dates, str):
        days = np.full(len(since), np.datetime64(dates, "ns").astype(np.int64))
    else:
        days = timestamps.moments(dates, "iso", "UTC").wall
    return pa.array(np.datetime_as_string((days + since).astype("datetime64[ns]")), pa.string())
