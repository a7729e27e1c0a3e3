"""The few calls to MLflow that a mirror needs. Every one may raise; none is repeated here."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Self

from sweep.tracking.mlflow.database import rehearsal, sqlite_template
from sweep.tracking.mlflow.database.run_rows import is_plain
from sweep.tracking.mlflow.database.sqlite_calls import SqliteCalls
from sweep.tracking.mlflow.trial_run import HIDDEN, MetricPoint, RunRecord, Texts
from sweep.tracking.tracking_uri import TrackingStore

PAGE = 500  # runs in one answer
TEARSHEET, DIGEST, FILES = f"{HIDDEN}.tearsheet", f"{HIDDEN}.digest", f"{HIDDEN}.files"  # hashes of what a run has
KEPT = TEARSHEET, "sweep.pareto"  # tags of a child that are not in its record
NEEDED = "sweep.id", "sweep.kind", "sweep.key", DIGEST, *KEPT  # tags of a child that are read
SAMPLE = 3  # runs that are also read by MLflow's client, where those of a sweep are read from its tables
PRIMARY = "mlflow.experiment.primaryMetric"  # follows the objective of the sweep
BATCH = 1000  # metrics in one call: MLflow's own limit


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run as it stands in MLflow: enough to tell whether it is what it should be."""

    run_id: str
    kind: str  # "sweep" or "trial"
    key: str  # of a trial
    digest: str  # of the record that it was created from
    has_ended: bool
    tags: Mapping[str, str]  # of the parent; of a child only KEPT

    @classmethod
    def of(cls, run: Any) -> Self:
        """Keep the fields of an MLflow run that are compared."""
        return cls.made(run.info.run_id, run.info.status, run.data.tags)

    @classmethod
    def made(cls, run_id: str, status: str, tags: Mapping[str, str]) -> Self:
        """Of a run's status and tags; those of a child that are not in `NEEDED` do not matter."""
        kind = tags.get("sweep.kind", "")
        own_tags = tags if kind == "sweep" else {k: v for k, v in tags.items() if k in KEPT}
        has_ended = status in ("FINISHED", "FAILED", "KILLED")
        return cls(run_id, kind, tags.get("sweep.key", ""), tags.get(DIGEST, ""), has_ended, own_tags)


def connect(uri: str) -> Any:
    """MLflow's own client of a store."""
    from sweep.tracking.mlflow.library import LibraryCalls

    return LibraryCalls(uri)


def opened(store: TrackingStore) -> Any:
    """The calls on a store: without MLflow on a SQLite file where a rehearsal has shown that they do the same."""
    whole = partial(connect, store.opened)
    return SqliteCalls(store, whole) if rehearsal.allows(store, connect) else whole()


