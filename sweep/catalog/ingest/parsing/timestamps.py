"""Times as people write them in files, to UNIX nanoseconds: a column at once, exact, and never guessed."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from sweep.catalog.ingest.parsing.decimals import units

type Ints = np.ndarray[Any, np.dtype[np.int64]]

UNITS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
WIDTHS = {"Y": 4, "m": 2, "d": 2, "H": 2, "M": 2, "S": 2, "f": 0}  # %f takes what is left: 3, 6 or 9 digits
LIMITS = {"H": 23, "M": 59, "S": 59}
MOST = 2**63 - 1  # nanoseconds; in the year 2262
SLOT = 15 * 60 * 10**9  # no zone changes its clock but at a quarter of an hour
ZONED = re.compile(r"(Z|[+-]\d\d:?\d\d)$")
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?")
EXAMPLES = "iso, s, ms, us, ns, or a pattern such as '%Y%m%d %H%M%S%f'"


def check(form: str, zone: str) -> list[tuple[str, str]]:
    """What is wrong with a format and a zone: (option, rule) pairs."""
    wrong: list[tuple[str, str]] = []
    if form != "iso" and form not in UNITS and not _is_pattern(form):
        wrong.append(("--time-format", f"must be {EXAMPLES}"))
    if not OFFSET.fullmatch(zone):
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):  # unknown, or no name at all
            wrong.append(("--time-zone", "must be UTC, an offset such as -05:00, or a name such as America/New_York"))
    return wrong


def _is_pattern(form: str) -> bool:
    fields = re.findall(r"%(.)", form)
    return {"Y", "m", "d"} <= set(fields) <= WIDTHS.keys() and len(fields) == len(set(fields))


def nanoseconds(texts: Any, form: str, zone: str) -> Ints:
    """UNIX nanoseconds of a column of texts. ValueError, with the first text that does not fit, otherwise.

    `form` is iso, an epoch unit, or a pattern of two-digit fields; `zone` is where the clock of a time without a zone
    stands. A time that this clock shows twice or never (when it is moved) is an error.
    """
    if texts.null_count:
        raise ValueError("every row needs a time")
    times = _read(texts, form, zone)
    if len(early := np.flatnonzero(times < 0)):
        raise ValueError(f"{texts[int(early[0])].as_py()!r} is before 1970")
    return times


def _read(texts: Any, form: str, zone: str) -> Ints:
    if form in UNITS:
        return _numbers(texts, UNITS[form])
    if form == "iso":
        return _iso(texts, zone)
    return utc(_pattern(texts, form), zone)


def _numbers(texts: Any, unit: int) -> Ints:
    try:
        numbers = texts.cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:  # with a fraction, as 1577916000.065 seconds
        digits = len(str(unit)) - 1
        try:
            return units(texts.cast(pa.decimal128(38, digits)), digits, "times")
        except ValueError as error:
            raise ValueError(f"{error}; is the unit right?") from None
    if len(large := np.flatnonzero(numbers > MOST // unit)):
        raise ValueError(f"{texts[int(large[0])].as_py()!r} is after the year 2262; is the unit right?")
    return numbers * unit


def _iso(texts: Any, zone: str) -> Ints:
    first = texts[0].as_py() if len(texts) else ""
    if ZONED.search(first):
        return texts.cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_numpy()
    return utc(texts.cast(pa.timestamp("ns")).cast(pa.int64()).to_numpy(), zone)


def _pattern(texts: Any, form: str) -> Ints:
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
    """Where each field stands (start, end) in a text of this width, and each letter between them."""
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


def utc(wall: Ints, zone: str) -> Ints:
    """UTC of wall-clock nanoseconds in a zone."""
    if found := OFFSET.fullmatch(zone):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return wall - int(found[1] + "1") * minutes * 60 * 10**9
    slots, place = np.unique(wall // SLOT, return_inverse=True)
    offsets = np.array([_offset(int(slot) * SLOT, ZoneInfo(zone)) for slot in slots], np.int64)
    return wall - offsets[place]


def _offset(wall: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(wall // 10**9, UTC).replace(tzinfo=zone)
    before, after = local.utcoffset(), local.replace(fold=1).utcoffset()
    if before != after:
        rule = "twice or never, as the clock is moved then; use an offset such as -05:00"
        raise ValueError(f"{local:%Y-%m-%d %H:%M} is there {rule}")
    return int((before or timedelta()).total_seconds()) * 10**9
