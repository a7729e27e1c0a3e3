"""Times as people write them, by the shape of the text: dates in seven forms, clocks with AM and PM, offsets.

A shape is a regular expression over a whole column; a column may mix shapes. 1/2/2024 is read only where another row
shows which number is the day.
"""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute as pc

from sweep.catalog.ingest.parsing.cell_error import CellError, OrderOfDaysError
from sweep.catalog.ingest.parsing.time_hints import closest

type Ints = np.ndarray[Any, np.dtype[np.int64]]

SECOND = 10**9
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
CLOCK = (
    r"(?P<H>\d{1,2})(?:[:.]?(?P<M>\d{2})(?:[:.]?(?P<S>\d{2})(?:[.,:]?(?P<f>\d{1,9}))?)?)?"
    r"(?:[ -]*(?P<p>[AaPp])\.?[Mm]\.?)?"
)
ZONE = r" *(?P<z>[Zz]|(?:UTC|GMT)?(?: *[+-]\d{1,2}(?::?\d{2})?)?|[A-Z]{3,4})?"
ABBREVIATIONS = {  # hours ahead of UTC; CST, IST and BST are the names of several zones
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip
SLASHED = r"(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<Y>\d{4})"
DATES = (
    r"(?P<Y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})",
    r"(?P<Y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<Y>\d{4})",
    SLASHED,
    r"(?:[A-Za-z]{3,9},? )?(?P<d>\d{1,2})[- /](?P<n>[A-Za-z]{3,9})[- /,]* ?(?P<Y>\d{4})",
    r"(?:[A-Za-z]{3,9},? )?(?P<n>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<Y>\d{4})",
)
DIGITS = r"(?P<Y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?(?:[.,]?(?P<f>\d{1,9}))?"
SHAPES = (*(f"^{date}(?:(?:[T_ ,-]+|$){CLOCK})?{ZONE}$" for date in DATES), f"^{DIGITS}{ZONE}$",
          rf"^(?:[A-Za-z]{{3,9}} )?(?P<n>[A-Za-z]{{3,9}}) +(?P<d>\d{{1,2}}) {CLOCK}{ZONE} (?P<Y>\d{{4}})$",  # of ctime
          rf"^{DATES[0]}[T_ -](?P<H>\d{{2}})-(?P<M>\d{{2}})-(?P<S>\d{{2}})(?:[.,-](?P<f>\d{{1,9}}))?$")  # fmt: skip
ONLY_DATE = re.compile("|".join(re.sub(r"\?P<\w>", "?:", date) for date in DATES))
ONLY_CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2}([.,:]\d{1,9})?)?( *[AaPp]\.?[Mm]\.?)?|\d{6}(\.?\d{1,9})?|\d{3,4}")
FIELDS = {  # of a pattern
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r"(?P<d>\d{1,2})",
    "b": r"(?P<n>[A-Za-z]{3,9})", "B": r"(?P<n>[A-Za-z]{3,9})",
    "H": r"(?P<H>\d{1,2})", "I": r"(?P<H>\d{1,2})", "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})", "f": r"(?P<f>\d{1,9})", "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "z": r"(?P<z>[Zz]|[+-]\d{2}:?\d{2})",
}  # fmt: skip
AMBIGUOUS = "names the day and the month in an order that no row of the file shows"


@dataclass(frozen=True, slots=True)
class WallTimes:
    """Times on the clock of the file, and where they name it their offset from UTC, in nanoseconds."""

    wall: Ints
    offset: Ints
    is_zoned: Any  # bools

    @property
    def has_zones(self) -> bool:
        return bool(self.is_zoned.any())


def is_date(text: str) -> bool:
    """Tell a date without a time of day."""
    return ONLY_DATE.fullmatch(text.strip()) is not None and first_match(text.strip()) is not None


def is_clock(text: str) -> bool:
    """Tell a time of day without a date."""
    return ONLY_CLOCK.fullmatch(text.strip()) is not None


def is_moment(text: str) -> bool:
    """Tell a date with a time of day."""
    return not is_date(text) and first_match(text.strip()) is not None


def first_match(text: str) -> Any:
    """The fields of a text in the first shape that holds a day that can be."""
    for shape in SHAPES:
        if (match := re.match(shape, text, re.ASCII)) and _can_be(match.groupdict()):
            return match
    return None


def _can_be(fields: dict[str, str | None]) -> bool:
    month, day = int(fields.get("m") or fields.get("b") or 1), int(fields.get("d") or fields.get("a") or 1)
    return 1900 <= int(fields["Y"] or 0) < 2262 and min(month, day) >= 1 and max(month, day) <= 31


