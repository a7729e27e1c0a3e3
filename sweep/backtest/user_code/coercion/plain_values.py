"""Plain values as Python's own types: numbers, text, times, paths."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sweep.backtest.user_code.coercion.refusal import RefusedError, expect

UNITS = {"ms": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)")


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def as_int(value: Any) -> int:
    """A whole number: also 10.0, as spaces with a step may give; never text, never a boolean."""
    return int(expect(is_number(value) and value == value // 1, value, "must be a whole number"))


def as_float(value: Any) -> float:
    expect(is_number(value) and value - value == 0, value, "must be a finite number")
    return expect(float(value) == value, float(value), "must be a number that a float holds exactly")


def as_decimal(value: Any) -> Decimal:
    """From a number or its text; exact for what the spec wrote."""
    expect(is_number(value) or isinstance(value, str), value, "must be a decimal number")
    try:
        number = Decimal(str(value).replace("_", ""))
    except InvalidOperation:
        raise RefusedError("must be a decimal number") from None
    return expect(number.is_finite(), number, "must be a finite decimal number")


def as_datetime(value: Any) -> datetime:
    """ISO 8601; UTC where it names no zone."""
    moment = parsed(datetime, value, "must be an ISO 8601 time, e.g. 2026-05-04T13:30:00Z")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_date(value: Any) -> date:
    return parsed(date, value, "must be an ISO date, e.g. 2026-05-04")


def as_time(value: Any) -> time:
    return parsed(time, value, "must be a time of day, e.g. 15:45")


def parsed(kind: Any, value: Any, rule: str) -> Any:
    if isinstance(value, kind):
        return value
    try:
        return kind.fromisoformat(expect(isinstance(value, str), value, rule))
    except ValueError:
        raise RefusedError(rule) from None


def as_timedelta(value: Any) -> timedelta:
    """From text such as 90s, 10m, 1h 30m or 2d; a bare number is refused: its unit would be a guess."""
    if isinstance(value, timedelta):
        return value
    rule = "must be a duration with its unit, e.g. 90s, 10m, 1h 30m, 2d"
    parts = DURATION.findall(expect(isinstance(value, str), value, rule))
    expect(bool(parts) and not DURATION.sub("", value).strip(), value, rule)
    return timedelta(seconds=sum(float(number) * UNITS[unit] for number, unit in parts))


def instance_of(kind: type, rule: str) -> Callable[[Any], Any]:
    return lambda value: expect(isinstance(value, kind), value, rule)


PANDAS: dict[str, Callable[[Any], Any]] = {"Timedelta": as_timedelta, "Timestamp": as_datetime}
PLAIN: dict[Any, Callable[[Any], Any]] = {
    bool: instance_of(bool, "must be true or false"),
    int: as_int,
    float: as_float,
    str: instance_of(str, "must be text"),
    Decimal: as_decimal,
    datetime: as_datetime,
    date: as_date,
    time: as_time,
    timedelta: as_timedelta,
    Path: lambda value: Path(expect(isinstance(value, (str, Path)), value, "must be a path")),
}
