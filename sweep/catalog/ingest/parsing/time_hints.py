"""Texts that are no times by themselves: numbers since 1970 and their units, and the option that reads the others."""

import re

UNITS = {9: "s", 10: "s", 12: "ms", 13: "ms", 15: "us", 16: "us", 18: "ns", 19: "ns"}  # by the number of digits


def unit_of(text: str) -> str:
    """The unit of a number since 1970, by its length; "" where it shows none."""
    number = re.fullmatch(r"(\d+)([.]\d*)?", text)
    return UNITS.get(len(number[1]), "") if number else ""


def closest(text: str, *, is_clock: bool) -> str:
    """The option that helps with a text that is no time in any shape."""
    if re.fullmatch(r"[1-9]\d{4}([.,]\d*)?", text):
        return "days since 1900, as Excel counts them: --time-format excel"
    if unit := unit_of(text):
        return f"a number since 1970: --time-format {unit}"
    if re.fullmatch(r"\d{9,19}([.]\d*)?", text):
        return "state its unit: --time-format s, ms, us or ns"
    if is_clock:
        return "a time of day needs its date: --columns time=DATE+TIME, with the names of the two columns"
    return "state its pattern, such as --time-format '%d.%m.%Y %H:%M:%S', or correct the row"
