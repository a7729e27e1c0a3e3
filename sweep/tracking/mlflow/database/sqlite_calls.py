"""Calls of a mirror on a SQLite store of MLflow, without MLflow: its import takes more CPU than all that is written.

They are used where a rehearsal (rehearsal.py) has shown that MLflow's own client leaves the same in such a store, and
they have the names of that client. What it may refuse or change, and every call that a plain sweep does not make, goes
to the client itself.
"""

import posixpath
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from sweep.tracking.mlflow.database.run_rows import NAME
from sweep.tracking.mlflow.database.sqlite_rows import (
    SqliteRuns,
    add_metrics,
    add_params,
    insert_experiment,
    require_experiment,
    require_run,
)
from sweep.tracking.mlflow.trial_run import MetricPoint, RunRecord, Texts
from sweep.tracking.tracking_uri import TrackingStore

BUSY = 20.0  # seconds that others may keep the store, as with MLflow
NAMES = re.compile(r"[/\w.\- :]{1,250}")  # that MLflow takes for metrics, params and tags
MOST = 100, 6000, 8000, 20_000  # params or tags in one call; characters of a param, a tag, a tag of an experiment


@dataclass(frozen=True, slots=True)
class StoredExperiment:
    """An experiment, with the names of MLflow's."""

    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: str
    tags: Mapping[str, str]


