"""Files and frames of market data as tables of some thousand rows, by our column names, whatever the size of the file.

A table holds `row` (its number in the file, from 1), `time` (UNIX nanoseconds), numbers in units of the instrument's
last decimal, and texts. A text file is read as exact decimals and times by arrow where it allows that; where it does
not, `exact=False` reads it as texts, in every form that people write, or says what is wrong with which line.
"""

# pyarrow and pandas leave types open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv as arrow_csv

from sweep.catalog.ingest.parsing import number_texts, timestamps
from sweep.catalog.ingest.parsing.columnar.column_files import (
    opened_columns,
    parts,
    require_unique,
    rows_of,
    schema_of,
)
from sweep.catalog.ingest.parsing.columns import simple, texts
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.column_plan import ColumnPlan, ColumnRequest, plan
from sweep.catalog.ingest.parsing.row_counts import RowCounts
from sweep.catalog.ingest.parsing.text.broken_lines import LineCheck
from sweep.catalog.ingest.parsing.text.head import ROWS, TextHead, read_head
from sweep.catalog.ingest.parsing.text.stream import opened
from sweep.catalog.ingest.parsing.typed_rows import TypedRows
from sweep.errors import InputError, Problem, did_you_mean

BLOCK = 1 << 20  # bytes of text at once
NAME = pa.dictionary(pa.int32(), pa.string())

type Progress = Callable[[str, float, int], None]  # file, share of it, rows so far


def name_of(source: Any) -> str:
    """The name of a source: its path, or frame."""
    return str(source) if isinstance(source, (str, Path)) else "frame"


def tables(
    source: Any, layout: Layout, request: ColumnRequest, counts: RowCounts | None = None,
    *, exact: bool = True, progress: Progress | None = None,
) -> Iterator[Any]:  # fmt: skip
    """The columns that are wanted, by our names; what is dropped or worth a note is counted. `source`: path or frame.

    InputError where columns are missing, ValueError where a value cannot be read.
    """
    counts = counts or RowCounts()
    for share, read, table in _parts(source, layout, request, counts, exact=exact):
        counts.read += read
        if progress:
            progress(name_of(source), share, counts.read)
        if len(table):
            yield table


def _parts(
    source: Any, layout: Layout, request: ColumnRequest, counts: RowCounts, *, exact: bool
) -> Iterator[tuple[float, int, Any]]:
    """Share that is read, rows of the file, and what they became."""
    with opened_columns(source) as columns:
        if columns is not None:
            yield from _batches(name_of(source), columns, layout, request, counts)
            return
    yield from _text(Path(source), layout, request, counts, exact=exact)


def beginning(path: Path, layout: Layout) -> tuple[list[str], list[list[str]], bool]:
    """The names of a file's columns, its first rows as texts, and whether the names are its own."""
    with opened_columns(path) as columns:
        if columns is not None:
            schema = schema_of(columns)
            return schema.names, _sample(columns, schema), True
    head = read_head(path, layout)
    return head.columns, [list(row) for row in head.rows], head.has_names


def _batches(
    where: str, table: Any, layout: Layout, request: ColumnRequest, counts: RowCounts
) -> Iterator[tuple[float, int, Any]]:
    """Batches of a frame or a Parquet file."""
    schema, total = schema_of(table), max(1, rows_of(table))
    columns = planned(where, _sample(table, schema), schema.names, layout, request, counts)
    rows = TypedRows(where, layout, request, columns, counts, again=lambda: _time_texts(table, columns))
    for batch in parts(table, columns.read):
        yield (rows.first - 1 + len(batch)) / total, len(batch), rows.typed(pa.Table.from_batches([batch]))
    rows.finish()


def _sample(table: Any, schema: Any) -> list[list[str]]:
    """The first rows as texts. FileError where two columns have one name."""
    require_unique(schema.names)
    flat = [f.name for f in schema if not pa.types.is_nested(f.type)]
    first = next(parts(table, flat), None)
    if first is None:
        return []
    held = {name: _texts(first.column(name).slice(0, ROWS)) for name in flat}
    blank = [""] * min(ROWS, len(first))
    return [list(row) for row in zip(*(held.get(name, blank) for name in schema.names), strict=True)]


def _texts(column: Any) -> list[str]:
    try:
        return [text or "" for text in texts(column).to_pylist()]
    except pa.ArrowException:
        return ["?"] * len(column)


def _time_texts(table: Any, columns: ColumnPlan) -> Iterator[Any]:
    """The column of the time alone, part by part."""
    for batch in parts(table, [columns.time[0]]):
        yield simple(batch.column(0)).drop_null()


def planned(
    where: str, rows: list[list[str]], names: list[str], layout: Layout, request: ColumnRequest, counts: RowCounts,
    *, has_names: bool = True,
) -> ColumnPlan:  # fmt: skip
    """The plan of a file's columns; what it does not use is noted."""
    columns = plan(where, names, rows, layout, request, has_names=has_names)
    for text in columns.notes:
        counts.note(text)
    if columns.unused:
        counts.note(f"not used: {', '.join(columns.unused)}")
    return columns


