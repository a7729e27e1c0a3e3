"""Rows of the index: sweeps are taken out and added, some thousand trials at a time."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from sweep.collection.index.content import SweepContent
from sweep.collection.index.schema import TABLES, TYPES, Columns
from sweep.common.escaping import for_storage
from sweep.common.messages import Say, silent

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 50_000  # trials that are written at a time
SAID = 2_000  # trials from which on reading is announced


def forget(db: "DuckDBPyConnection", sweeps: Sequence[str]) -> None:
    """Take sweeps out of the index."""
    if not sweeps:
        return
    ids = "SELECT id FROM sweeps WHERE list_contains($sweeps, sweep)"
    for table in ("trials", "tags", "parameters"):
        db.execute(f"DELETE FROM {table} WHERE sweep_id IN ({ids})", {"sweeps": list(sweeps)})  # noqa: S608
    db.execute("DELETE FROM sweeps WHERE list_contains($sweeps, sweep)", {"sweeps": list(sweeps)})


def write(db: "DuckDBPyConnection", columns: Columns, contents: Iterable[SweepContent], say: Say = silent) -> None:
    """Add sweeps to the index, some thousand trials at a time."""
    (first,) = db.execute("SELECT coalesce(max(id) + 1, 0) FROM sweeps").fetchall()[0]
    numbers, read = count(first), 0
    for batch in _batches(contents):
        numbered = [(next(numbers), each) for each in batch]
        _insert(db, "sweeps", TABLES["sweeps"], [{"id": n} | dict(each.sweep) for n, each in numbered])
        tags = [{"sweep_id": n, "name": k, "value": v} for n, each in numbered for k, v in each.tags.items()]
        _insert(db, "tags", TABLES["tags"], tags)
        names = [
            {"sweep_id": n, "name": name, "position": place}
            for n, each in numbered
            for place, name in enumerate(each.parameters)
        ]
        _insert(db, "parameters", TABLES["parameters"], names)
        columns.write(db)
        own = {c.physical: TYPES[c.kind] for c in columns}
        trials = [{"sweep_id": n} | dict(trial) for n, each in numbered for trial in each.trials]
        _insert(db, "trials", TABLES["trials"] | own, trials)
        read += len(trials)
        if read >= SAID:
            say(f"indexing sweeps: {read:,} trials")


def _batches(contents: Iterable[SweepContent]) -> Iterator[list[SweepContent]]:
    batch: list[SweepContent] = []
    for each in contents:
        batch.append(each)
        if sum(len(c.trials) for c in batch) >= BATCH:
            yield batch
            batch = []
    yield batch


def _insert(db: "DuckDBPyConnection", table: str, types: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows by way of Arrow, with the columns that they have."""
    import pyarrow as pa

    from sweep.results.tables import table_of

    if not rows:
        return
    arrow = {"INTEGER": pa.int32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_()}
    present = {name for row in rows for name, value in row.items() if value is not None}
    schema = pa.schema([(name, arrow.get(kind, pa.string())) for name, kind in types.items() if name in present])
    clean = [{n: for_storage(v) if isinstance(v, str) else v for n, v in row.items()} for row in rows]
    db.register("incoming", table_of(clean, schema))
    db.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608
    db.unregister("incoming")
