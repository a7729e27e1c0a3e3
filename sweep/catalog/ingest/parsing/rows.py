"""Rows of a file, one by one: SQLite (a table or a query), CSV, Parquet or JSON lines. None is lost on the way."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import csv
import gzip
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from sweep.common.json_values import is_mapping
from sweep.errors import InputError, Problem, did_you_mean

SUFFIXES = {".csv": "csv", ".tsv": "tsv", ".jsonl": "json", ".ndjson": "json", ".json": "json"}
MAGIC = {b"SQLite format 3\0": "sqlite", b"PAR1": "parquet"}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: its number from 1 (in text files the line), what it holds, and why it cannot be read."""

    number: int
    values: dict[str, Any]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class RowSource:
    """A file of rows. `table` and `query` are for SQLite alone."""

    path: Path
    table: str = ""
    query: str = ""

    def rows(self) -> Iterator[SourceRow]:
        """All rows, in the order of the file. InputError where the file as a whole cannot be read."""
        reader = {
            "sqlite": self._sqlite,
            "parquet": self._parquet,
            "csv": lambda: self._csv(","),
            "tsv": lambda: self._csv("\t"),
            "json": self._json,
        }[self._form()]
        try:
            yield from reader()
        except (OSError, EOFError, ValueError, csv.Error, sqlite3.Error, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
            raise InputError(Problem(str(self.path), f"cannot be read: {reason}")) from error

    def _form(self) -> str:
        if not self.path.is_file():
            raise InputError(Problem(str(self.path), "is no file"))
        with self.path.open("rb") as file:
            head = file.read(16)
        by_magic = next((form for magic, form in MAGIC.items() if head.startswith(magic)), None)
        by_magic = by_magic or SUFFIXES.get(Path(self.path.name.removesuffix(".gz")).suffix.lower())
        if by_magic is None:
            forms = f"SQLite, Parquet, or text ending in {', '.join(SUFFIXES)}, or in these and .gz"
            raise InputError(Problem(str(self.path), f"must be {forms}"))
        if by_magic != "sqlite" and (self.table or self.query):
            raise InputError(Problem("--table" if self.table else "--query", "is for SQLite", self.table or self.query))
        return by_magic

    def _sqlite(self) -> Iterator[SourceRow]:
        address = f"file:{quote(str(self.path.resolve()))}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as db:
            cursor = db.execute(self.query or f'SELECT * FROM "{self._table(db)}"')  # noqa: S608 (a table that it has)
            if cursor.description is None:
                raise InputError(Problem("--query", "must be a SELECT", self.query))
            names = [column[0] for column in cursor.description]
            if twice := {name for name in names if names.count(name) > 1}:
                raise InputError(Problem("--query", f"gives two columns named {', '.join(sorted(twice))}", self.query))
            for number, values in enumerate(cursor, 1):
                yield SourceRow(number, dict(zip(names, values, strict=True)))

    def _table(self, db: sqlite3.Connection) -> str:
        kinds = "type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        held = [name for (name,) in db.execute(f"SELECT name FROM sqlite_master WHERE {kinds} ORDER BY name")]  # noqa: S608
        if not self.table and len(held) == 1:
            return held[0]
        if self.table not in held:
            rule = "the database has no such table" if self.table else "must name one of the database's tables"
            raise InputError(Problem("--table", rule, self.table or None, did_you_mean(self.table, held)))
        return self.table

    def _parquet(self) -> Iterator[SourceRow]:
        number = 0
        with pq.ParquetFile(self.path) as parquet:
            for batch in parquet.iter_batches(10_000):
                for values in pa.Table.from_batches([batch.cast(_readable(batch.schema))]).to_pylist():
                    number += 1
                    yield SourceRow(number, values)

    def _opened(self) -> IO[str]:
        read = gzip.open if self.path.suffix == ".gz" else open
        return read(self.path, "rt", newline="", encoding="utf-8-sig")  # type: ignore[return-value]

    def _csv(self, delimiter: str) -> Iterator[SourceRow]:
        with self._opened() as file:
            lines = csv.reader(file, delimiter=delimiter)
            names = [name.strip() for name in next(lines, [])]
            for values in lines:
                if values:
                    yield _csv_row(lines.line_num, names, values)

    def _json(self) -> Iterator[SourceRow]:
        with self._opened() as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _json_row(number, line)


def _csv_row(number: int, names: Sequence[str], values: Sequence[str]) -> SourceRow:
    cells = {name: value if value.strip() else None for name, value in zip(names, values, strict=False)}
    wrong = len(values) != len(names)
    return SourceRow(number, cells, f"has {len(values)} fields, the header {len(names)}" if wrong else "")


def _json_row(number: int, line: str) -> SourceRow:
    try:
        decoded: Any = json.loads(line)
    except (ValueError, RecursionError):
        decoded = None
    if is_mapping(decoded):
        return SourceRow(number, dict(decoded))
    return SourceRow(number, {"line": line.rstrip("\n")}, "is no JSON object")


def _readable(schema: Any) -> Any:
    """Times as text, whole and with their zone: Python's own times lack nanoseconds."""
    return pa.schema([pa.field(f.name, _text(f.type)) for f in schema])


def _text(kind: Any) -> Any:
    return pa.string() if pa.types.is_timestamp(kind) or pa.types.is_date(kind) else kind
