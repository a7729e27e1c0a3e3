"""Files and frames of market data as tables of some thousand rows, by our column names, whatever the size of the file.

Values are read as exact decimals of the instrument's precision, and times as times, where a file allows it. Where it
does not, `exact=False` reads what the file holds, for an error that says what is wrong with it.
"""

# pyarrow and pandas leave types open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

import csv
import io
import zipfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute as pc
from pyarrow import csv as arrow_csv

from sweep.catalog.ingest.parsing import timestamps
from sweep.catalog.ingest.parsing.decimals import DECIMAL
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.errors import InputError, Problem, did_you_mean

BLOCK = 1 << 20  # bytes of text at once
ROWS = 200_000  # of a frame or a Parquet file at once

type Progress = Callable[[str, float, int], None]  # file, share of it, rows so far


@dataclass(frozen=True, slots=True)
class ColumnRequest:
    """The columns of a kind of data: numbers by their decimals, and texts."""

    needed: tuple[str, ...]
    optional: tuple[str, ...]
    digits: Mapping[str, int]


def name_of(source: Any) -> str:
    """How a source is called: its path, or frame."""
    return str(source) if isinstance(source, (str, Path)) else "frame"


def tables(
    source: Any, layout: Layout, wanted: ColumnRequest, *, exact: bool = True, progress: Progress | None = None
) -> Iterator[Any]:
    """The columns that are wanted, by our names; InputError where some are missing. `source`: a path, or a frame."""
    if not isinstance(source, (str, Path)):
        yield from _frame(source, layout, wanted)
        return
    path = Path(source)
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    rows = 0
    for share, table in (_parquet if is_parquet else _text)(path, layout, wanted, exact=exact):
        rows += len(table)
        if progress:
            progress(str(path), share, rows)
        yield table


def _frame(frame: Any, layout: Layout, wanted: ColumnRequest) -> Iterator[Any]:
    if type(frame).__module__.split(".")[0] == "pandas":
        is_plain = frame.index.name is None and frame.index.dtype.kind in "iu"
        frame = frame if is_plain else frame.rename_axis(index=frame.index.name or "time").reset_index()
        frame = pa.table({str(name): _series(frame[name]) for name in frame.columns})
    names = _named("frame", layout, wanted, frame.column_names)
    for batch in frame.select(list(names.values())).to_batches(max_chunksize=ROWS):
        yield pa.Table.from_batches([batch]).rename_columns(list(names))


def _series(column: Any) -> Any:
    """A column of a pandas frame; one that is no number is empty."""
    if (zone := getattr(column.dtype, "tz", None)) is None:
        return pa.array(column.to_numpy(), from_pandas=True)
    wall = column.dt.tz_convert(None).to_numpy()
    return pa.array(wall, from_pandas=True).cast(pa.timestamp("ns")).cast(pa.timestamp("ns", "UTC")) if zone else wall


def _parquet(path: Path, layout: Layout, wanted: ColumnRequest, *, exact: bool) -> Iterator[tuple[float, Any]]:  # noqa: ARG001
    with pq.ParquetFile(path) as parquet:
        names = _named(str(path), layout, wanted, parquet.schema_arrow.names)
        done, total = 0, max(1, parquet.metadata.num_rows)
        for batch in parquet.iter_batches(ROWS, columns=list(names.values())):
            done += len(batch)
            yield done / total, pa.Table.from_batches([batch]).select(list(names.values())).rename_columns(list(names))


def _text(path: Path, layout: Layout, wanted: ColumnRequest, *, exact: bool) -> Iterator[tuple[float, Any]]:
    with _opened(path) as (stream, _):
        held, first = _head(stream, layout)
    names = _named(str(path), layout, wanted, held)
    at = held.index(names["time"])
    sample = first[at].strip() if len(first) > at else ""
    types = {names[n]: _type(n, wanted, layout, sample, exact=exact) for n in names}
    with _opened(path) as (stream, share):
        reader = arrow_csv.open_csv(
            stream,
            arrow_csv.ReadOptions(
                column_names=held, skip_rows=layout.skip_rows + (not layout.columns), block_size=BLOCK
            ),
            arrow_csv.ParseOptions(delimiter=layout.delimiter),
            arrow_csv.ConvertOptions(column_types=types, include_columns=list(types), strings_can_be_null=True),
        )
        for batch in reader:
            yield share(), _trimmed(pa.Table.from_batches([batch]).rename_columns(list(names)))


def _type(name: str, wanted: ColumnRequest, layout: Layout, sample: str, *, exact: bool) -> Any:
    if name in wanted.digits:
        return pa.decimal128(38, wanted.digits[name]) if exact else DECIMAL
    if name != "time" or not exact or layout.time_format not in {"iso", *timestamps.UNITS}:
        return pa.string()
    if layout.time_format in timestamps.UNITS:
        return pa.int64()
    return pa.timestamp("ns", "UTC") if timestamps.ZONED.search(sample) else pa.timestamp("ns")


def _trimmed(table: Any) -> Any:
    texts = [n for n, f in enumerate(table.schema) if pa.types.is_string(f.type)]
    for n in texts:
        table = table.set_column(n, table.column_names[n], pc.utf8_trim_whitespace(table.column(n)))
    return table


def first_row(path: Path, skip: int) -> list[str]:
    """The fields of a text file's first line after those that are skipped."""
    with _opened(path) as (stream, _):
        return _head(stream, Layout(columns="x", skip_rows=skip))[1]


@contextmanager
def _opened(path: Path) -> Generator[tuple[Any, Callable[[], float]]]:
    """A file as bytes, unzipped, and a function that says how much of it has been read."""
    size = max(1, path.stat().st_size)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) != 1:
                raise ValueError(f"holds {len(members)} files; give one file a zip")
            with archive.open(members[0]) as member:
                yield pa.PythonFile(member, mode="r"), lambda: min(1.0, member.tell() / max(1, members[0].file_size))
        return
    with pa.OSFile(str(path)) as raw:
        kind = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}.get(path.suffix)
        stream = pa.CompressedInputStream(raw, kind) if kind else raw
        yield stream, lambda: 1.0 if raw.closed else float(raw.tell()) / size


def _head(stream: Any, layout: Layout) -> tuple[list[str], list[str]]:
    """Names of a file's columns, from the layout or else from its first line, and the first row."""
    text = io.TextIOWrapper(io.BufferedReader(_Raw(stream)), encoding="utf-8-sig", newline="")
    for _ in range(layout.skip_rows):
        text.readline()
    lines = csv.reader(text, delimiter=layout.delimiter)
    if layout.columns:
        return [name.strip() or f"unread {n}" for n, name in enumerate(layout.columns.split(","))], next(lines, [])
    return next(lines, []), next(lines, [])


class _Raw(io.RawIOBase):
    """An arrow stream as one of Python's, for its first lines."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._stream.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)


def _named(where: str, layout: Layout, wanted: ColumnRequest, held: Sequence[str]) -> dict[str, str]:
    names = {n: found for n in (*wanted.needed, *wanted.optional) if (found := layout.find(n, held))}
    if lost := [n for n in wanted.needed if n not in names]:
        raise InputError([_missing(where, layout, n, held) for n in lost])
    return names


def _missing(where: str, layout: Layout, name: str, held: Sequence[str]) -> Problem:
    asked = layout.names.get(name, name)
    remedy = did_you_mean(asked, held) or "name the columns in order with --columns, or in a mapping"
    return Problem(where, f"has no column {asked}", ", ".join(map(str, held)), remedy)
