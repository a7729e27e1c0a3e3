"""Encoding of plain values and series in the columns of a ledger."""

import json
import sys
from array import array
from collections.abc import Iterable
from typing import Any

from sweep.errors import LedgerError, shorten

_NOTHING = object()


def dump(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def load(text: Any, kind: type = object) -> Any:
    """The plain value of a column. Raises LedgerError where it is none of its kind."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        value = _NOTHING
    if value is _NOTHING or not isinstance(value, kind):
        raise LedgerError(f"the ledger is damaged: it holds {shorten(text)}, which is nothing that sweep writes there")
    return value


def floats(values: Iterable[float]) -> bytes:
    packed = array("d", values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unfloats(blob: bytes) -> array[float]:
    packed = array("d", blob)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed
