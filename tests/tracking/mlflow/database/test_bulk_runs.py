import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from sweep.tracking.mlflow import client as client_module
from sweep.tracking.mlflow.client import Client
from sweep.tracking.mlflow.database.bulk_runs import BulkRuns
from sweep.tracking.mlflow.trial_run import RunRecord
from sweep.tracking.tracking_uri import TrackingStore

TAGS = {"sweep.id": "demo-1", "sweep.kind": "trial", "sweep.key": "abc", "mlflow.note.content": "# é\n\n'; --"}
METRICS = {"result/pnl_total": 1.5, "result/trades": 0.0, "risk/max_drawdown": -1e-9, "extra/big": 123456789.123}
RECORD = RunRecord("#1 a=1", "FINISHED", 1000, 2000, TAGS, {"a": "1", "b.c": "", "d": "x" * 6000}, METRICS)
FAILED = replace(RECORD, name="#2", status="FAILED", params={}, metrics={})


@pytest.fixture
def client(uri, monkeypatch) -> Client:
    """Client that writes through MLflow's own classes, as to any database but SQLite."""
    monkeypatch.setattr(client_module, "opened", lambda store: client_module.connect(store.opened))
    return Client(TrackingStore.at(uri), "demo", {}, "tester")


def content(view, run_id):
    """All that MLflow's own client says about a run, without its ids and what follows from them."""
    run = view.client.get_run(run_id)
    info = {k: v for k, v in dict(run.info).items() if k not in ("run_id", "run_uuid", "artifact_uri")}
    assert run.info.artifact_uri.endswith(f"/{run_id}/artifacts")
    return info, run.data.to_dictionary(), view.histories(run), run.inputs.to_dictionary()


@pytest.mark.parametrize("record", [RECORD, FAILED], ids=["whole", "failed"])
def test_runs_written_at_once_are_those_of_the_client(client, view, record):
    by_client = client.create(record)
    client.fill(by_client, record)
    ids = client.create_ended([record, record, FAILED, RECORD])
    assert client._bulk.is_verified
    assert len(set(ids)) == 4
    assert content(view, ids[0]) == content(view, ids[1]) == content(view, by_client)
    assert content(view, ids[2]) != content(view, ids[3])


@pytest.fixture
def sweeps(client) -> Client:
    """Two sweeps in one experiment: trials of one with tags of all kinds, its parent, one run in the trash."""
    more = {client_module.DIGEST: "0", client_module.TEARSHEET: "1", "sweep.pareto": "true", "sweep.warnings": "x"}
    records = [replace(RECORD, start=9 - n, tags={**TAGS, **more, "sweep.key": str(n)}) for n in range(5)]
    ids = client.create_ended([*records, replace(RECORD, tags={**TAGS, "sweep.id": "demo-2"})])
    client.create(replace(RECORD, tags={**TAGS, "sweep.kind": "sweep", "team": "fx"}))
    client.create(replace(RECORD, tags={"sweep.id": "demo-1"}))
    client.delete(ids[1])
    return client


def test_runs_are_read_from_the_tables_as_the_client_reads_them(sweeps):
    listed = list(sweeps._listed("demo-1", {}))
    assert sweeps._is_readable("demo-1")
    assert (len(listed), list(sweeps.runs("demo-1"))) == (6, listed)
    assert [run.tags.get("team") for run in listed if run.kind == "sweep"] == ["fx"]


def test_where_the_tables_say_something_else_runs_are_read_by_the_client(sweeps, monkeypatch):
    listed = list(sweeps.runs("demo-1"))
    monkeypatch.setattr(client_module, "NEEDED", ("sweep.id",))
    assert sweeps._read("demo-1") != listed
    assert list(sweeps.runs("demo-1")) == listed


def test_they_are_found_by_their_tags_and_take_artifacts(client, view):
    *_, run_id = client.create_ended([RECORD, replace(RECORD, tags={**TAGS, "sweep.key": "other"})])
    (run,) = client.runs("demo-1", key="other")
    assert (run.run_id, run.has_ended) == (run_id, True)
    client.log_file(run_id, "tearsheet.html", b"x")
    assert view.artifacts(view.client.get_run(run_id)) == {"tearsheet.html"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("INSERT INTO tags VALUES ('new', 'x', NEW.run_uuid)", id="a-tag"),
        pytest.param("UPDATE runs SET source_version = '2' WHERE run_uuid = NEW.run_uuid", id="a-column"),
        pytest.param(
            "INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id, step) "
            "VALUES ('i' || NEW.run_uuid, 'DATASET', 'd', 'RUN', NEW.run_uuid, 0)",
            id="another-table",
        ),
    ],
)
def test_where_mlflow_writes_something_else_too_all_runs_go_its_way(client, change):
    with closing(sqlite3.connect(client.store.path)) as db:
        db.execute(f"CREATE TRIGGER later AFTER INSERT ON runs BEGIN {change}; END")
    assert len(client.create_ended([RECORD, FAILED, RECORD])) == 1
    assert client._bulk.differs
    assert not client.create_ended([RECORD])


def test_all_of_them_are_written_or_none(client):
    client.create_ended([RECORD])
    with closing(sqlite3.connect(client.store.path)) as db:
        db.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON params WHEN NEW.value = 'bad' "
            "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    with pytest.raises(Exception, match="refused"):
        client.create_ended([RECORD, replace(RECORD, params={"a": "bad"}), RECORD])
    assert len(list(client.runs("demo-1"))) == 1


def test_figures_that_mlflow_replaces_go_its_way(client):
    infinite = replace(RECORD, metrics={"a": float("inf")})
    assert len(client.create_ended([RECORD, infinite, RECORD])) == 1


def test_a_server_is_written_to_by_requests_alone():
    assert BulkRuns.open(TrackingStore("http://localhost:5000"), "1", "mlflow-artifacts:/1") is None
