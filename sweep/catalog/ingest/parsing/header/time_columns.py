"""The columns of the time of a file: of a date with its time of day, or one of each."""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.after_midnight import is_within_day
from sweep.catalog.ingest.parsing.header.column_request import ColumnRequest
from sweep.catalog.ingest.parsing.names.column_names import CLOCKS, DATES, MOMENTS, key
from sweep.catalog.ingest.parsing.time_texts import is_clock, is_date, is_moment
from sweep.catalog.ingest.parsing.timestamps import UNITS
from sweep.errors import InputError, Problem

MOST = 0.8  # of a column's values that show what it is
SHORT_CLOCK = re.compile(r"\d{5}(\.\d+)?")
WRITTEN_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}.*")  # not digits alone, which may be a volume


def time_columns(
    where: str, sample: Mapping[str, Sequence[str]], layout: Layout, request: ColumnRequest, taken: set[str]
) -> tuple[str, ...]:
    """The column of the time, or of the date and of the time of day; () where there is none.

    InputError for a date alone.
    """
    if "time" in layout.named:
        parts = (layout.named["time"],) if layout.named["time"] in sample else tuple(layout.named["time"].split("+"))
        return tuple(p.strip() for p in parts) if all(p.strip() in sample for p in parts) else ()
    free = {name: values for name, values in sample.items() if name not in taken}
    moments = _by_name(free, MOMENTS)
    if layout.time_format != "iso":
        return _stated(free, moments, layout)
    full = [n for n in moments if nearly_all(free[n], is_moment) and not _at_midnight(free[n])]
    if full:
        return (full[0],)
    dates = [n for n in dict.fromkeys([*_by_name(free, DATES), *moments]) if nearly_all(free[n], _is_day)]
    clocks = clocks_of(free, dates)
    if dates and clocks:
        return dates[0], clocks[0]
    bare = [n for n in dates if nearly_all(free[n], is_date)]
    if bare and not request.may_be_dates and not [n for n in moments if n not in bare and n not in clocks]:
        others = [n for n in free if n not in bare and (nearly_all(free[n], is_clock) or key(n) in CLOCKS)]
        unit = unit_since_midnight(free[others[0]]) if others else ""
        raise InputError(_only_dates(where, bare[0], free[bare[0]], request, others, unit))
    others = moments if request.may_be_dates else [n for n in moments if n not in bare]
    read = [n for n in others if nearly_all(free[n], _is_readable)]
    return tuple((read or others or moments)[:1])


def clocks_of(free: Mapping[str, Sequence[str]], dates: Sequence[str]) -> list[str]:
    """Columns of a time of day: by name, or the only one that holds such texts."""
    named = [n for n in _by_name(free, CLOCKS) if n not in dates and nearly_all(free[n], _is_clock_by_name)]
    clocks = [n for n in free if n not in dates and nearly_all(free[n], _is_written_clock)]
    return named or clocks if len(clocks) < 2 else named


def _is_clock_by_name(text: str) -> bool:
    """Tell a time of day in a column of that name; 93000 too."""
    return is_clock(text) or SHORT_CLOCK.fullmatch(text.strip()) is not None


def times_shown(free: Mapping[str, Sequence[str]]) -> str:
    """The columns that hold times by their values, as --columns states them; "" for none."""
    if full := [n for n in free if nearly_all(free[n], is_moment)]:
        return full[0]
    dates = [n for n in free if nearly_all(free[n], _is_written_date)]
    clocks = clocks_of(free, dates)
    return "+".join([dates[0], *clocks[:1]]) if dates else ""


def _is_written_date(text: str) -> bool:
    return is_date(text) and not text.strip().isdigit()


def _is_written_clock(text: str) -> bool:
    return is_clock(text) and WRITTEN_CLOCK.fullmatch(text) is not None


def _is_readable(text: str) -> bool:
    return is_moment(text) or is_date(text)


