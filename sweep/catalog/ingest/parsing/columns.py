"""Columns of any type as numbers: times in nanoseconds, prices and sizes in units of their last decimal."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog.ingest.parsing import number_texts, timestamps
from sweep.catalog.ingest.parsing.cell_error import FEWER, CellError
from sweep.catalog.ingest.parsing.clock import zones
from sweep.catalog.ingest.parsing.decimals import DECIMAL, InexactError, rounded, units
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.timestamps import Moments

EARLIEST, LATEST = 31_536_000 * 10**9, 7_258_118_400 * 10**9  # 1971 and 2200: beyond, a unit is wrong
SLACK = 1e-6  # of the last decimal: by how much a float may miss it
FLOAT_TIMES = {"s": 6, "ms": 3, "us": 0, "ns": 0}  # decimals of a time that a float tells
TEXTS = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
    pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary,
)  # fmt: skip
ROUNDS = "are rounded to"

type Ints = np.ndarray[Any, np.dtype[np.int64]]
type Note = Callable[[str, int, Decimal], None]  # what was rounded, how many, by how much at most


def moments(column: Any, layout: Layout, day_is_first: bool | None = None) -> Moments:
    """The times of a column without nulls. CellError where one is no time, or one that cannot be."""
    column = simple(column)
    times = _moments(column, layout, day_is_first)
    if len(wrong := np.flatnonzero((times.utc < EARLIEST) | (times.utc >= LATEST))):
        row = int(wrong[0])
        raise CellError(
            row, text_of(column, row), "is a time outside of 1971 to 2199; is the unit (--time-format) right?"
        )
    return times


def simple(column: Any) -> Any:
    """A column in one of arrow's plain types, whatever wrote it: categories, views and large texts by their values."""
    while pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return _chunked(_cast_to_text(column) if is_text(column.type) else column)


def is_text(kind: Any) -> bool:
    return any(test(kind) for test in TEXTS)


def texts(column: Any) -> Any:
    """A column as texts: times without a zone, as a clock shows them."""
    column = simple(column)
    if pa.types.is_timestamp(column.type) and column.type.tz:
        column = column.cast(pa.timestamp(column.type.unit, "UTC")).cast(pa.timestamp(column.type.unit))
    return _cast_to_text(column)


def _cast_to_text(column: Any) -> Any:
    """Texts; of bytes that are none, and of values with parts, what shows them."""
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _chunked(pa.array(map(_shown, column.to_pylist()), pa.string()))