class Client:
    """One sweep's runs in one MLflow experiment, which is made where it is missing."""

    def __init__(self, store: TrackingStore, experiment: str, tags: Mapping[str, str], user: str) -> None:
        sqlite_template.lay(store, connect)
        store.prepare()
        self.store, self._user = store, user
        self._mlflow = opened(store)
        self.experiment = self._experiment(experiment, tags)

    def _experiment(self, name: str, tags: Mapping[str, str]) -> str:
        experiment = self._mlflow.get_experiment_by_name(name) or self._create_experiment(name, tags)
        if experiment.lifecycle_stage == "deleted":
            self._leave_in_trash(experiment)
            experiment = self._create_experiment(name, tags)
        for key, value in tags.items():
            is_ours = key not in experiment.tags or key.startswith(PRIMARY)  # what the user wrote there stays
            if experiment.tags.get(key) != value and is_ours:
                self._mlflow.set_experiment_tag(experiment.experiment_id, key, value)
        return str(experiment.experiment_id)

    def _leave_in_trash(self, experiment: Any) -> None:
        """Free the name of a deleted experiment; it stays deleted, under another name, with all of its runs.

        MLflow renames active experiments only, and to restore one brings back every run that was ever deleted in it.
        """
        self._mlflow.restore_experiment(experiment.experiment_id)
        try:
            self._mlflow.rename_experiment(
                experiment.experiment_id, f"{experiment.name} (deleted, {experiment.experiment_id})"
            )
        finally:
            self._mlflow.delete_experiment(experiment.experiment_id)

    def _create_experiment(self, name: str, tags: Texts) -> Any:
        place = self.store.artifacts
        try:
            created = self._mlflow.create_experiment(name, (place / name).as_uri() if place else None, dict(tags))
        except Exception:
            if experiment := self._mlflow.get_experiment_by_name(name):  # by another process, just now
                return experiment
            raise
        return self._mlflow.get_experiment(created)

    def runs(self, sweep: str, **tags: str) -> Iterator[FoundRun]:
        """The runs of a sweep that also have these tags (`sweep.` is put before their names)."""
        yield from self._read(sweep) if not tags and self._is_readable(sweep) else self._listed(sweep, tags)

    def _read(self, sweep: str) -> list[FoundRun]:
        """From the tables of the database, without metrics and params."""
        return [FoundRun.made(*run) for run in self._bulk.runs(sweep, NEEDED)] if self._bulk else []

    def _is_readable(self, sweep: str) -> bool:
        """True where the tables say what MLflow's client says of the sweep's first runs."""
        if self._bulk is None or self._bulk.differs:
            return False
        if self._bulk.is_rehearsed:
            return True
        sample = list(islice(self._listed(sweep, {}, SAMPLE), SAMPLE))
        runs = {run.run_id: run for run in self._read(sweep)}
        return all(runs.get(run.run_id) == run for run in sample) and len(runs) >= len(sample)

    def _listed(self, sweep: str, tags: Mapping[str, str], size: int = PAGE) -> Iterator[FoundRun]:
        filters = {"id": sweep, **tags}
        query = " AND ".join(f"tags.`sweep.{name}` = '{value}'" for name, value in filters.items())
        token: str | None = None
        while True:
            page: Any = self._mlflow.search_runs(
                [self.experiment], query, max_results=size, order_by=["start_time ASC"], page_token=token
            )
            yield from map(FoundRun.of, page)
            token = page.token
            if not token:
                return

    def create(self, record: RunRecord) -> str:
        """A new run with all its tags; not repeatable. Its id."""
        return self._mlflow.create_run(self.experiment, record.start, self._tags(record), record.name).info.run_id

    def _tags(self, record: RunRecord) -> dict[str, str]:
        return {**record.tags, DIGEST: record.digest, "mlflow.user": self._user}

    def fill(self, run_id: str, record: RunRecord) -> None:
        """Write params, metrics and the end of a run; repeatable. A run that has ended is whole."""
        metrics = [(key, 0, value, record.end) for key, value in record.metrics.items()]
        self._mlflow.log_values(run_id, metrics, record.params, {})
        self._mlflow.set_terminated(run_id, record.status, record.end)

    def create_ended(self, records: Sequence[RunRecord]) -> list[str]:
        """New whole runs: of as many of the first records as can be written at once; not repeatable. Their ids."""
        records = list(takewhile(is_plain, records))
        if not records or self._bulk is None or self._bulk.differs:
            return []
        ids = list[str]()
        if not self._bulk.is_verified:
            ids = [self.create(records[0])]
            self.fill(ids[0], records[0])
            if not self._bulk.verify(ids[0], records[0], self._tags(records[0])):
                return ids
        return ids + self._bulk.write([(record, self._tags(record)) for record in records[len(ids) :]])

    @cached_property
    def _bulk(self) -> Any:
        return self._mlflow.bulk_runs(self.store, self.experiment)

    def delete(self, run_id: str) -> None:
        """Move a run to the trash."""
        self._mlflow.delete_run(run_id)

    def points(self, run_id: str) -> dict[tuple[str, int], float]:
        """The latest value of each (metric, step) of a run."""
        return self._mlflow.points(run_id)

    def log_points(self, run_id: str, points: Iterable[MetricPoint], tags: Texts | None = None) -> None:
        """Add points to a run, then tags: these say that the points are there."""
        points = list(points)
        *first, last = [points[n : n + BATCH] for n in range(0, len(points), BATCH)] or [[]]
        for batch in first:
            self._mlflow.log_values(run_id, batch, {}, {})
        if last or tags:
            self._mlflow.log_values(run_id, last, {}, tags or {})

    def log_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Add or replace tags of a run."""
        self.log_points(run_id, [], tags)

    def delete_tag(self, run_id: str, name: str) -> None:
        """Remove a tag of a run, if it has it."""
        if name in self._mlflow.get_run(run_id).data.tags:
            self._mlflow.delete_tag(run_id, name)

    def log_experiment_tags(self, tags: Mapping[str, str]) -> None:
        """Add or replace tags of the experiment."""
        for key, value in tags.items():
            self._mlflow.set_experiment_tag(self.experiment, key, value)

    def log_file(self, run_id: str, name: str, content: bytes) -> None:
        """Add or replace an artifact of a run."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            self.upload(run_id, path)

    def upload(self, run_id: str, path: Path) -> None:
        """Add or replace an artifact of a run by a file, under its name."""
        self._mlflow.log_artifact(run_id, str(path))

    def set_status(self, run_id: str, status: str, end: int) -> None:
        """Set how a run stands; `end` (ms) matters where it has ended."""
        if status == "RUNNING":
            self._mlflow.update_run(run_id, status)
        else:
            self._mlflow.set_terminated(run_id, status, end)
