import sqlite3
from contextlib import closing

import pytest

from sweep.tracking.mlflow.client import Client
from sweep.tracking.mlflow.database.sqlite_rows import SqliteRuns
from sweep.tracking.mlflow.trial_run import RunRecord
from sweep.tracking.tracking_uri import TrackingStore

TAGS = {"sweep.id": "demo-1", "sweep.kind": "trial", "sweep.key": "abc"}
RECORD = RunRecord("#1", "FINISHED", 1000, 2000, TAGS, {"a": "1"}, {"result/pnl_total": 1.5})


@pytest.fixture
def client(uri) -> Client:
    return Client(TrackingStore.at(uri), "demo", {}, "tester")


def test_all_runs_are_written_or_none(client):
    assert isinstance(client._bulk, SqliteRuns)
    with closing(sqlite3.connect(client.store.path)) as db:
        db.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON params WHEN NEW.value = 'bad' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    bad = RunRecord("#2", "FINISHED", 1, 2, TAGS, {"a": "bad"}, {})
    with pytest.raises(sqlite3.Error, match="refused"):
        client.create_ended([RECORD, bad])
    assert not list(client.runs("demo-1"))
    assert len(client.create_ended([RECORD, RECORD])) == 2


def test_they_are_read_as_mlflow_reads_them(client, view):
    client.create_ended([RECORD, RunRecord("#2", "FAILED", 1, 2, {**TAGS, "sweep.warnings": "x"}, {}, {})])
    client.create(RunRecord("p", "RUNNING", 1, 1, {**TAGS, "sweep.kind": "sweep", "team": "fx"}, {}, {}))
    client.delete(client.create(RECORD))
    assert sorted(map(repr, client.runs("demo-1"))) == sorted(map(repr, client._listed("demo-1", {})))
    assert len(view.children) == 0
    assert view.client.get_experiment(client.experiment).name == "demo"


@pytest.mark.parametrize(
    ("points", "latest"),
    [
        ([("m", 0, 2.0, 20), ("m", 0, 1.0, 30)], 1.0),
        ([("m", 1, 2.0, 20), ("m", 0, 1.0, 30)], 2.0),
        ([("m", 0, 2.0, 20), ("m", 0, 3.0, 20), ("m", 0, 1.0, 20)], 3.0),
    ],
    ids=["later", "step", "value"],
)
def test_the_latest_of_a_metric_is_by_step_then_time_then_value(client, view, points, latest):
    run_id = client.create(RECORD)
    for point in points:
        client.log_points(run_id, [point])
    assert view.client.get_run(run_id).data.metrics == {"m": latest}
