"""Tables of the index, and the columns that metrics and parameters get as they appear."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FORMAT = 1  # of the tables; an index of another format is made again
SWEEPS = {  # a row for each sweep
    "id": "INTEGER", "sweep": "VARCHAR", "name": "VARCHAR", "created": "VARCHAR", "finished": "VARCHAR",
    "state": "VARCHAR", "verdict": "VARCHAR", "engine": "VARCHAR", "agreed": "VARCHAR", "strategy": "VARCHAR",
    "data": "VARCHAR", "catalog": "VARCHAR", "fingerprint": "VARCHAR", "method": "VARCHAR", "objective": "VARCHAR",
    "direction": "VARCHAR", "note": "VARCHAR", "doubts": "VARCHAR", "unreadable": "VARCHAR", "stamp": "VARCHAR",
}  # fmt: skip
TRIALS = {  # a row for each trial, beside a column for each metric and parameter
    "sweep_id": "INTEGER", "trial": "BIGINT", "key": "VARCHAR", "state": "VARCHAR", "reason": "VARCHAR",
    "days": "BIGINT", "seconds": "DOUBLE", "attempt": "BIGINT", "warnings": "BIGINT", "replay": "VARCHAR",
    "ranked": "BOOLEAN",
}  # fmt: skip
TABLES = {
    "about": {"format": "INTEGER"},
    "sweeps": SWEEPS,
    "trials": TRIALS,
    "tags": {"sweep_id": "INTEGER", "name": "VARCHAR", "value": "VARCHAR"},
    "parameters": {"sweep_id": "INTEGER", "name": "VARCHAR", "position": "INTEGER"},
    "columns": {"id": "INTEGER", "source": "VARCHAR", "name": "VARCHAR", "kind": "VARCHAR"},
}

type Source = Literal["metric", "param"]
type Kind = Literal["whole", "decimal", "bool", "text", "json"]  # of a value, as the ledger has it

TYPES: Mapping[str, str] = {
    "whole": "BIGINT", "decimal": "DOUBLE", "bool": "BOOLEAN", "text": "VARCHAR", "json": "VARCHAR"
}  # fmt: skip
LARGEST = 2**63  # whole numbers beyond it, and numbers that are not finite, are kept as JSON


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one kind of a metric or a parameter. A name has several where its values have several kinds.

    The column's name in the file is a number: names that differ in case only are one name to DuckDB.
    """

    id: int
    source: Source
    name: str
    kind: Kind

    @property
    def physical(self) -> str:
        return f"c{self.id}"


def kind_of(value: object) -> Kind:
    """The kind of a plain value that is not None."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int) and -LARGEST <= value < LARGEST:
        return "whole"
    if isinstance(value, float) and isfinite(value):
        return "decimal"
    return "text" if isinstance(value, str) else "json"


class Columns:
    """The columns of metrics and parameters that an index has, and those that it gets."""

    def __init__(self, columns: Iterable[Column] = ()) -> None:
        self._columns = {(c.source, c.name, c.kind): c for c in columns}

    @classmethod
    def of(cls, db: "DuckDBPyConnection") -> "Columns":
        return cls(
            Column(*row) for row in db.execute("SELECT id, source, name, kind FROM columns ORDER BY id").fetchall()
        )

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns.values())

    def of_value(self, source: Source, name: str, value: object) -> Column:
        """The column for a value; a new one where there is none yet."""
        place = (source, name, kind_of(value))
        if place not in self._columns:
            self._columns[place] = Column(len(self._columns), *place)
        return self._columns[place]

    def names(self, source: Source) -> list[str]:
        """The names of all metrics, or of all parameters."""
        return list(dict.fromkeys(c.name for c in self if c.source == source))

    def of_name(self, source: Source, name: str) -> list[Column]:
        """The columns of a name, one for each kind of its values."""
        return [c for c in self if c.source == source and c.name == name]

    def write(self, db: "DuckDBPyConnection") -> None:
        """Have the new ones in the file."""
        present = {n for (n,) in db.execute("SELECT id FROM columns").fetchall()}
        for c in self:
            if c.id not in present:
                db.execute(f"ALTER TABLE trials ADD COLUMN {c.physical} {TYPES[c.kind]}")
                db.execute("INSERT INTO columns VALUES (?, ?, ?, ?)", [c.id, c.source, c.name, c.kind])


def create(db: "DuckDBPyConnection") -> None:
    """Make the tables of an empty index."""
    for table, columns in TABLES.items():
        db.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
    db.execute("INSERT INTO about VALUES (?)", [FORMAT])


def is_current(db: "DuckDBPyConnection") -> bool:
    """True for an index of this format."""
    rows: list[Any] = db.execute("SELECT format FROM about").fetchall()
    return rows == [(FORMAT,)]