def day_first(texts: Any) -> bool | None:
    """Tell the order of day and month in texts such as 13/2/2024; None where no row shows it.

    CellError where rows differ.
    """
    fields = pc.extract_regex(texts, "^" + SLASHED)
    if not fields.null_count < len(texts):
        return None
    one, other = (_number(fields, name, 0) for name in "ab")
    by_day, by_month = np.flatnonzero(one > 12), np.flatnonzero(other > 12)
    if len(by_day) and len(by_month):
        row = max(int(by_day[0]), int(by_month[0]))
        raise CellError(row, texts[row].as_py(), "has day and month in another order than rows before it")
    return True if len(by_day) else False if len(by_month) else None


def shaped(texts: Any, day_is_first: bool | None = None) -> WallTimes:
    """Times in any of the usual shapes. CellError for the first text in none of them."""
    collected = _Collected(len(texts))
    for shape in SHAPES:
        if not len(collected.open_rows):
            break
        rows = collected.open_rows
        part = texts.take(pa.array(rows))
        fields = pc.extract_regex(part, shape)
        fits = pc.is_valid(fields).to_numpy(zero_copy_only=False)
        if not fits.any():
            continue
        fields = fields.filter(pa.array(fits))
        if SLASHED in shape:
            fields = _in_order(fields, part.filter(pa.array(fits)), rows[fits], day_is_first)
        collected.put(rows[fits], fields)
    if len(collected.open_rows):
        row = int(collected.open_rows[0])
        raise CellError(row, texts[row].as_py(), "is no time that can be read", _closest(texts[row].as_py()))
    return collected.times()


def patterned(texts: Any, form: str) -> WallTimes:
    """Times of a pattern whose fields need not be padded. CellError for the first text that does not fit."""
    fields = pc.extract_regex(texts, expression(form))
    fits = pc.is_valid(fields).to_numpy(zero_copy_only=False)
    collected = _Collected(len(texts))
    collected.put(np.flatnonzero(fits), fields.filter(pa.array(fits)))
    if len(collected.open_rows):
        row = int(collected.open_rows[0])
        raise CellError(row, texts[row].as_py(), f"is no time of the pattern {form!r}", _closest(texts[row].as_py()))
    return collected.times()


def expression(form: str) -> str:
    """A pattern such as %d/%m/%Y as a regular expression. KeyError for a field that is none."""
    tokens = re.findall(r"%(.)|([^%])", form)
    parts = [FIELDS[field] if field else re.escape(letter) for field, letter in tokens]
    for n, (field, _) in enumerate(tokens):
        neighbours = [tokens[m][0] for m in (n - 1, n + 1) if 0 <= m < len(tokens)]
        if field and any(neighbours):  # nothing in between tells where it ends
            parts[n] = parts[n].replace("{1,2}", "{2}")
    return "^" + "".join(parts) + "$"


def pattern_of(text: str, *, day_is_first: bool) -> str:
    """The pattern of a text such as 1/2/2024 9:30 PM."""
    date = re.match(SLASHED, text)
    sign = text[len(date["a"])] if date else "/"
    order = ("%d", "%m") if day_is_first else ("%m", "%d")
    form, rest = sign.join((*order, "%Y")), text[date.end() :] if date else ""
    half = bool(re.search(r"[AaPp]\.?[Mm]", rest))
    for expression_, field in ((r"\d{1,2}", "%I" if half else "%H"), (r"\d{2}", "%M"), (r"\d{2}", "%S")):
        rest = re.sub(rf"(?<![\d%]){expression_}(?!\d)", field, rest, count=1)
    rest = re.sub(r"(?<=%S[.,])\d+", "%f", rest)
    return form + re.sub(r"[AaPp]\.?[Mm]\.?", "%p", rest)


class _Collected:
    """Times by row, from several shapes."""

    def __init__(self, rows: int) -> None:
        self.wall, self.offset = np.zeros(rows, np.int64), np.zeros(rows, np.int64)
        self.is_zoned, self.is_read = np.zeros(rows, bool), np.zeros(rows, bool)

    @property
    def open_rows(self) -> Ints:
        return np.flatnonzero(~self.is_read)

    def put(self, rows: Ints, fields: Any) -> None:
        """Take the fields of these rows, where they make a time."""
        names = {f.name for f in fields.type}
        days, fits = _days(fields, names)
        hours, minutes, seconds = (
            _number(fields, n, 0) if n in names else np.zeros(len(rows), np.int64) for n in "HMS"
        )
        if "p" in names:
            hours = _of_half_day(fields, hours, fits)
        rest = minutes + seconds + _fraction(fields, names, len(rows))
        is_end = (hours == 24) & (rest == 0) & ("M" in names)
        fits &= ((hours < 24) | is_end) & (minutes < 60) & (seconds < 60)
        wall = (days * 86_400 + hours * 3600 + minutes * 60 + seconds) * SECOND + _fraction(fields, names, len(rows))
        zone = _field(fields, "z") if "z" in names else pa.array([""] * len(rows))
        offset, is_zoned = _offsets(zone, fits)
        good = rows[fits]
        self.wall[good], self.offset[good] = wall[fits], offset[fits]
        self.is_zoned[good], self.is_read[good] = is_zoned[fits], True

    def times(self) -> WallTimes:
        return WallTimes(self.wall, self.offset, self.is_zoned)


