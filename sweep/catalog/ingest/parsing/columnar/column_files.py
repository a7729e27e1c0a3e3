"""Frames, Parquet and Arrow files as columns by name, in parts."""

# pyarrow and pandas leave types open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import ast
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sweep.catalog.ingest.parsing.cell_error import FileError

BATCH = 200_000  # rows at once
PARQUET, ARROW, STREAM = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff"  # the first bytes of a file


@contextmanager
def opened_columns(source: Any) -> Generator[Any]:
    """The columns of a frame, a Parquet or an Arrow file; None for a file of another kind, such as text."""
    if not isinstance(source, (str, Path)):
        yield _frame(source)
        return
    with Path(source).open("rb") as file:
        start = file.read(len(ARROW))
    if start.startswith(PARQUET):
        with _parquet(Path(source)) as parquet:
            is_plain = all(label(name) == name for name in parquet.schema_arrow.names)
            yield parquet if is_plain else _labelled(parquet.read())
    elif start.startswith((ARROW, STREAM)):
        yield _labelled(_arrow(Path(source), start))
    else:
        yield None


def schema_of(columns: Any) -> Any:
    """The arrow schema of a table or a Parquet file."""
    return columns.schema if isinstance(columns, pa.Table) else columns.schema_arrow


def rows_of(columns: Any) -> int:
    """The number of rows of a table or a Parquet file."""
    return len(columns) if isinstance(columns, pa.Table) else columns.metadata.num_rows


def parts(columns: Any, names: list[str]) -> Iterator[Any]:
    """Batches of some columns."""
    if isinstance(columns, pa.Table):
        yield from columns.select(names).to_batches(max_chunksize=BATCH)
    else:
        yield from columns.iter_batches(BATCH, columns=names)


def require_unique(names: list[str]) -> None:
    """FileError where two columns have one name."""
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise FileError("has several columns of one name", "take the columns of one instrument, or rename them", twice)


def label(name: Any) -> str:
    """The name of a column; of levels of names (yfinance), also where they were written as a text, the first."""
    if isinstance(name, str) and name.startswith("('") and name.endswith(")"):
        try:
            name = ast.literal_eval(name)
        except (ValueError, SyntaxError):
            return name
    return str(name[0] if isinstance(name, tuple) and name else name)


def _labelled(table: Any) -> Any:
    names = [label(name) for name in table.schema.names]
    require_unique(names)
    return table.rename_columns(names)


def _frame(frame: Any) -> Any:
    """A frame of pandas, polars or arrow as an arrow table."""
    if type(frame).__module__.split(".")[0] != "pandas":
        return frame if isinstance(frame, pa.Table) else pa.table(frame)
    is_plain = frame.index.name is None and frame.index.dtype.kind in "iu"
    frame = frame if is_plain else frame.rename_axis(index=frame.index.name or "time").reset_index()
    require_unique([label(name) for name in frame.columns])
    return pa.table({label(name): _series(frame[name]) for name in frame.columns})


def _parquet(path: Path) -> Any:
    try:
        return pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise FileError("is a Parquet file that was cut off or damaged", "get it again from its source") from error


def _arrow(path: Path, start: bytes) -> Any:
    """The table of an Arrow file; not in memory where it is not compressed."""
    try:
        mapped = pa.memory_map(str(path))
        return (pa.ipc.open_stream if start.startswith(STREAM) else pa.ipc.open_file)(mapped).read_all()
    except (pa.ArrowInvalid, OSError) as error:
        raise FileError("is an Arrow file that was cut off or damaged", "get it again from its source") from error


def _series(column: Any) -> Any:
    """A column of a pandas frame; one that is no number is empty. Values of several types are read as texts."""
    if (zone := getattr(column.dtype, "tz", None)) is None:
        try:
            return pa.array(column, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            return pa.array([None if blank else str(v) for v, blank in zip(column, column.isna(), strict=True)])
    wall = pa.array(column.dt.tz_convert(None).to_numpy(), from_pandas=True).cast(pa.timestamp("ns"))
    return wall.cast(pa.timestamp("ns", str(zone) if "/" in str(zone) else "UTC")) if zone else wall
