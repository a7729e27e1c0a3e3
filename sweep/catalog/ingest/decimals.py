"""Exact decimals as whole numbers of their last digit, and back. No float is ever in between."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SCALE = 16  # decimals that the engine keeps
STEP = 8  # decimals
DECIMAL = pa.decimal128(38, SCALE)

type Ints = np.ndarray[Any, np.dtype[np.int64]]


class InexactError(ValueError):
    """Values that a precision cannot hold, and the precision that could."""

    def __init__(self, count: int, what: str, digits: int, example: str, needed: int) -> None:
        self.what, self.needed = what, needed
        super().__init__(f"{count} {what} of more than {digits} decimals, such as {example}")


def units(column: Any, digits: int, what: str) -> Ints:
    """A decimal column without nulls, in units of 10**-digits. InexactError where that would round."""
    array = _whole(column)
    cut = _cut(array, digits)
    inexact = pc.not_equal(cut.cast(DECIMAL), array)
    if count := pc.sum(inexact).as_py():
        needed = next(n for n in range(digits + 1, SCALE + 1) if _cut(array, n).cast(DECIMAL).equals(array))
        raise InexactError(count, what, digits, _plain(array.filter(inexact)[0]), needed)
    pairs = np.frombuffer(cut.buffers()[1], np.int64).reshape(-1, 2)[cut.offset : cut.offset + len(cut)]
    if (pairs[:, 1] != pairs[:, 0] >> 63).any():
        raise ValueError(f"holds {what} that are too large")
    return pairs[:, 0].copy()


def decimals(numbers: Ints, digits: int) -> Any:
    """The inverse of `units`, as the engine keeps decimals."""
    pairs = np.ascontiguousarray(np.column_stack((numbers, numbers >> 63)), np.int64)
    exact = pa.Array.from_buffers(pa.decimal128(38, digits), len(numbers), [None, pa.py_buffer(pairs)])
    return exact.cast(DECIMAL)


def _whole(column: Any) -> Any:
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def _cut(array: Any, digits: int) -> Any:
    """Cut off what is beyond the digits, some at a time: arrow divides by more than 32 bits wrongly now and then."""
    for scale in (*range(SCALE - STEP, digits, -STEP), digits):
        target = pa.decimal128(38, scale)
        array = pc.cast(array, options=pc.CastOptions(target_type=target, allow_decimal_truncate=True))
    return array


def _plain(value: Any) -> str:
    return format(value.as_py().normalize(), "f")
