"""Rows of a whole run in MLflow's tables. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from sweep.tracking.mlflow.trial_run import RunRecord

TABLES = "runs", "tags", "params", "metrics", "latest_metrics"  # in the order in which they refer to each other
ARTIFACTS = "artifacts"  # folder of a run's files below that of its experiment
NAME, USER = "mlflow.runName", "mlflow.user"

type Rows = dict[str, list[dict[str, Any]]]  # by the name of their table
type TaggedRun = tuple[str, str, dict[str, str]]  # id, status, tags


def tagged_runs(lines: Iterable[Sequence[Any]]) -> list[TaggedRun]:
    """Runs of lines with a tag each: id, status, key, value; in the order of the lines."""
    by_id: dict[str, TaggedRun] = {}
    for run_id, status, key, value in lines:
        by_id.setdefault(run_id, (run_id, status, {}))[2][key] = value
    return list(by_id.values())


def is_plain(record: RunRecord) -> bool:
    """True if MLflow writes the figures of a run as they are: others it replaces."""
    return all(isfinite(value) for value in record.metrics.values())


def rows(run_id: str, experiment: int, artifacts: str, record: RunRecord, tags: Mapping[str, str]) -> Rows:
    """The rows of a run that has ended, with all its tags; `artifacts` is the address of its own."""
    run: dict[str, Any] = {
        "run_uuid": run_id, "name": record.name, "source_type": "UNKNOWN", "source_name": "",
        "entry_point_name": "", "user_id": tags.get(USER, "unknown"), "status": record.status,
        "start_time": record.start, "end_time": record.end, "deleted_time": None, "source_version": "",
        "lifecycle_stage": "active", "experiment_id": experiment, "artifact_uri": artifacts,
    }  # fmt: skip
    metrics = [
        {"run_uuid": run_id, "key": key, "value": value, "timestamp": record.end, "step": 0, "is_nan": False}
        for key, value in record.metrics.items()
    ]
    texts = (
        [{"run_uuid": run_id, "key": key, "value": value} for key, value in values.items()]
        for values in ({**tags, NAME: record.name}, record.params)
    )
    return dict(zip(TABLES, ([run], *texts, metrics, metrics), strict=True))
