"""Reconcile the runs of one sweep in MLflow with its ledger: compare, then write the differences.

Nothing here is undone or repeated: when a call fails, what it was about is in doubt and is looked up the next time.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from sweep.common.files.file_hash import content_hash
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results import artifacts
from sweep.tracking.mlflow import parent_run, trial_run, ui_views
from sweep.tracking.mlflow.client import FILES, TEARSHEET, Client, FoundRun
from sweep.tracking.mlflow.trial_run import RunRecord
from sweep.trial import State

UPLOADED = (
    "spec.yaml",
    "trials.parquet",
    "returns.parquet",
    "settings.parquet",
    "report.html",
    "walk-forward.html",
    *artifacts.FILES,
)
LEADERS = 10_000  # rows of leaderboard.csv at most

type Curve = Callable[[], Iterable[tuple[str, int, float, int]]]  # (metric, step, value, ms)


def decide(digest: str, runs: Sequence[FoundRun]) -> tuple[FoundRun | None, list[FoundRun]]:
    """Of the runs of one trial: the one to keep or complete, and those to delete. `wanted` is the record's digest."""
    right = sorted((f for f in runs if f.digest == digest), key=lambda f: (not f.has_ended, f.run_id))
    keep = right[0] if right else None
    return keep, [f for f in runs if f is not keep]


