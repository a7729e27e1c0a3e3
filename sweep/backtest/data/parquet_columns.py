"""Parquet columns read beside the engine: times, flags, and the schema's metadata."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sweep.backtest.data.windows import Array
from sweep.errors import Reason, TrialError

ROWS = 1_000_000
F_SNAPSHOT = 32  # the engine's flag of a delta that belongs to a snapshot


def time_column(file: Path) -> Iterator[Array]:
    """`ts_init` of a file, nanoseconds, in arrays of at most a million."""
    for (column,) in time_and(file):
        yield column


def time_and(file: Path, *names: str) -> Iterator[tuple[Array, ...]]:
    """`ts_init` of a file and whole numbers beside it, in arrays of at most a million."""
    try:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(ROWS, columns=["ts_init", *names]):
                others = (batch.column(name).cast("int64").to_numpy(zero_copy_only=False) for name in names)
                yield times(batch.column("ts_init")), *others
    except Exception as error:  # pyarrow raises several kinds for a damaged file
        raise TrialError(Reason.DATA, f"cannot read {file}: {error}") from error


def snapshot_times(file: Path) -> Array:
    """Times of the deltas in a file of order book deltas with which a book begins anew, nanoseconds."""
    try:
        table = pq.read_table(file, columns=["ts_init", "action", "flags"])
    except Exception as error:  # pyarrow raises several kinds for a damaged file
        raise TrialError(Reason.DATA, f"cannot read {file}: {error}") from error
    actions: list[str] = table["action"].cast(pa.string()).to_pylist()
    clears = np.array([action == "CLEAR" for action in actions], bool)
    flagged = (table["flags"].to_numpy() & F_SNAPSHOT) > 0
    return table["ts_init"].cast("int64").to_numpy()[clears | flagged]


def times(column: Any) -> Array:
    """A column of times as nanoseconds."""
    if column.null_count or column.type.bit_width != 64 or not len(column):
        return column.cast("int64").to_numpy(zero_copy_only=False)
    return _memory(column, np.int64)


def prices(column: Any) -> NDArray[np.float64]:
    """A column of prices as floats."""
    column = column.cast(pa.float64())
    return (
        column.to_numpy(zero_copy_only=False) if column.null_count or not len(column) else _memory(column, np.float64)
    )


def _memory(column: Any, kind: Any) -> Any:
    """The memory of a column as an array; pyarrow's own way to NumPy imports pandas, for each worker anew."""
    return np.frombuffer(column.buffers()[1], kind, len(column), 8 * column.offset)


def metadata(file: Path) -> Mapping[bytes, bytes]:
    """Metadata of a file's schema: instrument, price and size precision."""
    try:
        pairs: dict[bytes, bytes] | None = pq.read_schema(file).metadata
    except Exception as error:  # pyarrow raises several kinds for a damaged file
        raise TrialError(Reason.DATA, f"cannot read {file}: {error}") from error
    return pairs or {}
