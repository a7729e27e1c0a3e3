"""Statements on a SQLite store of MLflow, and the writer of many runs at once that consists of them."""

# ruff: noqa: S608 (names of tables and columns are constants)

import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from uuid import uuid4

from sweep.errors import SweepError
from sweep.tracking.mlflow.database.run_rows import ARTIFACTS, TABLES, Rows, TaggedRun, rows, tagged_runs
from sweep.tracking.mlflow.trial_run import MetricPoint, RunRecord, Texts

type Opening = Callable[[], AbstractContextManager[sqlite3.Connection]]


class SqliteRuns:
    """Writer of whole runs into one experiment, and reader of them: as `BulkRuns`, which says what each returns."""

    is_rehearsed = is_verified = True
    differs = False

    def __init__(self, writing: Opening, reading: Opening, experiment: str, artifacts: str) -> None:
        self._writing, self._reading = writing, reading
        self._experiment, self._artifacts = int(experiment), artifacts.rstrip("/")

    def write(self, records: Sequence[tuple[RunRecord, Texts]]) -> list[str]:
        """Write runs that have ended, all of them or none."""
        return self._write(records, {})

    def begin(self, record: RunRecord, tags: Texts) -> str:
        """Write a run that has not ended."""
        return self._write([(record, tags)], {"end_time": None})[0]

    def _write(self, records: Sequence[tuple[RunRecord, Texts]], others: Mapping[str, None]) -> list[str]:
        ids = [uuid4().hex for _ in records]
        every = [
            rows(run_id, self._experiment, f"{self._artifacts}/{run_id}/{ARTIFACTS}", record, tags)
            for run_id, (record, tags) in zip(ids, records, strict=True)
        ]
        for run in every:
            run["runs"][0].update(others)
        with self._writing() as db:
            require_experiment(db, str(self._experiment))
            insert(db, every)
        return ids

    def runs(self, sweep: str, names: Collection[str]) -> list[TaggedRun]:
        """(id, status, tags) of each run of a sweep."""
        tagged = "run_uuid IN (SELECT run_uuid FROM tags WHERE key = ? AND value = ?)"
        query = (
            "SELECT runs.run_uuid, status, tags.key, tags.value FROM runs JOIN tags USING (run_uuid) "
            f"WHERE experiment_id = ? AND lifecycle_stage = 'active' AND runs.{tagged} "
            f"AND (tags.key IN ({', '.join('?' * len(names))}) OR runs.{tagged}) ORDER BY start_time, runs.run_uuid"
        )
        values = (self._experiment, "sweep.id", sweep, *names, "sweep.kind", "sweep")
        with self._reading() as db:
            return tagged_runs(db.execute(query, values))


def insert_experiment(db: sqlite3.Connection, name: str, place: str, number: int | None = None) -> int:
    """Insert an experiment whose files go to a place; its id."""
    now = int(time.time() * 1000)
    columns = "experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace"
    values = (number, name, place, "active", now, now, "default")
    return db.execute(f"INSERT INTO experiments ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values).lastrowid or 0


def require_experiment(db: sqlite3.Connection, experiment: str) -> str:
    """The place of the files of an experiment that is not in the trash; SweepError where there is none."""
    query = "SELECT artifact_location FROM experiments WHERE experiment_id = ? AND lifecycle_stage = 'active'"
    if (row := db.execute(query, (int(experiment),)).fetchone()) is None:
        raise SweepError(f"MLflow has no active experiment {experiment}")
    return row[0]


def require_run(db: sqlite3.Connection, run_id: str) -> tuple[str]:
    """The address of the files of a run that is not in the trash; SweepError where there is none."""
    query = "SELECT artifact_uri FROM runs WHERE run_uuid = ? AND lifecycle_stage = 'active'"
    if (row := db.execute(query, (run_id,)).fetchone()) is None:
        raise SweepError(f"MLflow has no active run {run_id}")
    return row


def insert(db: sqlite3.Connection, every: Iterable[Rows]) -> None:
    """Insert the rows of runs."""
    every = list(every)
    for table in TABLES:
        if inserted := [row for run in every for row in run[table]]:
            names = list(inserted[0])
            places = ", ".join(f":{name}" for name in names)
            db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", inserted)


def add_params(db: sqlite3.Connection, run_id: str, params: Texts) -> None:
    """Add params. SweepError where one has another value: MLflow changes none."""
    stored = dict(db.execute("SELECT key, value FROM params WHERE run_uuid = ?", (run_id,)))
    if changed := [key for key, value in params.items() if stored.get(key, value) != value]:
        raise SweepError(f"MLflow has other values of the params of run {run_id}: {', '.join(changed)}")
    new = [(key, value, run_id) for key, value in params.items() if key not in stored]
    db.executemany("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", new)


def add_metrics(db: sqlite3.Connection, run_id: str, metrics: Sequence[MetricPoint]) -> None:
    """Add points, and the latest of each metric where it is later: by step, time and value."""
    columns = "run_uuid, key, value, timestamp, step, is_nan"
    points = [(run_id, key, value, ms, step, 0) for key, step, value, ms in metrics]
    db.executemany(f"INSERT OR IGNORE INTO metrics ({columns}) VALUES (?, ?, ?, ?, ?, ?)", points)
    db.executemany(
        f"INSERT INTO latest_metrics ({columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key, run_uuid) DO UPDATE SET "
        "value = excluded.value, timestamp = excluded.timestamp, step = excluded.step, is_nan = excluded.is_nan "
        "WHERE (excluded.step, excluded.timestamp, excluded.value) > (step, timestamp, value)",
        points,
    )