class Reconciler:
    """One sweep in one MLflow experiment: its parent run, and a child for each trial that shall have one."""

    def __init__(
        self, client: Client, facts: SweepFacts, parent: FoundRun, children: dict[str, list[FoundRun]]
    ) -> None:
        self._client, self._facts = client, facts
        self.parent = parent.run_id
        self._tags, self._has_ended = dict(parent.tags), parent.has_ended
        self._children = children  # by the key of their trial
        self._doubtful: set[str] = set()  # keys of trials whose last call failed, or is under way
        self._points = client.points(parent.run_id)
        self._view: dict[str, str] = {}  # the tag that keeps it
        self._new: dict[tuple[str, int], RunRecord] = {}  # records of the last batch, by key and attempt

    @classmethod
    def open(cls, client: Client, facts: SweepFacts) -> Self:
        """List what MLflow holds of the sweep, and have exactly one parent run."""
        children: dict[str, list[FoundRun]] = {}
        parents: list[FoundRun] = []
        for run in client.runs(facts.id):
            (parents if run.kind == "sweep" else children.setdefault(run.key, [])).append(run)
        noted = facts.mlflow.get("run")
        parents.sort(key=lambda f: (f.run_id != noted, f.run_id))
        if not parents:
            run_id = client.create(parent_run.parent(facts))
            parents = [FoundRun(run_id, "sweep", "", "", has_ended=False, tags={})]
        for ghost in parents[1:]:
            client.delete(ghost.run_id)
        return cls(client, facts, parents[0], children)

    def create_missing(self, rows: Iterable[Row]) -> int:
        """Write the runs of ended trials that MLflow has nothing of, many at once where it can be; their number."""
        missing = [row for row in rows if row.key not in self._doubtful and not self._children.get(row.key)]
        keys = {row.key for row in missing}
        self._doubtful |= keys
        records = [trial_run.child(row, self._facts, self.parent) for row in missing]
        ids = self._client.create_ended(records)
        for row, record, run_id in zip(missing, records, ids, strict=False):  # the others one by one
            self._children[row.key] = [FoundRun(run_id, "trial", row.key, record.digest, has_ended=True, tags={})]
        self._new = {(row.key, row.attempt): record for row, record in zip(missing, records, strict=True)}
        self._doubtful -= keys
        return len(ids)

    def mirror(self, row: Row, sheet: bytes | None = None, curve: Curve = list) -> tuple[str, bool]:
        """Have exactly one whole run for an ended trial; its id, and whether it was written now.

        A trial with a tearsheet also has its equity curve.
        """
        runs = self._runs(row.key)
        self._doubtful.add(row.key)
        record = self._new.get((row.key, row.attempt)) or trial_run.child(row, self._facts, self.parent)
        keep, surplus = decide(record.digest, runs)
        run_id = keep.run_id if keep else self._client.create(record)
        is_whole = keep is not None and keep.has_ended
        if not is_whole:
            self._client.fill(run_id, record)
        for run in surplus:
            self._client.delete(run.run_id)
        has = dict(keep.tags) if keep else {}
        tags = self._attach(run_id, sheet, curve, has)
        self._children[row.key] = [FoundRun(run_id, "trial", row.key, record.digest, has_ended=True, tags=tags)]
        self._doubtful.discard(row.key)
        return run_id, not is_whole or bool(surplus) or tags != has

    def drop(self, row: Row) -> tuple[str, bool]:
        """Have no run for an ended trial; no id, and whether there was one to move to the trash."""
        runs = self._runs(row.key)
        self._doubtful.add(row.key)
        for run in runs:
            self._client.delete(run.run_id)
        self._children[row.key] = []
        self._doubtful.discard(row.key)
        return "", bool(runs)

    def _runs(self, key: str) -> list[FoundRun]:
        if key in self._doubtful:
            return list(self._client.runs(self._facts.id, key=key))
        return self._children.get(key, [])

    def _attach(self, run_id: str, sheet: bytes | None, curve: Curve, has: dict[str, str]) -> dict[str, str]:
        """Upload a tearsheet that MLflow does not have yet, and the curve; the tag that says which one it has."""
        tag = has | {TEARSHEET: _hash(sheet)} if sheet else has
        if sheet and tag != has:
            self._client.log_file(run_id, "tearsheet.html", sheet)
            self._client.log_points(run_id, curve(), tag)
        return tag

    def summarize(self, folder: Folder, ledger: Ledger, *, over: bool) -> None:
        """Bring the parent run up to date; with `over` it also gets its tables and its end."""
        facts, count = ledger.facts, ledger.count()
        metric, direction = facts.objective["metric"], facts.objective["direction"]
        best = next(iter(ledger.leaders(1)), None)
        values = ledger.values(metric)
        end = max((trial_run.ms(ended) for *_, ended in values), default=0) or trial_run.epoch(facts.created)
        points = parent_run.series(values, metric, direction, whole=over, broken=ledger.broken())
        self._log_points(points | (parent_run.last(facts, best, len(values), end) if over else {}))
        self._log_tags(parent_run.tags(facts, count, best, self._client.experiment) | {"sweep.folder": folder.place})
        self._remove_tags(facts.tags)
        self._log_view(ledger, bounded=best is not None)
        if over:
            self._client.set_status(self.parent, parent_run.status(facts, count), end)
        elif self._has_ended:
            self._client.set_status(self.parent, "RUNNING", end)
        self._has_ended = over
        if over and len(facts.objectives) > 1:
            self._mark_front(ledger)
        self._log_files(folder.path / name for name in (UPLOADED if over else UPLOADED[:1]))
        if over:
            self._log_leaderboard(ledger)

    def _mark_front(self, ledger: Ledger) -> None:
        """Say of each COMPLETE trial whether it is on the Pareto front, which a longer study may move."""
        front = {row.number for row in ledger.leaders(LEADERS)}
        for row in ledger.rows(state=State.COMPLETE):
            tag = {"sweep.pareto": str(row.number in front).lower()}
            for n, run in enumerate(runs := self._children.get(row.key, [])):
                if run.tags.get("sweep.pareto") != tag["sweep.pareto"]:
                    self._client.log_tags(run.run_id, tag)
                    runs[n] = replace(run, tags={**run.tags, **tag})

    def _log_view(self, ledger: Ledger, *, bounded: bool) -> None:
        if rows := ledger.ended(limit=1):
            search = self._facts.search or {}
            space: list[tuple[str, Any]] = search.get("space") or []  # the first trial may not have all of them
            params = [name for name, _ in space] or list(rows[0].params)
            view = ui_views.tag(self._facts, params, bounded=bounded)
            if view != self._view:
                self._client.log_experiment_tags(view)
                self._view = view

    def _log_points(self, points: parent_run.Points) -> None:
        new = {at: point for at, point in points.items() if self._points.get(at) != point[0]}
        self._client.log_points(self.parent, [(key, step, value, ms) for (key, step), (value, ms) in new.items()])
        self._points |= {at: value for at, (value, _) in new.items()}

    def _log_files(self, paths: Iterable[Path]) -> None:
        """Upload the files that exist and that MLflow does not have as they are."""
        has: dict[str, str] = json.loads(self._tags.get(FILES, "{}"))
        for path in paths:
            if path.exists() and has.get(path.name) != (file_hash := content_hash(path)[:16]):
                self._client.upload(self.parent, path)
                has[path.name] = file_hash
                self._log_tags({FILES: json.dumps(has)})

    def _log_leaderboard(self, ledger: Ledger) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "leaderboard.csv"
            path.write_bytes(parent_run.leaderboard(ledger.leaders(LEADERS)))
            written = [path]
            if repeated := ledger.settings():
                written.append(Path(folder) / "settings.json")
                goal = ledger.facts.goal
                written[-1].write_text(json.dumps([s.plain(goal) for s in repeated[:LEADERS]], indent=1))
            self._log_files(written)

    def _remove_tags(self, tags: Mapping[str, str]) -> None:
        """Remove the tags that people gave to the sweep and took back."""
        for name in {*self._tags.get(parent_run.TAGS, "").split()} - {*tags}:
            self._client.delete_tag(self.parent, name)
            self._tags.pop(name, None)
        self._log_tags({parent_run.TAGS: " ".join(tags)} if tags or parent_run.TAGS in self._tags else {})

    def _log_tags(self, tags: Mapping[str, str]) -> None:
        self._client.log_tags(self.parent, {key: value for key, value in tags.items() if self._tags.get(key) != value})
        self._tags |= tags


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