def _text(
    path: Path, layout: Layout, request: ColumnRequest, counts: RowCounts, *, exact: bool
) -> Iterator[tuple[float, int, Any]]:
    head = read_head(path, layout)
    for text in head.notes:
        counts.note(text)
    names = head.columns
    columns = planned(str(path), [list(r) for r in head.rows], names, layout, request, counts, has_names=head.has_names)
    rows = TypedRows(
        str(path), layout, request, columns, counts,
        head=head, again=lambda: _time_blocks(path, head, columns), path=path,
    )  # fmt: skip
    types = _types(columns, layout, request, head, exact=exact)
    check = LineCheck(path, head)
    with opened(path, repairs=not exact) as text:
        for batch in _blocks(text.stream, head, types, check, exact=exact):
            yield text.share(), len(batch), rows.typed(pa.Table.from_batches([batch]))
        check.finish(text.stream.lines, rows.first - 1, counts)
    rows.finish()


def _blocks(stream: Any, head: TextHead, types: dict[str, Any], check: LineCheck, *, exact: bool) -> Iterator[Any]:
    """Blocks of a text file. Where it is read as texts, lines that are none of the table are explained."""
    parse = {"delimiter": head.delimiter} | ({} if exact else {"invalid_row_handler": check.skip})
    convert = arrow_csv.ConvertOptions(
        column_types=types, include_columns=list(types), strings_can_be_null=False, check_utf8=exact
    )
    try:
        yield from arrow_csv.open_csv(
            stream,
            arrow_csv.ReadOptions(column_names=head.columns, skip_rows=head.above, block_size=BLOCK, use_threads=exact),
            arrow_csv.ParseOptions(**parse),
            convert,
        )
    except pa.ArrowInvalid as error:
        if exact or "Empty CSV" in str(error):  # arrow has one class for all, without a code
            if not exact or "Empty CSV" in str(error):
                return
            raise
        raise check.reason(error) from None


def _time_blocks(path: Path, head: TextHead, columns: ColumnPlan) -> Iterator[Any]:
    """The texts of the time alone, block by block."""
    types = dict.fromkeys(columns.time[:1], pa.string())
    with opened(path, repairs=True) as text:
        for batch in _blocks(text.stream, head, types, LineCheck(path, head), exact=False):
            yield number_texts.emptied(batch.column(0)).drop_null()


def _types(
    columns: ColumnPlan, layout: Layout, request: ColumnRequest, head: TextHead, *, exact: bool
) -> dict[str, Any]:
    """The arrow type of each column that is read."""
    if not exact:
        return dict.fromkeys(columns.read, pa.string())
    types: dict[str, Any] = dict.fromkeys(columns.identity, NAME)
    types |= {columns.flags: pa.string()} if columns.flags else {}
    for ours, theirs in columns.columns.items():
        is_exact = ours in request.digits and not layout.price_unit
        types[theirs] = pa.decimal128(38, request.digits[ours]) if is_exact else pa.string()
    at = head.columns.index(columns.time[0])
    sample = next((row[at].strip() for row in head.rows if at < len(row) and row[at].strip()), "")
    types |= dict.fromkeys(columns.time, _time_type(layout, sample) if len(columns.time) == 1 else pa.string())
    return types


def _time_type(layout: Layout, sample: str) -> Any:
    if layout.time_format in timestamps.UNITS:
        return pa.string() if layout.date else pa.int64()
    if layout.time_format != "iso":
        return pa.string()
    if not timestamps.ZONED.search(sample):
        return pa.timestamp("ns")
    return pa.timestamp("ns", "UTC") if sample.endswith(("Z", "+00:00")) else pa.string()


def symbols_of(source: Any, layout: Layout) -> list[str]:
    """The symbols in `layout.symbol_column`, in the order of the file. InputError where it has no such column."""
    symbols: dict[str, None] = {}
    for values in _symbols(source, layout):
        symbols.update(dict.fromkeys(v for v in number_texts.trimmed(simple(values)).unique().to_pylist() if v))
    return list(symbols)


def _symbols(source: Any, layout: Layout) -> Iterator[Any]:
    name, where = layout.symbol_column, name_of(source)
    with opened_columns(source) as columns:
        if columns is not None:
            names = _held(where, name, schema_of(columns).names)
            yield from (texts(batch.column(0)) for batch in parts(columns, names))
            return
    path = Path(source)
    head = read_head(path, layout)
    types = dict.fromkeys(_held(where, name, head.columns), pa.string())
    with opened(path, repairs=True) as text:
        yield from (b.column(0) for b in _blocks(text.stream, head, types, LineCheck(path, head), exact=False))


def _held(where: str, name: str, names: list[str]) -> list[str]:
    if name not in names:
        raise InputError(Problem("--symbol-column", f"{where} has no such column", name, did_you_mean(name, names)))
    return [name]


def first_row(path: Path, skip: int) -> list[str]:
    """The fields of a text file's first line after those that are skipped."""
    head = read_head(path, Layout(columns="x", skip_rows=skip, delimiter=","))
    return list(head.rows[0]) if head.rows else []
