"""Columns of files as the engine's numbers: times in nanoseconds, prices and sizes in units of their last decimal."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from typing import Any

import numpy as np
import pyarrow as pa

from sweep.catalog.ingest.parsing import timestamps
from sweep.catalog.ingest.parsing.decimals import DECIMAL, InexactError, units
from sweep.catalog.ingest.parsing.file_layout import Layout

EARLIEST, LATEST = 31_536_000 * 10**9, 7_258_118_400 * 10**9  # 1971 and 2200: beyond, a unit is wrong
SLACK = 1e-6  # of the last decimal: by how much a float may miss it

type Ints = np.ndarray[Any, np.dtype[np.int64]]


def moments(column: Any, layout: Layout) -> Ints:
    """UNIX nanoseconds. ValueError where one is no time, or one that cannot be."""
    found = _moments(column, layout)
    if len(wrong := np.flatnonzero((found < EARLIEST) | (found >= LATEST))):
        text = str(column[int(wrong[0])].as_py() if not pa.types.is_timestamp(column.type) else found[wrong[0]])
        raise ValueError(f"holds times outside of 1971 to 2199, such as {text}; is the unit (--time-format) right?")
    return found


def _moments(column: Any, layout: Layout) -> Ints:
    kind = column.type
    if pa.types.is_timestamp(kind):
        wall = column.cast(pa.timestamp("ns", kind.tz)).cast(pa.int64()).to_numpy()
        return wall if kind.tz else timestamps.utc(wall, layout.time_zone)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return timestamps.nanoseconds(_chunked(column.cast(pa.string())), layout.time_format, layout.time_zone)
    if not pa.types.is_integer(kind):
        raise ValueError(f"holds times as {kind}; give whole numbers, text or timestamps")
    if layout.time_format not in timestamps.UNITS:
        raise ValueError("holds times as numbers; state their unit with --time-format: s, ms, us or ns")
    unit, numbers = timestamps.UNITS[layout.time_format], column.cast(pa.int64()).to_numpy()
    if len(numbers) and max(int(numbers.max()), -int(numbers.min())) > timestamps.MOST // unit:
        raise ValueError(f"holds times after 2262, such as {numbers.max()}; is the unit (--time-format) right?")
    return numbers * unit


def numbers(column: Any, digits: int, what: str) -> Ints:
    """Whole numbers of 10**-digits. InexactError where that would round, ValueError where one is too large."""
    if pa.types.is_decimal(column.type):
        return units(column, digits, what)
    if pa.types.is_floating(column.type):
        return _floats(column.to_numpy(), digits, what)
    return units(column.cast(DECIMAL), digits, what)


def _floats(values: Any, digits: int, what: str) -> Ints:
    """Floats as the decimals that they were written as."""
    scaled = values.astype(np.float64) * 10.0**digits
    if len(scaled) and not np.abs(scaled).max() < 2**53:
        raise ValueError(f"holds {what} that are too large, or infinite")
    whole = np.rint(scaled)
    off = np.abs(scaled - whole) > SLACK + 4 * np.spacing(np.abs(scaled))
    if off.any():
        needed = next((n for n in range(digits + 1, 17) if _fits(values[off], n)), 16)
        raise InexactError(int(off.sum()), what, digits, repr(float(values[off][0])), needed)
    return whole.astype(np.int64)


def _fits(values: Any, digits: int) -> bool:
    scaled = values.astype(np.float64) * 10.0**digits
    return bool((np.abs(scaled - np.rint(scaled)) <= SLACK + 4 * np.spacing(np.abs(scaled))).all())


def _chunked(column: Any) -> Any:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
