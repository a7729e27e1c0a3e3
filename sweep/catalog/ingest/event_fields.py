"""Values of a user's rows as the fields of an event class; what does not fit is a reason in words."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
from nautilus_trader.model import InstrumentId

from sweep.catalog.ingest.parsing import number_texts, timestamps
from sweep.catalog.ingest.parsing.cell_error import CellError, MovedClockError
from sweep.catalog.ingest.parsing.column_mapping import ColumnRule, Stamp
from sweep.common.json_values import is_mapping

EARLIEST, LATEST = 631_152_000 * 10**9, 4_102_444_800 * 10**9  # 1990 and 2100: beyond, a unit is wrong


class RejectedError(ValueError):
    """The reason for which a row is rejected, without its values."""


class DoubleHourError(RejectedError):
    """The time of a row, which the clock shows twice."""


def number(value: Any) -> float:
    if isinstance(value, bool):
        raise RejectedError("is no number")
    try:
        parsed = float(value)
    except (TypeError, ValueError):
        parsed = _written(value)
    if not math.isfinite(parsed):
        raise RejectedError("is not finite")
    return parsed


def _written(value: Any) -> float:
    """A number as people write it: 55,5 and 1.5K and 1,234.5."""
    if not isinstance(value, str):
        raise RejectedError("is no number")
    try:
        return float(number_texts.number_of(value))
    except CellError as error:
        is_percentage = value.strip().endswith("%")
        is_open = error.remedy == number_texts.OPEN
        reason = "has a comma that may part thousands or the fraction" if is_open else "is no number"
        raise RejectedError("is a percentage, and no plain number" if is_percentage else reason) from None


def whole(value: Any) -> int:
    parsed = number(value)
    if isinstance(value, int) or (isinstance(value, str) and value.strip().lstrip("+-").isdigit()):
        return int(value)  # exact, where a float would not be
    if parsed != int(parsed):
        raise RejectedError("is no whole number")
    return int(parsed)


def truth(value: Any) -> bool:
    flags = {"true": True, "1": True, "false": False, "0": False}
    if (flag := flags.get(str(value).strip().lower())) is None:
        raise RejectedError("is neither true nor false")
    return flag


def text(value: Any) -> str:
    if isinstance(value, (bytes, list, dict)):
        raise RejectedError("is no text")
    return str(value)


def instrument(value: Any) -> Any:
    try:
        return InstrumentId.from_str(str(value))
    except ValueError:
        raise RejectedError("is no instrument id (SYMBOL.VENUE)") from None


def raw(value: Any) -> bytes:
    if not isinstance(value, (bytes, str)):
        raise RejectedError("is neither bytes nor text")
    return value.encode() if isinstance(value, str) else value


def mapping(value: Any) -> dict[str, Any]:
    try:
        decoded: Any = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        decoded = None
    if not is_mapping(decoded):
        raise RejectedError("is no JSON object")
    return dict(decoded)


CONVERT: dict[Any, Callable[[Any], Any]] = {
    float: number, int: whole, bool: truth, str: text, bytes: raw, dict: mapping, InstrumentId: instrument,
}  # fmt: skip


def field(name: str, rule: ColumnRule, kind: Any, row: Mapping[str, Any]) -> Any:
    """The value of one field of a row. RejectedError, in words that name the field, where it has none."""
    value = row.get(rule.column)
    if value is None:
        if rule.default is None:
            raise RejectedError(f"{rule.column} is empty")
        return CONVERT[kind](rule.default)
    if rule.values is not None:
        if str(value) not in rule.values:
            raise RejectedError(f"{rule.column} is none of the values that are mapped to {name}")
        value = rule.values[str(value)]
    try:
        converted = CONVERT[kind](value)
    except RejectedError as error:
        raise RejectedError(f"{rule.column} {error}") from None
    if rule.one_of is not None and converted not in rule.one_of:
        raise RejectedError(f"{rule.column} is none of {', '.join(map(repr, rule.one_of))}")
    if (rule.low is not None and converted < rule.low) or (rule.high is not None and converted > rule.high):
        raise RejectedError(f"{rule.column} is not in {rule.low:g} … {rule.high:g}")
    return converted


def moments(values: Sequence[Any], stamp: Stamp) -> list[int | RejectedError]:
    """UNIX nanoseconds of each value, or why it is none."""
    if stamp.unit in timestamps.UNITS:
        epochs = [_epoch(value, stamp) for value in values]
    else:
        epochs = _texts([None if value is None else str(value).strip() for value in values], stamp)
    return [t if isinstance(t, RejectedError) else _plausible(t, stamp) for t in epochs]


def _epoch(value: Any, stamp: Stamp) -> int | RejectedError:
    if value is None:
        return RejectedError(f"{stamp.column} is empty")
    try:
        exact = Decimal(str(value).strip()) * timestamps.UNITS[stamp.unit]
        is_whole = exact.is_finite() and exact == exact.to_integral_value()
    except ArithmeticError:
        is_whole, exact = False, Decimal(0)
    if isinstance(value, bool) or not is_whole:
        return RejectedError(f"{stamp.column} is no time in {stamp.unit}")
    return int(exact)


def _texts(values: Sequence[str | None], stamp: Stamp) -> list[int | RejectedError]:
    """All at once where all are times; else each half by itself, down to those that are none."""
    if stamp.time_zone is None and len(values) == 1 and values[0] and not timestamps.ZONED.search(values[0]):
        return [RejectedError(f"{stamp.column} names no time zone; state timestamp.time_zone")]
    try:
        return timestamps.nanoseconds(_zoned(values, stamp), stamp.unit, stamp.time_zone or "UTC").tolist()
    except ValueError as error:
        if len(values) == 1:
            moved = error if isinstance(error, MovedClockError) else None
            reason = "is empty" if values[0] is None else str(moved) if moved else "is no time"
            kind = DoubleHourError if moved and moved.is_twice else RejectedError
            return [kind(f"{stamp.column} {reason}")]
    middle = len(values) // 2
    return [*_texts(values[:middle], stamp), *_texts(values[middle:], stamp)] if values else []


def _zoned(values: Sequence[str | None], stamp: Stamp) -> Any:
    if stamp.time_zone is None and not all(v and timestamps.ZONED.search(v) for v in values):
        raise ValueError("not all name their zone")
    return pa.chunked_array([pa.array(values, pa.string())])


def _plausible(ns: int, stamp: Stamp) -> int | RejectedError:
    if EARLIEST <= ns < LATEST:
        return ns
    scale = timestamps.UNITS.get(stamp.unit, 0)
    better = [unit for unit, by in timestamps.UNITS.items() if scale and EARLIEST <= ns // scale * by < LATEST]
    hint = f"; is its unit {better[0]}?" if better else ""
    return RejectedError(f"{stamp.column} is not between 1990 and 2100{hint}")
