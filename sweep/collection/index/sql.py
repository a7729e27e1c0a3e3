"""SQL over the index, for reading only: the tables `trials`, `sweeps` and `tags` (docs/guides/find.md)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.collection.index.index_file import Index, ask_index
from sweep.collection.index.names import sql_of
from sweep.collection.index.schema import SWEEPS, TRIALS, Columns, Source
from sweep.common.messages import Say, silent
from sweep.errors import InputError, Problem

HIDDEN = ("id", "stamp")  # columns of the table of sweeps that are the index's own
MAIN = '"index".main'  # the tables behind the views


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an answer."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


def run(runs_dir: Path, text: str, say: Say = silent) -> Rows:
    """Run SQL. InputError where the database refuses it: it reads no files, writes nothing and keeps its settings."""
    return ask_index(runs_dir, lambda index: _run(index, text), say)


def _run(index: Index, text: str) -> Rows:
    import duckdb

    for view, selected in views(Columns.of(index.db)).items():
        index.db.execute(f'CREATE TEMP VIEW "{view}" AS {selected}')
    index.db.execute("SET enable_external_access = false; SET lock_configuration = true")
    try:
        cursor = index.db.execute(text)
        return Rows([str(column[0]) for column in cursor.description], cursor.fetchall())
    except duckdb.Error as error:
        if type(error) is duckdb.Error or isinstance(error, duckdb.IOException | duckdb.FatalException):
            raise  # the file is damaged
        raise InputError(
            Problem("SQL", " ".join(str(error).split()), text, "the tables: docs/guides/find.md")
        ) from None


def views(columns: Columns) -> dict[str, str]:
    """The tables that a question sees, with readable names of columns, each as a SELECT."""
    sweeps = ", ".join(name for name in SWEEPS if name not in HIDDEN)
    own = [f"s.sweep, {', '.join(f't.{name}' for name in TRIALS if name != 'sweep_id')}"]
    own += [f'{sql} AS "{name}"' for name, sql in _readable(columns)]
    return {
        "sweeps": f"SELECT {sweeps} FROM {MAIN}.sweeps",  # noqa: S608
        "tags": f"SELECT s.sweep, g.name, g.value FROM {MAIN}.tags g JOIN {MAIN}.sweeps s ON s.id = g.sweep_id",  # noqa: S608
        "trials": f"SELECT {', '.join(own)} FROM {MAIN}.trials t JOIN {MAIN}.sweeps s ON s.id = t.sweep_id",  # noqa: S608
    }


def _readable(columns: Columns) -> Iterator[tuple[str, str]]:
    """Name and SQL of each metric and parameter; names that differ in case only, one name to DuckDB, get a number."""
    taken = {"sweep", *TRIALS}
    befores: Mapping[Source, str] = {"metric": "", "param": "param."}
    for source, before in befores.items():
        for name in columns.names(source):
            kinds = list(sql_of(columns.of_name(source, name)).values())
            sql = kinds[0] if len(kinds) == 1 else f"coalesce({', '.join(f'{k}::VARCHAR' for k in kinds)})"
            quoted = f"{before}{name}".replace('"', '""')
            number = 1
            while (free := quoted if number == 1 else f"{quoted} ({number})").lower() in taken:
                number += 1
            taken.add(free.lower())
            yield free, sql
