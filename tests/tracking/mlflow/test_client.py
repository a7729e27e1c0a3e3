import os
import subprocess
import sys

import pytest

from sweep.tracking.mlflow import client as clients
from sweep.tracking.mlflow.client import Client
from sweep.tracking.mlflow.trial_run import RunRecord
from sweep.tracking.tracking_uri import TrackingStore

TAGS = {"sweep.id": "demo-1", "sweep.kind": "trial", "sweep.key": "abc"}
RECORD = RunRecord("#1", "FINISHED", 1000, 2000, TAGS, {"a": "1"}, {"result/pnl_total": 1.5})


@pytest.fixture(params=["without MLflow", "library"])
def client(uri, request, monkeypatch) -> Client:
    if request.param == "library":
        monkeypatch.setattr(clients, "opened", lambda store: clients.connect(store.opened))
    return Client(TrackingStore.at(uri), "demo", {"mlflow.note.content": "ours"}, "tester")


def test_a_run_is_half_written_until_it_is_filled(client):
    run_id = client.create(RECORD)
    (half,) = client.runs("demo-1", key="abc")
    assert (half.run_id, half.kind, half.key, half.digest, half.has_ended) == (
        run_id,
        "trial",
        "abc",
        RECORD.digest,
        False,
    )
    client.fill(run_id, RECORD)
    (whole,) = client.runs("demo-1")
    assert whole.has_ended


def test_filling_twice_changes_nothing(client, view):
    run_id = client.create(RECORD)
    client.fill(run_id, RECORD)
    client.fill(run_id, RECORD)
    run = view.client.get_run(run_id)
    assert view.histories(run) == {"result/pnl_total": [(0, 1.5)]}
    assert (run.info.start_time, run.info.end_time, run.info.status) == (1000, 2000, "FINISHED")
    assert run.info.user_id == "tester"


def test_runs_come_in_pages_and_none_twice(client, monkeypatch):
    monkeypatch.setattr(clients, "PAGE", 3)
    ids = {client.create(RECORD) for _ in range(8)}
    listed = [run.run_id for run in client.runs("demo-1")]
    assert sorted(listed) == sorted(ids)


def test_runs_of_other_sweeps_and_deleted_runs_are_not_seen(client):
    client.delete(client.create(RECORD))
    assert not list(client.runs("demo-1"))
    client.create(RECORD)
    assert not list(client.runs("demo-2"))


def test_what_a_user_deleted_stays_deleted_when_its_experiment_is_needed_again(client, uri, view):
    client.delete(client.create(RECORD))
    run_id = client.create(RECORD)
    view.client.delete_experiment(client.experiment)
    again = Client(TrackingStore.at(uri), "demo", {}, "tester")
    assert not list(again.runs("demo-1"))
    assert view.client.get_run(run_id).info.lifecycle_stage == "deleted"
    old = view.client.get_experiment(client.experiment)
    assert (old.lifecycle_stage, old.name) == ("deleted", f"demo (deleted, {client.experiment})")
    again.create(RECORD)
    assert len(list(Client(TrackingStore.at(uri), "demo", {}, "tester").runs("demo-1"))) == 1


def test_points_are_written_in_batches_and_read_back(client, monkeypatch):
    monkeypatch.setattr(clients, "BATCH", 4)
    run_id = client.create(RECORD)
    client.log_points(run_id, [("best/pnl_total", step, step / 2, 1000 + step) for step in range(10)])
    assert client.points(run_id) == {("best/pnl_total", step): step / 2 for step in range(10)}


def test_of_two_values_at_a_step_the_later_counts(client):
    run_id = client.create(RECORD)
    client.log_points(run_id, [("m", 0, 2.0, 20)])
    client.log_points(run_id, [("m", 0, 1.0, 30)])
    assert client.points(run_id) == {("m", 0): 1.0}


def test_what_a_user_wrote_about_the_experiment_stays(client, uri, view):
    view.client.set_experiment_tag(client.experiment, "mlflow.note.content", "mine")
    again = Client(TrackingStore.at(uri), "demo", {"mlflow.note.content": "ours", "new": "x"}, "tester")
    assert again.experiment == client.experiment
    tags = view.client.get_experiment(client.experiment).tags
    assert (tags["mlflow.note.content"], tags["new"]) == ("mine", "x")


def test_it_repeats_no_request_and_sends_no_telemetry():
    """In a process of its own: the settings are those of the process, and telemetry is decided at import."""
    code = """
import sweep.tracking.mlflow.library
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES
from mlflow.telemetry.client import get_telemetry_client
print(MLFLOW_HTTP_REQUEST_MAX_RETRIES.get(), get_telemetry_client())
"""
    settings = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    process = subprocess.run([sys.executable, "-c", code], env=settings, capture_output=True, text=True, check=True)
    assert process.stdout.split() == ["0", "None"]
