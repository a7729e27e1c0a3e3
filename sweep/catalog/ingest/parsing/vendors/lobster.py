"""LOBSTER's message files: no names of columns, seconds since midnight, prices in units of 0.0001 dollars."""

import re
from collections.abc import Sequence

COLUMNS = "time,type,id,size,price,direction"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")  # in the name of the file
EXECUTION = "4"  # of a visible order


def options(where: str, columns: Sequence[Sequence[str]]) -> str:
    """The options that read the trades of such a file; "" for a file of another kind."""
    if len(columns) != len(COLUMNS.split(",")) or not all(columns):
        return ""
    seconds, kinds, _, _, prices, sides = columns
    is_message = all(re.fullmatch(r"\d{4,5}\.\d+", text) for text in seconds) and set(kinds) <= set("1234567")
    if not is_message or not set(sides) <= {"1", "-1"} or not all(text.lstrip("-").isdigit() for text in prices):
        return ""
    day = DAY.search(where.rpartition("/")[2])
    return (
        f'--columns "{COLUMNS}" --date {day[0] if day else "2012-06-21"} --time-format s --price-unit 0.0001 '
        f"--time-zone America/New_York --symbol {EXECUTION} --symbol-column type --ignore direction"
    )