def _shown(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return None if value is None else str(value)


def text_of(column: Any, row: int) -> str:
    return str(texts(column.slice(row, 1))[0].as_py())


def _moments(column: Any, layout: Layout, day_is_first: bool | None) -> Moments:
    kind = column.type
    if pa.types.is_date(kind):
        return timestamps.on_clock(column.cast(pa.timestamp("ns")).cast(pa.int64()).to_numpy(), layout.time_zone)
    if pa.types.is_timestamp(kind):
        return _stamps(column, layout.time_zone)
    if pa.types.is_string(kind):
        return timestamps.moments(column, layout.time_format, layout.time_zone, day_is_first=day_is_first)
    if layout.time_format == "excel" or "%" in layout.time_format or pa.types.is_decimal(kind):
        words = pc.replace_substring_regex(column.cast(pa.string()), r"\.0*$", "")
        return timestamps.moments(words, layout.time_format, layout.time_zone, day_is_first=day_is_first)
    if not pa.types.is_integer(kind) and not pa.types.is_floating(kind):
        raise CellError(
            0, text_of(column, 0), f"is a {kind}, which is no time", "name the column of the time: --columns time=NAME"
        )
    if layout.time_format not in timestamps.UNITS:
        return _dates_as_numbers(column, layout)
    return timestamps.instants(_since_1970(column, layout.time_format), layout.time_zone)


def _stamps(column: Any, zone: str) -> Moments:
    kind = column.type
    try:
        exact = column.cast(pa.timestamp("ns", kind.tz)).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        years = pc.year(column.cast(pa.timestamp(kind.unit))).to_numpy()
        row = int(np.flatnonzero((years < 1971) | (years > 2199))[0])
        raise CellError(row, text_of(column, row), "is a time outside of 1971 to 2199") from None
    if not kind.tz:
        return timestamps.on_clock(exact, zone)
    return timestamps.instants(exact, zone if zones.is_utc(kind.tz) else kind.tz)


def _dates_as_numbers(column: Any, layout: Layout) -> Moments:
    """Whole numbers such as 20240102; CellError with the unit that fits others."""
    words = pc.replace_substring_regex(column.cast(pa.string()), r"\.0*$", "")
    try:
        return timestamps.moments(words, "iso", layout.time_zone)
    except CellError as error:
        rule = "is a number; state its unit with --time-format"
        raise CellError(error.row, error.text, rule, error.remedy) from None


def _since_1970(column: Any, unit: str) -> Ints:
    by = timestamps.UNITS[unit]
    if pa.types.is_floating(column.type):
        digits = FLOAT_TIMES[unit]
        numbers = np.rint(column.to_numpy().astype(np.float64) * 10.0**digits)
        most, by = timestamps.MOST // by * 10.0**digits, by // 10**digits
    else:
        numbers, most = column.cast(pa.int64()).to_numpy(), timestamps.MOST // by
    if len(wrong := np.flatnonzero(~(np.abs(numbers) <= most))):
        row = int(wrong[0])
        raise CellError(row, text_of(column, row), "is a time after 2262; is the unit (--time-format) right?")
    return numbers.astype(np.int64) * by


def numbers(column: Any, digits: int, noun: str, *, sign: str = ".", note: Note | None = None, power: int = 0) -> Ints:
    """Whole numbers of 10**-digits of a column without nulls. ValueError where one is too large, or none.

    InexactError where that would round; with `note`, numbers are rounded, and it is told so. `sign` is the one between
    whole and fraction of texts; `power`: the numbers are in units of 10**-power.
    """
    if power:
        return _of_unit(numbers(column, max(digits - power, 0), noun, sign=sign), digits, noun, power, note)
    column = simple(column)
    kind = column.type
    if pa.types.is_floating(kind):
        return _floats(column.to_numpy(), digits, noun, note)
    if pa.types.is_string(kind):
        column = number_texts.decimals_of(_whole(column), sign, rounds=note is not None)
    elif pa.types.is_integer(kind):
        column = _of_integers(column, noun)
    elif not pa.types.is_decimal(kind):
        raise CellError(
            0, text_of(column, 0), f"is a {kind}, which is no number", "name the right column with --columns"
        )
    try:
        return units(column, digits, noun)
    except InexactError:
        if note is None:
            raise
    near, count, most = rounded(column, digits)
    note(noun, count, most)
    return units(near, digits, noun)


def _of_unit(whole: Ints, digits: int, noun: str, power: int, note: Note | None) -> Ints:
    """Numbers that are written in units of 10**-power. InexactError where these have more decimals."""
    by = 10 ** max(power - digits, 0)
    if len(off := np.flatnonzero(whole % by)) and note:
        near = np.rint(whole / by).astype(np.int64)
        note(noun, len(off), Decimal(int(np.abs(whole - near * by).max())).scaleb(-power))
        return near
    if len(off):
        needed = next(n for n in range(digits + 1, power + 1) if not (whole % 10 ** (power - n)).any())
        row = int(off[0])
        raise InexactError(len(off), noun, digits, f"{Decimal(int(whole[row])).scaleb(-power):f}", needed, row)
    return whole // by


def _of_integers(column: Any, noun: str) -> Any:
    try:
        return column.cast(DECIMAL)
    except pa.ArrowInvalid:
        row = int(pc.index(pc.greater(pc.abs(column.cast(pa.float64())), 1e21), value=True).as_py())
        raise CellError(row, column[row].as_py(), f"is too large for {noun}", FEWER) from None


def _floats(values: Any, digits: int, noun: str, note: Note | None) -> Ints:
    """Floats as the decimals that they were written as."""
    scaled = values.astype(np.float64) * 10.0**digits
    if len(large := np.flatnonzero(~(np.abs(scaled) < 2**53))):
        row = int(large[0])
        raise CellError(row, float(values[row]), "is too large, or infinite", FEWER)
    whole = np.rint(scaled) if values.dtype.itemsize == np.dtype(np.float64).itemsize else _shortest(values, digits)
    off = ~_holds(values, whole, digits)
    if off.any() and note:
        note(noun, int(off.sum()), Decimal(repr(float(np.abs(scaled - whole)[off].max()))).scaleb(-digits))
    elif off.any():
        needed = next((n for n in range(digits + 1, 17) if _fits(values[off], n)), 16)
        example = np.format_float_positional(values[off][0], trim="-")
        raise InexactError(int(off.sum()), noun, digits, example, needed, int(np.argmax(off)))
    return whole.astype(np.int64)


def _shortest(values: Any, digits: int) -> Any:
    """Short floats in units of the last decimal, by the fewest decimals that make them: what is behind is noise."""
    exact = values.astype(np.float64)
    whole = np.rint(exact * 10.0**digits)
    open_rows = np.ones(len(values), bool)
    for fewer in range(digits):
        near = np.rint(exact * 10.0**fewer)
        fits = open_rows & _holds(values, near, fewer)
        whole[fits] = near[fits] * 10.0 ** (digits - fewer)
        open_rows &= ~fits
    return whole


def _holds(values: Any, whole: Any, digits: int) -> Any:
    """Mark the floats that are these whole numbers of the last decimal, in their own precision."""
    if values.dtype.itemsize < np.dtype(np.float64).itemsize:
        return (whole / 10.0**digits).astype(values.dtype) == values
    scaled = values * 10.0**digits
    return np.abs(scaled - whole) <= SLACK + 4 * np.spacing(np.abs(scaled))


def _fits(values: Any, digits: int) -> bool:
    return bool(_holds(values, np.rint(values.astype(np.float64) * 10.0**digits), digits).all())


def _chunked(column: Any) -> Any:
    return column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
