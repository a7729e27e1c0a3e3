"""What is read from Parquet files beside the engine: the time column, and the schema's metadata."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from sweep.backtest.windows import Array
from sweep.errors import TrialError
from sweep.trial import Reason

ROWS = 1_000_000


def time_column(file: Path) -> Iterator[Array]:
    """`ts_init` of a file, nanoseconds, in arrays of at most a million."""
    try:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(ROWS, columns=["ts_init"]):
                times: Array = batch.column(0).cast("int64").to_numpy(zero_copy_only=False)
                yield times
    except Exception as error:  # pyarrow raises several kinds for a damaged file
        raise TrialError(Reason.DATA, f"cannot read {file}: {error}") from error


def metadata(file: Path) -> Mapping[bytes, bytes]:
    """Metadata of a file's schema: instrument, price and size precision."""
    try:
        found: dict[bytes, bytes] | None = pq.read_schema(file).metadata
    except Exception as error:  # pyarrow raises several kinds for a damaged file
        raise TrialError(Reason.DATA, f"cannot read {file}: {error}") from error
    return found or {}