def _in_order(fields: Any, texts: Any, rows: Ints, day_is_first: bool | None) -> Any:
    """Name the two numbers of 1/2/2024."""
    first = day_is_first if day_is_first is not None else day_first(texts)
    if first is None:
        text = str(texts[0].as_py())
        month, day = (pattern_of(text, day_is_first=day) for day in (False, True))
        raise OrderOfDaysError(int(rows[0]), text, AMBIGUOUS, f'give --time-format "{month}" or --time-format "{day}"')
    names = {"a": "d", "b": "m"} if first else {"a": "m", "b": "d"}
    held = {names.get(f.name, f.name): _field(fields, f.name) for f in fields.type}
    return pa.StructArray.from_arrays([_whole(c) for c in held.values()], list(held))


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _field(fields: Any, name: str) -> Any:
    return _whole(pc.struct_field(fields, name))


def _number(fields: Any, name: str, default: int) -> Ints:
    texts = _field(fields, name).fill_null("")
    return pc.if_else(pc.equal(texts, ""), str(default), texts).cast(pa.int64()).to_numpy(zero_copy_only=False)


def _days(fields: Any, names: set[str]) -> tuple[Ints, Any]:
    year = _number(fields, "Y", 0) if "Y" in names else _number(fields, "y", 0) + 2000
    month = _months(fields) if "n" in names else _number(fields, "m", 0)
    day = _number(fields, "d", 0)
    fits = (year >= 1900) & (year < 2262) & (month >= 1) & (month <= 12)
    months = np.where(fits, (year - 1970) * 12 + month - 1, 0)
    first, following = (
        m.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) for m in (months, months + 1)
    )
    fits &= (day >= 1) & (day <= following - first)
    return first + day - 1, fits


def _months(fields: Any) -> Ints:
    """Months of their names; 0 where a name is none."""
    short = pc.utf8_slice_codeunits(pc.utf8_lower(_field(fields, "n")), 0, 3)
    return pc.add(pc.index_in(short, pa.array(MONTHS)).fill_null(-1), 1).cast(pa.int64()).to_numpy(zero_copy_only=False)


def _of_half_day(fields: Any, hours: Ints, fits: Any) -> Ints:
    half = pc.utf8_lower(_field(fields, "p")).fill_null("").to_numpy(zero_copy_only=False)
    marked = half != ""
    fits &= ~marked | ((hours >= 1) & (hours <= 12))
    return np.where(marked, hours % 12 + 12 * (half == "p"), hours)


def _fraction(fields: Any, names: set[str], rows: int) -> Ints:
    if "f" not in names:
        return np.zeros(rows, np.int64)
    texts = pc.utf8_rpad(_field(fields, "f").fill_null(""), 9, "0")
    return texts.cast(pa.int64()).to_numpy(zero_copy_only=False)


def _offsets(texts: Any, fits: Any) -> tuple[Ints, Any]:
    """Offsets from UTC of texts such as +05:30, +00, UTC, Z or nothing."""
    codes = texts.dictionary_encode()
    values = [_offset(text) for text in codes.dictionary.to_pylist()]
    where = codes.indices.to_numpy(zero_copy_only=False)
    if not len(where):
        return np.zeros(0, np.int64), np.zeros(0, bool)
    fits &= np.array([v is not False for v in values])[where]
    offsets = np.array([0 if v is None or v is False else v for v in values], np.int64)
    return offsets[where], np.array([v is not None for v in values])[where]


def _offset(text: str | None) -> int | bool | None:
    """Nanoseconds; None where there is no zone, False where there can be none such."""
    word = (text or "").strip().upper().removeprefix("UTC").removeprefix("GMT").strip()
    if not word:
        return 0 if (text or "").strip() else None
    if word.isalpha():
        hours = 0 if word == "Z" else ABBREVIATIONS.get(word)
        return False if hours is None else hours * 3600 * SECOND
    hours, minutes = int(re.sub(r"\D", "", word)[:2] if ":" not in word else word[1:].partition(":")[0]), 0
    digits = re.sub(r"\D", "", word)
    if ":" in word or len(digits) > 2:
        minutes = int(digits[-2:])
        hours = int(digits[:-2])
    if hours > 14 or minutes > 59:
        return False
    return (-1 if word[0] == "-" else 1) * (hours * 3600 + minutes * 60) * SECOND


def _closest(text: str) -> str:
    """The option that helps with a text that is no time in any shape."""
    return closest(text, is_clock=is_clock(text))
