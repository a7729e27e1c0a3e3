"""Exact decimals as whole numbers of their last digit, and back. No float is ever in between."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sweep.catalog.ingest.parsing.cell_error import FEWER, CellError

SCALE = 16  # decimals that the engine keeps
STEP = 8  # decimals
DECIMAL = pa.decimal128(38, SCALE)
MOST = Decimal(10) ** (38 - SCALE)  # from which on a number does not fit there
WIDEST = 80  # digits, and more than any type of decimals has
LARGEST = 1e33  # up to which a float tells the upper half of a decimal

type Ints = np.ndarray[Any, np.dtype[np.int64]]


class InexactError(ValueError):
    """Values that a precision cannot hold, and the precision that could."""

    def __init__(self, count: int, noun: str, digits: int, example: str, needed: int, row: int = 0) -> None:
        self.noun, self.needed, self.row, self.place = noun, needed, row, ""  # the first such row, from 0
        super().__init__(f"{count} {noun} of more than {digits} decimals, such as {example}")


def units(column: Any, digits: int, noun: str) -> Ints:
    """A decimal column without nulls, in units of 10**-digits. InexactError where that would round."""
    array = _whole(column)
    is_cut = pa.types.is_decimal128(array.type) and array.type.scale == digits
    cut = array if is_cut else _checked(_exact(array, digits, noun), digits, noun)
    pairs = np.frombuffer(cut.buffers()[1], np.int64).reshape(-1, 2)[cut.offset : cut.offset + len(cut)]
    if len(large := np.flatnonzero(pairs[:, 1] != pairs[:, 0] >> 63)):
        row = int(large[0])
        raise CellError(row, _plain(array[row]), f"is too large for {noun}", FEWER)
    return pairs[:, 0].copy()


def decimals(numbers: Ints, digits: int) -> Any:
    """The inverse of `units`, as the engine keeps decimals."""
    scaled = numbers.astype(np.float64) * 10.0 ** (SCALE - digits)
    if len(numbers) and np.abs(scaled).max() >= LARGEST:
        both = np.ascontiguousarray(np.column_stack((numbers, numbers >> 63)), np.int64)
        exact = pa.Array.from_buffers(pa.decimal128(38, digits), len(numbers), [None, pa.py_buffer(both)])
        return exact.cast(DECIMAL)
    by = np.uint64(10 ** (SCALE - digits))
    pairs = np.empty((len(numbers), 2), np.int64)
    low = numbers.astype(np.uint64) * by  # modulo 2**64, as it should be
    pairs[:, 0] = low.view(np.int64)
    # what is beyond is a whole number, and so near to it that rounding finds it
    pairs[:, 1] = np.rint((scaled - low.astype(np.float64)) / 2.0**64).astype(np.int64)
    return pa.Array.from_buffers(DECIMAL, len(numbers), [None, pa.py_buffer(pairs)])


def _exact(array: Any, digits: int, noun: str) -> Any:
    """As the engine keeps decimals. CellError where a number is larger, InexactError where one has more decimals."""
    try:
        return array.cast(DECIMAL)
    except pa.ArrowInvalid:
        exact: list[Decimal] = array.to_pylist()
    large = next((row for row, number in enumerate(exact) if abs(number) >= MOST), None)
    if large is not None:
        raise CellError(large, _plain(array[large]), f"is too large for {noun}", FEWER) from None
    with localcontext(prec=WIDEST):
        fine = [row for row, number in enumerate(exact) if number != round(number, SCALE)]
        needed = max(-int(exact[row].normalize().as_tuple().exponent) for row in fine)
    raise InexactError(len(fine), noun, digits, _plain(array[fine[0]]), needed, fine[0]) from None


def rounded(array: Any, digits: int) -> tuple[Any, int, Decimal]:
    """A decimal column rounded half to even, how many of its numbers changed, and by how much at most."""
    exact, step = array.to_pylist(), Decimal(1).scaleb(-digits)
    with localcontext(prec=WIDEST):
        near = [number.quantize(step, ROUND_HALF_EVEN) for number in exact]
        off = [abs(a - b) for a, b in zip(exact, near, strict=True) if a != b]
    return pa.array(near, pa.decimal128(38, digits)), len(off), max(off, default=Decimal(0))


def _checked(array: Any, digits: int, noun: str) -> Any:
    """Cut to the digits, where nothing is lost by it."""
    cut = _cut(array, digits)
    inexact = pc.not_equal(cut.cast(DECIMAL), array)
    if count := pc.sum(inexact).as_py():
        needed = next(n for n in range(digits + 1, SCALE + 1) if _cut(array, n).cast(DECIMAL).equals(array))
        row = pc.index(inexact, value=True).as_py()
        raise InexactError(count, noun, digits, _plain(array[row]), needed, row)
    return cut


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _cut(array: Any, digits: int) -> Any:
    """Cut off what is beyond the digits, some at a time: arrow divides by more than 32 bits wrongly now and then."""
    for scale in (*range(SCALE - STEP, digits, -STEP), digits):
        target = pa.decimal128(38, scale)
        array = pc.cast(array, options=pc.CastOptions(target_type=target, allow_decimal_truncate=True))
    return array


def _plain(value: Any) -> str:
    text = format(value.as_py(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
