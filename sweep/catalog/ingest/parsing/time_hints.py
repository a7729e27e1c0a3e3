"""Texts that are no times by themselves: numbers since 1970 and their units, and the option that reads the others."""

import re

UNITS = {9: "s", 10: "s", 12: "ms", 13: "ms", 15: "us", 16: "us", 18: "ns", 19: "ns"}  # by the number of digits


MONTHS = 12
SECOND_DIGITS = 5  # of the seconds of a day, at its session


def unit_of(text: str) -> str:
    """The unit of a number since 1970, by its length; "" where it shows none."""
    number = re.fullmatch(r"(\d+)([.]\d*)?", text)
    return UNITS.get(len(number[1]), "") if number else ""


def _of_two_digits(text: str) -> str:
    """The patterns of a text such as 02.01.24 09:30:00 or 1/16/24 9:30 AM: in the orders that can be."""
    date = re.match(r"(\d{1,2})([./-])(\d{1,2})[./-]\d{2}", text)
    orders = [("%d", "%m")] * (date is not None and int(date[3]) <= MONTHS)
    orders += [("%m", "%d")] * (date is not None and int(date[1]) <= MONTHS)
    if date is None or not orders:
        return ""
    rest = re.sub(r"[AaPp]\.?[Mm]\.?(?![A-Za-z])", "%p", text[date.end() :])
    if zone := re.search(r"[A-Za-z][A-Za-z/_]+$", rest):
        return f"take {zone[0]} out of the times, and state their --time-zone"
    rest = re.sub(r"(?<!\d)\d{6}(?!\d)", "%H%M%S", re.sub(r"(?<!\d)\d{4}(?!\d)", "%H%M", rest, count=1), count=1)
    for digits, field in ((r"\d{1,2}", "%I" if "%p" in rest else "%H"), (r"\d{2}", "%M"), (r"\d{2}", "%S")):
        if field not in rest:
            rest = re.sub(rf"(?<![\d%]){digits}(?!\d)", field, rest, count=1)
    rest = re.sub(r"(?<=%S[.,])\d+", "%f", rest)
    forms = [f'--time-format "{date[2].join((*order, "%y"))}{rest}"' for order in orders]
    return f"state its pattern, as the file has day and month: {' or '.join(forms)}"


def closest(text: str, *, is_clock: bool) -> str:
    """The option that helps with a text that is no time in any shape."""
    if since := re.fullmatch(r"\d{4}[-./]?\d{2}[-./]?\d{2} (\d{5,8})([.]\d*)?", text):
        return f"a number since midnight: --time-format {'s' if len(since[1]) == SECOND_DIGITS else 'ms'}"
    if re.fullmatch(r"[1-9]\d{4}([.,]\d*)?", text):
        return "days since 1900, as Excel counts them: --time-format excel"
    if unit := unit_of(text):
        return f"a number since 1970: --time-format {unit}"
    if re.fullmatch(r"\d{9,19}([.]\d*)?", text):
        return "state its unit: --time-format s, ms, us or ns"
    if is_clock:
        return "a time of day needs its date: --columns time=DATE+TIME, with the names of the two columns"
    return (
        _of_spreadsheet(text)
        or _of_zone(text)
        or "state its pattern, such as --time-format '%d.%m.%Y %H:%M:%S', or correct the row"
    )


def _of_spreadsheet(text: str) -> str:
    if re.fullmatch(r"0?[.,]\d+", text):
        return "a part of a day, as Excel counts them: --time-format excel, with the column of the date"
    if exponent := re.fullmatch(r"\d([.,]\d+)?[eE]\+?(\d{1,2})", text):
        unit = UNITS.get(int(exponent[2]) + 1, "s")
        return f"a number since 1970, shortened by a spreadsheet: get the file without that, or --time-format {unit}"
    if re.match(r"\d{1,2}[./-]\d{1,2}[./-]\d{2}(?!\d)", text):
        return _of_two_digits(text)
    return ""


def _of_zone(text: str) -> str:
    zone = re.search(r"\d *([A-Za-z][A-Za-z_/]+)$", text)
    if zone is None:
        return ""
    return f"write the offset from UTC in place of {zone[1]}, such as +01:00; or take it out and state --time-zone"