class SqliteCalls:
    """The calls on one store; `library` makes MLflow's own client of it."""

    def __init__(self, store: TrackingStore, library: Callable[[], Any]) -> None:
        self._store, self._make = store, library
        with self._writing() as db:  # MLflow makes it, too, wherever there is none
            place = str(Path.cwd() / "mlruns" / "0")
            if not db.execute("SELECT 1 FROM experiments WHERE experiment_id = 0").fetchone():
                insert_experiment(db, "Default", place, 0)

    @cached_property
    def _library(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    @contextmanager
    def _reading(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=rw", timeout=BUSY, isolation_level=None, uri=True)) as db:
            db.execute("PRAGMA foreign_keys = ON")
            yield db

    @property
    def _path(self) -> str:
        return str(self._store.path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """One transaction."""
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.rollback()
                raise
            db.commit()

    def get_experiment_by_name(self, name: str) -> StoredExperiment | None:
        """The experiment of a name; None if there is none."""
        return self._experiment("name", name)

    def get_experiment(self, experiment: str) -> StoredExperiment | None:
        """The experiment of an id; None if there is none."""
        return self._experiment("experiment_id", experiment)

    def _experiment(self, column: str, value: str) -> StoredExperiment | None:
        columns = "experiment_id, name, artifact_location, lifecycle_stage"
        with self._reading() as db:
            row = db.execute(f"SELECT {columns} FROM experiments WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
            if row is None:
                return None
            tags = dict(db.execute("SELECT key, value FROM experiment_tags WHERE experiment_id = ?", row[:1]))
        return StoredExperiment(str(row[0]), row[1], row[2], row[3], tags)

    def create_experiment(self, name: str, place: str | None, tags: Texts) -> str:
        """Make an experiment whose files go to a place; its id."""
        if place is None or not _are_plain(tags, MOST[3]) or not NAMES.fullmatch(name):
            return self._library.create_experiment(name, place, tags)
        with self._writing() as db:
            number = insert_experiment(db, name, place)
            values = [(key, value, number) for key, value in tags.items()]
            db.executemany("INSERT INTO experiment_tags (key, value, experiment_id) VALUES (?, ?, ?)", values)
        return str(number)

    def set_experiment_tag(self, experiment: str, key: str, value: str) -> None:
        """Add or replace a tag of an experiment."""
        if not _are_plain({key: value}, MOST[3]):
            self._library.set_experiment_tag(experiment, key, value)
            return
        with self._writing() as db:
            require_experiment(db, experiment)
            db.execute(
                "INSERT INTO experiment_tags (key, value, experiment_id) VALUES (?, ?, ?) "
                "ON CONFLICT (key, experiment_id) DO UPDATE SET value = excluded.value",
                (key, value, int(experiment)),
            )

    def create_run(self, experiment: str, start: int, tags: Texts, name: str) -> Any:
        """Make a run that has not ended."""
        if not _are_plain(tags, MOST[2]) or not name:
            return self._library.create_run(experiment, start, tags, name)
        record = RunRecord(name, "RUNNING", start, start, tags, {}, {})
        return _Created(_Id(self.bulk_runs(self._store, experiment).begin(record, tags)))

    def log_values(self, run_id: str, metrics: Sequence[MetricPoint], params: Texts, tags: Texts) -> None:
        """Add metrics and params to a run, and add or replace tags; all of them or nothing."""
        are_plain = _are_plain(params, MOST[1]) and _are_plain(tags, MOST[2]) and NAME not in tags
        if not are_plain or not all(_is_name(key) and isfinite(value) for key, _, value, _ in metrics):
            self._library.log_values(run_id, metrics, params, tags)
            return
        with self._writing() as db:
            require_run(db, run_id)
            add_params(db, run_id, params)
            add_metrics(db, run_id, metrics)
            db.executemany(
                "INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?) "
                "ON CONFLICT (key, run_uuid) DO UPDATE SET value = excluded.value",
                [(key, value, run_id) for key, value in tags.items()],
            )

    def set_terminated(self, run_id: str, status: str, end: int) -> None:
        """Set how a run has ended, and when (ms)."""
        if not end:
            self._library.set_terminated(run_id, status, end)
            return
        with self._writing() as db:
            require_run(db, run_id)
            db.execute("UPDATE runs SET status = ?, end_time = ? WHERE run_uuid = ?", (status, end, run_id))

    def update_run(self, run_id: str, status: str) -> None:
        """Set how a run stands."""
        with self._writing() as db:
            require_run(db, run_id)
            db.execute("UPDATE runs SET status = ? WHERE run_uuid = ?", (status, run_id))

    def delete_run(self, run_id: str) -> None:
        """Move a run to the trash."""
        with self._writing() as db:
            require_run(db, run_id)
            values = ("deleted", int(time.time() * 1000), run_id)
            db.execute("UPDATE runs SET lifecycle_stage = ?, deleted_time = ? WHERE run_uuid = ?", values)

    def points(self, run_id: str) -> dict[tuple[str, int], float]:
        """The latest value of each (metric, step) of a run."""
        query = (
            "SELECT key, step, CASE WHEN is_nan THEN 'nan' ELSE value END FROM metrics WHERE run_uuid = ? "
            "ORDER BY key, timestamp, step, value"
        )
        with self._reading() as db:
            return {(key, step): float(value) for key, step, value in db.execute(query, (run_id,))}

    def log_artifact(self, run_id: str, path: str) -> None:
        """Add or replace a file of a run, under its name."""
        with self._reading() as db:
            (uri,) = require_run(db, run_id)
        folder, source = _local(uri), Path(path)
        if folder is None:
            self._library.log_artifact(run_id, path)
            return
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f".artifact.uploading.{uuid4().hex}"  # as MLflow names them, which does not list these
        try:
            shutil.copyfile(source, aside)
            shutil.copystat(source, aside)
            aside.replace(folder / source.name)
        finally:
            aside.unlink(missing_ok=True)

    def bulk_runs(self, _: TrackingStore, experiment: str) -> SqliteRuns:
        """The writer of many runs at once."""
        with self._reading() as db:
            return SqliteRuns(self._writing, self._reading, experiment, require_experiment(db, experiment))


@dataclass(frozen=True, slots=True)
class _Id:
    run_id: str


@dataclass(frozen=True, slots=True)
class _Created:
    info: _Id


def _is_name(key: str) -> bool:
    return (
        bool(NAMES.fullmatch(key)) and posixpath.normpath(key) == key and not key.startswith(("..", "/")) and key != "."
    )


def _are_plain(texts: Texts, most: int) -> bool:
    """True if MLflow takes all of them as they are."""
    return len(texts) <= MOST[0] and all(_is_name(key) and len(value) <= most for key, value in texts.items())


def _local(uri: str) -> Path | None:
    """The folder of an address of files; None for any other."""
    parts = urlsplit(uri)
    is_local = parts.scheme == "file" and not (parts.netloc or parts.query or parts.fragment)
    return Path(unquote(parts.path)) if is_local else None
