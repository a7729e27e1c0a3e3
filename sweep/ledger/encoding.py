"""Encoding of plain values and series in the columns of a ledger."""

import json
import sys
from array import array
from collections.abc import Iterable


def dump(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


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
