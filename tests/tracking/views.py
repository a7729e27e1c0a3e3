"""MLflow through its own client: what a user of it would find."""

from dataclasses import dataclass
from typing import Any

import pytest

from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from sweep.trial import State
from tests.tracking.sweeps import FACTS

ROUNDED = 5.001e-6  # the share by which six significant digits may miss a figure


@dataclass
class View:
    """The runs of the sweep in one store."""

    uri: str
    sweep: str = FACTS["id"]

    @property
    def client(self) -> Any:
        from mlflow.tracking import MlflowClient

        return MlflowClient(self.uri)

    def runs(self, kind: str, **tags: str) -> list[Any]:
        """The runs that are not deleted, of any experiment."""
        experiments = [e.experiment_id for e in self.client.search_experiments()]
        tags_of_runs = {"kind": kind, "id": self.sweep, **tags}
        query = " AND ".join(f"tags.`sweep.{name}` = '{value}'" for name, value in tags_of_runs.items())
        return list(self.client.search_runs(experiments, query, max_results=5000))

    @property
    def parent(self) -> Any:
        (parent,) = self.runs("sweep")
        return parent

    @property
    def children(self) -> dict[str, Any]:
        """The children by key; each key once."""
        runs = self.runs("trial")
        by_key = {run.data.tags["sweep.key"]: run for run in runs}
        assert len(by_key) == len(runs), "a trial has more than one run"
        return by_key

    def histories(self, run: Any) -> dict[str, list[tuple[int, float]]]:
        """(step, value) of each metric of a run, in the order of the steps."""
        names = run.data.metrics
        history = {n: self.client.get_metric_history(run.info.run_id, n) for n in names}
        return {n: sorted((m.step, m.value) for m in history) for n, history in history.items()}

    def artifacts(self, run: Any) -> set[str]:
        return {f.path for f in self.client.list_artifacts(run.info.run_id)}


def assert_mirrored(folder: Folder, view: View) -> None:
    """MLflow holds exactly one whole run for each ended trial, below one parent, and the ledger knows them."""
    with folder.open() as ledger:
        rows, strategy = list(ledger.rows()), ledger.facts.backtest["strategy"]["path"]
    children, parent = view.children, view.parent
    assert set(children) == {row.key for row in rows if row.state}
    for row in rows:
        if row.state:
            assert_whole(row, children[row.key], parent.info.run_id, view)
            assert children[row.key].data.params["strategy.path"] == strategy, "the rest of the backtest too"
    for name, points in view.histories(parent).items():
        assert len({step for step, _ in points}) == len(points), f"{name} has a step twice"


def assert_whole(row: Row, run: Any, parent: str, view: View) -> None:
    assert run.info.run_id == row.mlflow_run_id
    assert run.info.status == ("FAILED" if row.state is State.FAILED else "FINISHED")
    assert row.started is not None
    assert row.ended is not None
    assert (run.info.start_time, run.info.end_time) == (round(row.started * 1000), round(row.ended * 1000))
    assert run.data.tags["mlflow.parentRunId"] == parent
    assert run.data.tags["sweep.state"] == row.state
    assert set(row.params) <= set(run.data.params)
    figures = {n.partition("/")[2]: v for n, v in run.data.metrics.items() if not n.startswith(("trial/", "equity/"))}
    of_ledger = {n: v for n, v in row.metrics.items() if v is not None}
    assert figures == pytest.approx(of_ledger, rel=ROUNDED, abs=0)
    histories = {n: points for n, points in view.histories(run).items() if not n.startswith("equity/")}
    assert all(len(points) == 1 for points in histories.values()), "a metric was written twice"
