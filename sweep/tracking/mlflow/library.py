"""MLflow's client, imported with the settings of a mirror: two seconds of CPU, so it is only where it is needed.

MLflow's own client repeats a POST that may have arrived, which leaves ghost runs. The process that uses this one
has that switched off, and looks up what became of a call that failed before it goes on.
"""

# ruff: noqa: E402 (MLflow reads some of its settings when it is imported)
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

from sweep.common.import_tricks import hidden_package
from sweep.tracking.mlflow import settings

settings.take()

with hidden_package("pandas"):  # an eighth of the time of the import, for tables that are not used here
    from mlflow.entities import Metric, Param, RunTag
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

from sweep.tracking.mlflow.database.bulk_runs import BulkRuns
from sweep.tracking.mlflow.trial_run import MetricPoint, Texts
from sweep.tracking.tracking_uri import TrackingStore

__all__ = ["LibraryCalls", "MlflowClient", "MlflowException"]


class LibraryCalls(MlflowClient):
    """MLflow's client that also takes plain values, and gives them."""

    def log_values(self, run_id: str, metrics: list[MetricPoint], params: Texts, tags: Texts) -> None:
        """Add metrics and params to a run, and add or replace tags."""
        self.log_batch(
            run_id,
            [Metric(key, value, ms, step) for key, step, value, ms in metrics],
            [Param(key, value) for key, value in params.items()],
            tags=[RunTag(key, value) for key, value in tags.items()],
        )

    def points(self, run_id: str) -> dict[tuple[str, int], float]:
        """The latest value of each (metric, step) of a run."""
        values: dict[tuple[str, int], float] = {}
        for key in self.get_run(run_id).data.metrics:
            history: list[Any] = self.get_metric_history(run_id, key)
            values |= {(key, m.step): m.value for m in sorted(history, key=lambda m: m.timestamp)}
        return values

    def bulk_runs(self, store: TrackingStore, experiment: str) -> BulkRuns | None:
        """The writer of many runs at once; None for a server."""
        return BulkRuns.open(store, experiment, self.get_experiment(experiment).artifact_location)