def _stated(free: Mapping[str, Sequence[str]], moments: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """The column of a stated format: of numbers for a unit, for a pattern of as many characters."""
    if layout.time_format == "excel":
        days = [n for n in _by_name(free, DATES) if nearly_all(free[n], _is_number)]
        parts = [n for n in _by_name(free, CLOCKS) if n not in days and nearly_all(free[n], _is_part_of_day)]
        if days and parts:
            return days[0], parts[0]
    if layout.time_format in UNITS and not layout.date:
        days = [n for n in _by_name(free, DATES) if nearly_all(free[n], is_date)]
        parts = [n for n in _by_name(free, CLOCKS) if n not in days and _within_day(free[n], layout.time_format)]
        if days and parts:
            return days[0], parts[0]
    if "%" not in layout.time_format:
        numbers = [n for n in moments if nearly_all(free[n], _is_number)]
        return ((numbers or moments)[0],) if moments else ()
    has_clock = any(f in layout.time_format for f in ("%H", "%I"))
    dates = [n for n in dict.fromkeys([*_by_name(free, DATES), *moments]) if nearly_all(free[n], is_date)]
    clocks = clocks_of(free, dates)
    if has_clock and dates and clocks:
        return dates[0], clocks[0]
    return (moments[0],) if moments else ()


def _by_name(free: Mapping[str, Sequence[str]], names: Sequence[str]) -> list[str]:
    ranks = {name: names.index(key(name)) for name in free if key(name) in names}
    return sorted(ranks, key=lambda name: ranks[name])


def nearly_all(values: Sequence[str], is_one: Callable[[str], bool]) -> bool:
    """Tell a column by nearly all of its values: a damaged one is reported with its row later."""
    texts = [v for v in values if v.strip()]
    return sum(map(is_one, texts)) > MOST * len(texts)


def _is_day(text: str) -> bool:
    return is_date(text) or (is_moment(text) and _at_midnight([text]))


def _at_midnight(values: Sequence[str]) -> bool:
    """Every time of these is the start of a day, without a zone."""
    return all(
        v.strip()[10:].strip(" T0:.") == "" and len(v.strip()) > len("2024-01-02 00") for v in values if v.strip()
    )


def _is_number(text: str) -> bool:
    try:
        return Decimal(text.strip()).is_finite()
    except InvalidOperation:
        return False


def unit_since_midnight(values: Sequence[str]) -> str:
    """The unit of numbers since midnight; "" for times of day such as 093000."""
    texts = [v.strip().partition(".")[0] for v in values if v.strip()]
    if not texts or not all(map(str.isdigit, texts)) or all(map(_is_hhmmss, texts)):
        return ""
    return next((unit for unit in UNITS if all(is_within_day(text, unit) for text in texts)), "")


def _is_hhmmss(text: str) -> bool:
    digits = text.zfill(4 if len(text) <= len("930") + 1 else 6)
    return all(int(digits[n : n + 2]) < most for n, most in ((0, 24), (2, 60), (4, 60)) if digits[n : n + 2])


def _within_day(values: Sequence[str], unit: str) -> bool:
    return nearly_all(values, lambda text: is_within_day(text, unit))


def _is_part_of_day(text: str) -> bool:
    return _is_number(text) and 0 <= Decimal(text.strip()) < 1


def _only_dates(
    where: str, name: str, values: Sequence[str], request: ColumnRequest, clocks: Sequence[str], unit: str
) -> Problem:  # fmt: skip
    noun = "bars shorter than a day" if request.seconds else "quotes and trades"
    rule = f"has dates without a time of day in {name}, and {noun} need one"
    example = next((v for v in values if v.strip()), "")
    return Problem(where, rule, example, no_times(request, name, clocks, unit))


def no_times(request: ColumnRequest, date: str, clocks: Sequence[str], unit: str = "") -> str:
    """The way on from a file that has dates alone, in a column; `clocks` are columns that may be times of day.

    `unit`: of the first of them, where it counts from midnight.
    """
    daily = "are these bars of a day? then --bar-seconds 86400; " if request.seconds else ""
    if clocks:
        option = f"--columns {shlex.quote(f'time={date}+{clocks[0]}')}" + (f" --time-format {unit}" if unit else "")
        return f"{daily}is {clocks[0]} the time of day? then {option}"
    return f"{daily}no column of the file holds times of day alone: get the data with its times"
