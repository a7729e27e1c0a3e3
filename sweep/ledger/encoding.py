"""Encoding of plain values and series in the columns of a ledger."""

import json
import sys
import zlib
from array import array
from base64 import b64decode
from collections.abc import Iterable
from itertools import pairwise
from math import isfinite
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from sweep.errors import LedgerError, shorten
from sweep.ledger.fact_shapes import Statistics

_NOTHING = object()
WHOLE = 2**63  # whole numbers of databases and tables are smaller
LATEST = 253_402_300_800  # UNIX seconds: the end of the year 9999
DIGITS = 16  # of the number of fills
STATISTICS = 64 * 2**20  # bytes of the statistics of a trial; more is no work of sweep

_STATISTICS: TypeAdapter[Any] = TypeAdapter(Statistics)


def dump(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def load(text: Any, kind: type = object) -> Any:
    """The plain value of a column. Raises LedgerError where it is none of its kind."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        value = _NOTHING
    if value is _NOTHING or not isinstance(value, kind):
        raise damaged(text)
    return value


def damaged(content: object) -> LedgerError:
    """The error of a value that is none of its place."""
    return LedgerError(f"the ledger is damaged: it holds {shorten(content)}, which is nothing that sweep writes there")


def require_figures(values: Iterable[object]) -> None:
    """Raise LedgerError for what is no number that a metric or a time can be; None is one that does not exist."""
    for value in values:
        is_whole = type(value) is int and -WHOLE <= value < WHOLE
        if not (value is None or is_whole or (type(value) is float and isfinite(value))):
            raise damaged(value)


def require_times(*seconds: object) -> None:
    """Raise LedgerError for what is no UNIX time of the years 1970 to 9999; None is one that is not known."""
    require_figures(seconds)
    if any(second is not None and not 0 <= cast("float", second) < LATEST for second in seconds):
        raise damaged(seconds)


def floats(values: Iterable[float]) -> bytes:
    packed = array("d", values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unfloats(blob: object) -> array[float]:
    """The numbers of a column. Raises LedgerError where it holds others."""
    if not isinstance(blob, bytes) or len(blob) % 8:
        raise damaged(blob)
    packed = array("d", blob)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed


def days_of(text: object) -> tuple[str, ...]:
    """The times of a calendar, which are texts in their order."""
    days = load(text, list)
    if not all(isinstance(day, str) for day in days) or any(a >= b for a, b in pairwise(days)):
        raise damaged(text)
    return tuple(days)


def aligned(days: tuple[str, ...], returns: array[float]) -> tuple[tuple[str, ...], array[float]]:
    """Days and their returns. Raises LedgerError where their numbers differ."""
    if len(days) != len(returns):
        raise damaged(f"{len(returns)} returns of {len(days)} days")
    return days, returns


def trail_of(text: object) -> str:
    """The trail of the fills of a trial: their number, a colon, and Base64. Raises LedgerError for others."""
    number, _, packed = text.partition(":") if isinstance(text, str) else ("", "", "")
    is_trail = number.isascii() and number.isdigit() and len(number) < DIGITS
    try:
        b64decode(packed, validate=True)
    except ValueError:
        is_trail = False
    if text and not is_trail:
        raise damaged(text)
    return str(text or "")


def statistics_of(blob: object) -> dict[str, Any]:
    """The statistics of a trial. Raises LedgerError for others, and where they would take all memory."""
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(blob, STATISTICS) if isinstance(blob, bytes) else b""
        statistics = load(text.decode() if reader.eof else None, dict)
        _STATISTICS.validate_python(statistics)
    except (zlib.error, UnicodeDecodeError, ValidationError):
        raise damaged(blob) from None
    return statistics
