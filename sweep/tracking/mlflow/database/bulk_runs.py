"""Whole runs written into MLflow's own tables, many in one transaction: a seventh of the time of its client.

Used where the store is a database. The tables are those of MLflow's own classes, and what would be written is first
compared with what the client wrote of the same run, in every column of every table. Where anything differs, as it may
in another version of MLflow, all runs go the client's way.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Self
from uuid import uuid4

from mlflow.store.tracking.dbmodels import models
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from mlflow.utils import uri as uris
from sqlalchemy import ColumnElement, Connection, Engine, Table, insert, or_, select

from sweep.tracking.mlflow.database.run_rows import ARTIFACTS, Rows, TaggedRun, rows, tagged_runs
from sweep.tracking.mlflow.trial_run import RunRecord
from sweep.tracking.tracking_uri import TrackingStore

_uris: Any = uris  # its functions have no types


def _table(model: Any) -> Table:
    return model.__table__


TABLES = tuple(  # in the order in which they refer to each other
    map(_table, (models.SqlRun, models.SqlTag, models.SqlParam, models.SqlMetric, models.SqlLatestMetric))
)
OTHERS = tuple(  # which a run of a trial has no rows in
    (table, column)
    for table in TABLES[0].metadata.tables.values()
    if table not in TABLES
    for column in ("run_uuid", "run_id", "source_id", "destination_id")
    if column in table.columns
)


class BulkRuns:
    """Writer of whole runs into the database of one experiment."""

    is_rehearsed = False  # each process compares what it writes and reads with MLflow

    def __init__(self, engine: Engine, experiment: str, artifacts: str) -> None:
        """`artifacts` is the address of the experiment's artifacts."""
        self._engine, self._experiment, self._artifacts = engine, int(experiment), artifacts
        self.is_verified = self.differs = False  # what the client wrote is, or is not, what would be written here

    @classmethod
    def open(cls, store: TrackingStore, experiment: str, artifacts: str) -> Self | None:
        """The writer of a store that is a database; None for a server."""
        if not store.is_database:
            return None
        opened: Any = SqlAlchemyStore(store.opened, artifacts)  # shares the client's connections
        return cls(opened.engine, experiment, artifacts)

    def verify(self, run_id: str, record: RunRecord, tags: Mapping[str, str]) -> bool:
        """Compare a run that the client wrote with what would be written here; the result is remembered."""
        with self._engine.connect() as db:
            written = {table.name: _sorted(_read(db, table, "run_uuid", run_id)) for table in TABLES}
            others = any(_read(db, table, column, run_id) for table, column in OTHERS)
        expected = {name: _sorted(rows) for name, rows in self._rows(run_id, record, tags).items()}
        self.differs = others or written != expected
        self.is_verified = not self.differs
        return self.is_verified

    def write(self, records: Sequence[tuple[RunRecord, Mapping[str, str]]]) -> list[str]:
        """Write runs that have ended, each with all its tags; all of them or none. Their ids, in this order."""
        ids = [uuid4().hex for _ in records]
        every = [self._rows(run_id, record, tags) for run_id, (record, tags) in zip(ids, records, strict=True)]
        with self._engine.begin() as db:
            for table in TABLES:
                if inserted := [row for run in every for row in run[table.name]]:
                    db.execute(insert(table), inserted)
        return ids

    def runs(self, sweep: str, names: Collection[str]) -> list[TaggedRun]:
        """(id, status, tags) of each run of a sweep that is not in the trash, the first first.

        Of its parents all tags are read, of the runs of its trials those of these names.
        """
        runs, tags = TABLES[0].c, TABLES[1].c

        def tagged(key: str, value: str) -> ColumnElement[bool]:
            return runs.run_uuid.in_(select(tags.run_uuid).where(tags.key == key, tags.value == value))

        query = (
            select(runs.run_uuid, runs.status, tags.key, tags.value)
            .join(TABLES[1], tags.run_uuid == runs.run_uuid)
            .where(runs.experiment_id == self._experiment, runs.lifecycle_stage == "active")
            .where(tagged("sweep.id", sweep), or_(tags.key.in_(names), tagged("sweep.kind", "sweep")))
            .order_by(runs.start_time, runs.run_uuid)
        )
        with self._engine.connect() as db:
            return tagged_runs(db.execute(query))

    def _rows(self, run_id: str, record: RunRecord, tags: Mapping[str, str]) -> Rows:
        artifacts = _uris.append_to_uri_path(self._artifacts, run_id, ARTIFACTS)
        return rows(run_id, self._experiment, artifacts, record, tags)


def _read(db: Connection, table: Table, column: str, run_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(select(table).where(table.columns[column] == run_id)).mappings()]


def _sorted(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row.get("key")))
