"""Times as people write them in files, to UNIX nanoseconds: a column at once, exact, and never guessed."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from sweep.catalog.ingest.parsing import time_texts
from sweep.catalog.ingest.parsing.cell_error import CellError
from sweep.catalog.ingest.parsing.clock.zones import OFFSET, is_utc, offsets_at, utc
from sweep.catalog.ingest.parsing.decimals import units
from sweep.catalog.ingest.parsing.time_texts import WallTimes

type Ints = np.ndarray[Any, np.dtype[np.int64]]

UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "f": 0}  # %f takes what is left: 3, 6 or 9 digits
LIMITS = {"H": 23, "M": 59, "S": 59}
MOST = 2**63 - 1  # nanoseconds; in the year 2262
ZONED = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
EXAMPLES = "iso, s, ms, us, ns, excel, or a pattern such as '%Y%m%d %H%M%S%f'"
UNIT_NAMES = {10**9: "seconds", 10**6: "milliseconds", 10**3: "microseconds", 1: "nanoseconds"}
EXCEL_1970 = 25_569  # days from the start of spreadsheets to 1970
SECOND_DIGITS = 6  # decimals of a day that cannot tell milliseconds


def check(form: str, zone: str) -> list[tuple[str, str]]:
    """The mistakes in a format and a zone: (option, rule) pairs."""
    wrong: list[tuple[str, str]] = []
    if form not in {"iso", "excel", *UNITS} and not _is_pattern(form):
        wrong.append(("--time-format", f"must be {EXAMPLES}"))
    if not OFFSET.fullmatch(zone):
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):  # unknown, or no name at all
            wrong.append(("--time-zone", "must be UTC, an offset such as -05:00, or a name such as America/New_York"))
    return wrong


def _is_pattern(form: str) -> bool:
    fields = re.findall(r"%(.)", form)
    is_whole = all(set(fields) & set(names) for names in ("Yy", "mbB", "d")) and ("I" in fields) == ("p" in fields)
    return is_whole and set(fields) <= time_texts.FIELDS.keys() and len(fields) == len(set(fields))


@dataclass(frozen=True, slots=True)
class Moments:
    """Times in UNIX nanoseconds, and the same on the clock of the file."""

    utc: Ints
    wall: Ints


def nanoseconds(texts: Any, form: str, zone: str) -> Ints:
    """UNIX nanoseconds of a column of texts; ValueError also for a time before 1970."""
    times = moments(texts, form, zone).utc
    if len(early := np.flatnonzero(times < 0)):
        raise CellError(int(early[0]), texts[int(early[0])].as_py(), "is before 1970")
    return times


def moments(texts: Any, form: str, zone: str, *, day_is_first: bool | None = None) -> Moments:
    """The times of a column of texts. ValueError, with the first text that does not fit, otherwise.

    `form` is iso, excel, an epoch unit, or a pattern; `zone` is where the clock of a time without a zone stands. A time
    that this clock shows twice or never (when it is moved) is an error.
    """
    if texts.null_count:
        raise ValueError("every row needs a time")
    if form in UNITS:
        return instants(_numbers(texts, UNITS[form]), zone)
    if form == "excel":
        return on_clock(_serial_days(texts), zone)
    if form == "iso":
        return _iso(texts, zone, day_is_first)
    try:
        return on_clock(_pattern(texts, form), zone)
    except (ValueError, KeyError):  # of fields that are not padded, or are words
        return _zoned(texts, time_texts.patterned(texts, form), zone)


def instants(utc: Ints, zone: str) -> Moments:
    """Moments of a column that names no clock; the zone says how its days run."""
    return Moments(utc, utc if is_utc(zone) else utc + offsets_at(utc, zone))


def on_clock(wall: Ints, zone: str) -> Moments:
    """Moments of times on the clock of a zone."""
    return Moments(utc(wall, zone), wall)


def _numbers(texts: Any, unit: int) -> Ints:
    try:
        numbers = texts.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:  # with a fraction, as 1577916000.065 seconds
        return _fractions(texts, unit)
    if len(large := np.flatnonzero(numbers > MOST // unit)):
        row = int(large[0])
        raise CellError(row, texts[row].as_py(), "is after the year 2262; is the unit right?")
    return numbers * unit


def _fractions(texts: Any, unit: int) -> Ints:
    """Numbers with a fraction, exact to the nanosecond. CellError for the first that is none."""
    digits = len(str(unit)) - 1
    try:
        return units(texts.cast(pa.decimal128(38, digits)), digits, "times")
    except ValueError:
        pass
    nanoseconds = np.zeros(len(texts), np.int64)
    for row, text in enumerate(texts.to_pylist()):
        try:
            exact = Decimal(text.replace(",", ".", 1)) * unit
            nearest = int(exact.to_integral_value())
        except (ArithmeticError, ValueError):
            rule = f"is no number of {UNIT_NAMES[unit]}; is the unit right?"
            raise CellError(row, text, rule, "leave out --time-format, or state the one that fits") from None
        if abs(exact) > MOST or exact != nearest:
            raise CellError(row, text, "is after the year 2262, or finer than a nanosecond; is the unit right?")
        nanoseconds[row] = nearest
    return nanoseconds


def _serial_days(texts: Any) -> Ints:
    """Days since 1900 as spreadsheets count them, to the millisecond; to the second where they are written shorter."""
    nanoseconds = np.zeros(len(texts), np.int64)
    for row, text in enumerate(texts.to_pylist()):
        try:
            milliseconds = (Decimal(text.replace(",", ".")) - EXCEL_1970) * 86_400_000
        except ArithmeticError:
            raise CellError(row, text, "is no number of days", "leave out --time-format excel") from None
        if not 0 <= milliseconds < MOST // 10**6:
            raise CellError(row, text, "is no day after 1970 in days since 1900", "leave out --time-format excel")
        is_short = len(text.partition(".")[2]) <= SECOND_DIGITS
        nanoseconds[row] = int((milliseconds / 1000 if is_short else milliseconds).to_integral_value()) * 10 ** (
            9 if is_short else 6
        )
    return nanoseconds


def _iso(texts: Any, zone: str, day_is_first: bool | None) -> Moments:
    first = texts[0].as_py() if len(texts) else ""
    try:
        if ZONED.search(first):
            if not first.endswith(("Z", "+00:00")):  # the offsets themselves say how the days run
                return _zoned(texts, time_texts.shaped(texts, day_is_first), zone)
            return instants(texts.cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_numpy(), zone)
        wall = texts.cast(pa.timestamp("ns")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return _zoned(texts, time_texts.shaped(texts, day_is_first), zone)
    return on_clock(wall, zone)


def _zoned(texts: Any, times: WallTimes, zone: str) -> Moments:
    """Moments of texts of which all name their zone, or none."""
    if not times.has_zones:
        return on_clock(times.wall, zone)
    if len(bare := np.flatnonzero(~times.is_zoned)):
        row = int(bare[0])
        remedy = "write the zone into every row, or into none and state it with --time-zone"
        raise CellError(row, texts[row].as_py(), "names no time zone, others of the column do", remedy)
    exact = times.wall - times.offset
    return Moments(exact, times.wall if times.offset.any() else instants(exact, zone).wall)


def _pattern(texts: Any, form: str) -> Ints:
    if any(f not in WIDTHS for f in re.findall(r"%(.)", form)):
        raise KeyError(form)
    width = len(texts[0].as_py()) if len(texts) else 0
    rows = _characters(texts, width)
    digits, literals = _places(form, width)
    fits = np.ones(len(rows), bool)
    for at, letter in literals.items():
        fits &= rows[:, at] == ord(letter)
    fields = {name: _digits(rows[:, a:b], fits) for name, (a, b) in digits.items()}
    for name, most in LIMITS.items():
        fits &= fields.get(name, 0) <= most
    days = _days(fields["Y"], fields["m"], fields["d"], fits)
    if len(bad := np.flatnonzero(~fits)):
        raise ValueError(f"{texts[int(bad[0])].as_py()!r} is no time of the pattern {form!r}")
    seconds = sum(fields.get(name, 0) * unit for name, unit in (("H", 3600), ("M", 60), ("S", 1)))
    fraction = fields["f"] * 10 ** (9 - digits["f"][1] + digits["f"][0]) if "f" in digits else 0
    return (days * 86_400 + seconds) * 10**9 + fraction


def _characters(texts: Any, width: int) -> Any:
    """The texts as one matrix of bytes, when all of them are of this width."""
    array = texts.cast(pa.binary()).combine_chunks()
    offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    if len(odd := np.flatnonzero(np.diff(offsets) != width)):
        raise ValueError(f"{texts[int(odd[0])].as_py()!r} is not as long as the times before it")
    return np.frombuffer(array.buffers()[2], np.uint8)[offsets[0] : offsets[-1]].reshape(len(array), width)


def _places(form: str, width: int) -> tuple[dict[str, tuple[int, int]], dict[int, str]]:
    """The places of fields (start, end) in a text of this width, and of the letters between them."""
    tokens = re.findall(r"%(.)|(.)", form)
    fraction = width - sum(1 if letter else WIDTHS[field] for field, letter in tokens)
    if fraction not in range(1, 10) if "%f" in form else fraction:
        raise ValueError(f"times are {width} characters long, which {form!r} is not")
    fields, letters, at = dict[str, tuple[int, int]](), dict[int, str](), 0
    for field, letter in tokens:
        size = 1 if letter else WIDTHS[field] or fraction
        if field:
            fields[field] = (at, at + size)
        else:
            letters[at] = letter
        at += size
    return fields, letters


def _digits(columns: Any, fits: Any) -> Ints:
    """The number that each row of ASCII digits is; `fits` turns false where one is none."""
    digits = columns.astype(np.int64) - ord("0")
    fits &= ((digits >= 0) & (digits <= 9)).all(axis=1)
    return digits @ (10 ** np.arange(columns.shape[1] - 1, -1, -1, dtype=np.int64))


def _days(year: Ints, month: Ints, day: Ints, fits: Any) -> Ints:
    """Days since the epoch of calendar dates; `fits` turns false where there is no such day in 1970 to 2261."""
    fits &= (year >= 1970) & (year < 2262) & (month >= 1) & (month <= 12)
    months = np.where(fits, (year - 1970) * 12 + month - 1, 0)
    first, following = (
        m.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) for m in (months, months + 1)
    )
    fits &= (day >= 1) & (day <= following - first)
    return first + day - 1
