"""Lengths of the lists in a spec: beyond them its checks would take minutes, and a program has written it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweep.common.json_values import is_list, is_mapping
from sweep.errors import InputError, Problem

ITEMS = 1_000  # of a list
NAMES = 10_000  # instruments and bar types, of all data together


def require_short_lists(data: Mapping[str, Any], problems: Sequence[Problem]) -> None:
    """Raise InputError for lists that are too long, with the mistakes so far: no other check would end soon."""
    if more := too_long(data):
        raise InputError([*problems, *more])


def too_long(data: Mapping[str, Any]) -> list[Problem]:
    """Return a mistake for each section, or key of a section, that is too long a list."""
    lists = [(f"{key}.{inner}", v) for key, part in data.items() if is_mapping(part) for inner, v in part.items()]
    rule = "has {:,} entries, and may have {:,}"
    return [
        Problem(where, rule.format(len(value), ITEMS), remedy="leave some of them out")
        for where, value in [*data.items(), *lists]
        if is_list(value) and len(value) > ITEMS
    ] + list(_names(data.get("data")))


def _names(entries: object) -> Iterator[Problem]:
    parts = [entry for entry in entries if is_mapping(entry)] if is_list(entries) else []
    lists = [part.get(key) for part in parts for key in ("instruments", "bar_types")]
    if (count := sum(len(names) for names in lists if is_list(names))) > NAMES:
        rule = f"names {count:,} instruments and bar types, and may name {NAMES:,}"
        yield Problem("data", rule, remedy="make several sweeps, each of some of them")
