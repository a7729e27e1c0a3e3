"""Columns that a file lacks, and which of its other columns may be each of them, by name and by value."""

import shlex
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.time_columns import nearly_all, times_shown
from sweep.catalog.ingest.parsing.names.column_names import SYMBOLS, key
from sweep.catalog.ingest.parsing.text.head import NUMBER
from sweep.catalog.ingest.parsing.time_hints import unit_of
from sweep.errors import Problem

SIZE_WORDS = ("size", "amount", "qty", "quantity", "volume", "vol", "count")
CANNOT_SAY = ",=+"  # signs that --columns has for itself

type Values = Mapping[str, Sequence[str]]


def missing_columns(
    where: str, names: Sequence[str], layout: Layout, held: Sequence[str], free: Values
) -> list[Problem]:  # fmt: skip
    """A problem for each column that is missing; no two of them propose the same column."""
    problems, left = list[Problem](), dict(free)
    for name in ["time"] * ("time" in names) + [n for n in names if n != "time"]:
        theirs = layout.named.get(name, name)
        close, other = (_times if name == "time" else _numbers)(theirs, left)
        example = close or other
        for part in example.split("+") if name == "time" else [example]:
            left.pop(part, None)
        problems.append(
            Problem(where, f"has no column {theirs}", ", ".join(map(str, held)), _remedy(name, close, other))
        )
    return sorted(problems, key=lambda p: [f"has no column {layout.named.get(n, n)}" for n in names].index(p.rule))


def _remedy(name: str, close: str, other: str) -> str:
    example = close or other
    if not example:
        return "no other column of the file can be it"
    is_sum = name == "time" and "+" in example
    if any(sign in example for sign in CANNOT_SAY if not (is_sum and sign == "+")):
        of_time = f"timestamp: {{column: {example!r}}}"
        return "name it in a mapping file (--mapping): " + (
            of_time if name == "time" else f"columns: {{{name}: {example!r}}}, beside the column of its timestamp"
        )
    first = f"did you mean {close!r}? then" if close else "name it:"
    return f"{first} --columns {shlex.quote(f'{name}={example}')}"


def _times(theirs: str, free: Values) -> tuple[str, str]:
    """A column of a similar name, and one that holds times by its values."""
    time_column = times_shown(free)
    numbers = [n for n in free if nearly_all(free[n], _is_since_1970) and any(free[n])]
    dated = [n for n in free if key(n) not in SYMBOLS and nearly_all(free[n], _has_digits)]
    close = get_close_matches(theirs.lower(), {n.lower(): n for n in dated}, 1)
    by_name = next((n for n in dated if n.lower() in close), "")
    if time_column:
        return ("", time_column) if by_name != time_column else (time_column, "")
    return by_name, next(iter([*numbers, *[n for n in dated if not _is_numeric(free[n])]]), "")


def _numbers(theirs: str, free: Values) -> tuple[str, str]:
    """A column of a similar name, and one that may be it by its values."""
    fitting = {
        n.lower(): n for n in free
        if key(n) not in SYMBOLS and _is_numeric(free[n]) and not nearly_all(free[n], _is_since_1970)
    }  # fmt: skip
    is_size = any(word in theirs for word in SIZE_WORDS)
    fitting = {
        low: n for low, n in fitting.items() if is_size or not any(word in low for word in SIZE_WORDS)
    } or fitting
    close = [fitting[n] for n in get_close_matches(theirs.lower(), fitting, 1)]
    close += [n for low, n in fitting.items() if theirs.lower() in low]
    return next(iter(close), ""), next(iter(fitting.values()), "")


def _is_since_1970(text: str) -> bool:
    return unit_of(text.strip()) != ""


def _has_digits(text: str) -> bool:
    return sum(sign.isdigit() for sign in text) >= len("93000")


def _is_numeric(values: Sequence[str]) -> bool:
    return any(v.strip() for v in values) and nearly_all(values, lambda v: NUMBER.fullmatch(v) is not None)
