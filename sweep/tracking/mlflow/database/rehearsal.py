"""Rehearsal of a mirror's calls: MLflow's client and `SqliteCalls` make the same ones, each on a store of its own.

The two stores must then be equal in every row of every table, but for ids and moments, and so must be what both read.
That depends on versions and on this package's code alone, so it is done once on a machine. A store may be written to
without MLflow if its tables are those of the rehearsal, but for the order of constraints.
"""

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sweep.common.disk_cache import cached
from sweep.common.files.file_hash import content_hash
from sweep.common.json_values import digest
from sweep.tracking.mlflow import settings
from sweep.tracking.mlflow.database import sqlite_template
from sweep.tracking.mlflow.database.sqlite_calls import SqliteCalls
from sweep.tracking.mlflow.trial_run import RunRecord
from sweep.tracking.tracking_uri import TrackingStore

TAGS = {"sweep.id": "a-1", "sweep.kind": "sweep", "mlflow.user": "someone", "mlflow.note.content": "# é\n\n'; --"}
CHILD = {"sweep.id": "a-1", "sweep.kind": "trial", "sweep.key": "k", "mlflow.parentRunId": "p"}
FIGURES = {"result/pnl_total": 1.5, "result/trades": 0.0, "risk/max_drawdown": -1e-9, "extra/big": 123456789.123}
PARAMS = {"a": "1", "b.c": "", "d": "x" * 6000}
POINTS = [("best", 0, 1.5, 10), ("best", 1, 1.25, 20), ("equity", 3, 0.1, 7), ("equity", 2, 9.0, 30)]
LATER = [("best", 1, 1.25, 20), ("best", 1, 3.0, 20), ("equity", 3, 0.05, 7), ("new", 0, -0.0, 1)]

type Connect = Callable[[str], Any]


def allows(store: TrackingStore, connect: Connect) -> bool:
    """True if a store is a SQLite file like that of the rehearsal, in which all was equal. Never raises."""
    if store.path is None or not store.uri.startswith("sqlite:///") or "?" in store.uri or settings.has_others():
        return False
    try:
        rehearsed = cached(f"mlflow-{sqlite_template.versions()}-{_code()}.rehearsal", lambda: rehearse(connect))
        return rehearsed == schema(store.path)
    except Exception:  # noqa: BLE001 (whatever it is: MLflow's own client is right)
        return False


@cache
def _code() -> str:
    """Hash of the code that writes."""
    places = (Path(__file__).parent, Path(__file__).parents[1] / "trial_run.py")
    files = sorted(file for place in places for file in (place.glob("*.py") if place.is_dir() else [place]))
    return digest([content_hash(file) for file in files])[:16]


def schema(path: Path) -> bytes:
    """Hash of all tables, indexes and triggers of a store, and of its version."""
    with closing(sqlite3.connect(path, timeout=10)) as db:
        objects = db.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        version = db.execute("SELECT version_num FROM alembic_version").fetchall()
    return digest([sorted(_parts(str(sql)) for (sql,) in objects), version]).encode()


def _parts(sql: str) -> list[str]:
    """Columns and constraints of a table in one order: MLflow makes constraints in any."""
    return sorted(re.sub(r"[\s()]", "", part) for part in sql.split(","))


def rehearse(connect: Connect) -> bytes:
    """The schema of a store in which both left the same; nothing where they did not."""
    with TemporaryDirectory(prefix="sweep-mlflow-") as place:
        first = TrackingStore.at(f"sqlite:///{place}/library/mlflow.db")
        second = TrackingStore.at(f"sqlite:///{place}/calls/mlflow.db")
        sqlite_template.lay(first, connect)
        if first.path is None or second.path is None:
            return b""
        second.path.parent.mkdir()
        shutil.copyfile(first.path, second.path)
        laid = schema(first.path)
        library, calls = connect(first.uri), SqliteCalls(second, lambda: None)
        same = contents(library, first.path) == contents(calls, second.path)
        return laid if same and laid == schema(first.path) else b""


def contents(calls: Any, path: Path) -> list[str]:
    """All that a store holds after the calls of a sweep, and what is read in between, without ids and moments."""
    ids = list(play(calls, path.parent))
    with closing(sqlite3.connect(path)) as db:
        lines = [*db.iterdump(), *(str(file.relative_to(path.parent)) for file in path.parent.rglob("files/**/*"))]
    texts = [*ids, *lines]
    runs = {run: f"run {n}" for n, run in enumerate(dict.fromkeys(re.findall(r"\b[0-9a-f]{32}\b", "\n".join(ids))))}
    for run, name in runs.items():
        texts = [text.replace(run, name) for text in texts]
    texts = [re.sub(r"\b\d{13}\b", "NOW", text.replace(str(path.parent), "PLACE")) for text in texts]
    return texts[: len(ids)] + sorted(texts[len(ids) :])


def play(calls: Any, place: Path) -> Iterator[str]:
    """Make the calls of a sweep; what they return, as text."""
    yield str(calls.get_experiment_by_name("rehearsal"))
    experiment = calls.create_experiment("rehearsal", (place / "files").as_uri(), {"a": "1", "b": "x" * 9000})
    for key, value in (("a", "2"), ("mlflow.sharedViewState.a-1", '{"é": []}')):
        calls.set_experiment_tag(experiment, key, value)
    for stored in (calls.get_experiment(experiment), calls.get_experiment_by_name("rehearsal")):
        tags = sorted(stored.tags.items())
        yield str((stored.experiment_id, stored.name, stored.artifact_location, stored.lifecycle_stage, tags))
    parent = calls.create_run(experiment, 1000, TAGS, "a-1").info.run_id
    yield parent
    calls.log_values(parent, POINTS, {"a": "1"}, {})
    calls.log_values(parent, LATER, PARAMS, {"sweep.best": "#1", "sweep.kind": "sweep", "long": "é" * 8000})
    yield str(sorted(calls.points(parent).items()))
    file = place / "report.html"
    for content in ("first", "second"):
        file.write_text(content)
        calls.log_artifact(parent, str(file))
    calls.set_terminated(parent, "FINISHED", 2000)
    calls.update_run(parent, "RUNNING")
    ghost = calls.create_run(experiment, 1000, TAGS, "ghost").info.run_id
    yield ghost
    calls.delete_run(ghost)
    yield from _children(calls, experiment)


def _children(calls: Any, experiment: str) -> Iterator[str]:
    """Write whole runs: MLflow's client one by one, the other at once."""
    records = [
        RunRecord("#1 a=1", "FINISHED", 1000, 2000, CHILD, PARAMS, FIGURES),
        RunRecord("#2", "FAILED", 1001, 2001, CHILD, {}, {}),
    ]
    if isinstance(calls, SqliteCalls):
        yield from calls.bulk_runs(TrackingStore(""), experiment).write([(record, CHILD) for record in records])
        return
    for record in records:
        run_id = calls.create_run(experiment, record.start, CHILD, record.name).info.run_id
        metrics = [(key, 0, value, record.end) for key, value in record.metrics.items()]
        calls.log_values(run_id, metrics, record.params, {})
        calls.set_terminated(run_id, record.status, record.end)
        yield run_id
