import shutil
import sqlite3
from contextlib import closing

import pytest

from sweep.common.disk_cache import cache_directory
from sweep.tracking.mlflow import client as clients
from sweep.tracking.mlflow.client import Client, connect
from sweep.tracking.mlflow.database import rehearsal
from sweep.tracking.mlflow.database.sqlite_calls import SqliteCalls
from sweep.tracking.mlflow.database.sqlite_rows import SqliteRuns
from sweep.tracking.tracking_uri import TrackingStore


@pytest.fixture
def store(uri) -> TrackingStore:
    return TrackingStore.at(uri)


def test_both_leave_the_same_store_and_read_the_same(store):
    assert rehearsal.rehearse(connect) == rehearsal.schema(store.path)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (SqliteCalls, "set_experiment_tag"),
        (SqliteCalls, "update_run"),
        (SqliteCalls, "set_terminated"),
        (SqliteCalls, "delete_run"),
        (SqliteCalls, "log_artifact"),
        (SqliteRuns, "write"),
    ],
)
def test_a_call_that_does_something_else_refutes_it(monkeypatch, owner, name):
    call = getattr(owner, name)

    def twisted(self, *arguments, **options):
        """Do it, and set a version and a time that MLflow does not."""
        result = call(self, *arguments, **options)
        with self._writing() as db:
            db.execute("UPDATE runs SET source_version = '2'")
            db.execute("UPDATE experiments SET last_update_time = 5 WHERE experiment_id = 0")
        return result

    monkeypatch.setattr(owner, name, twisted)
    assert rehearsal.rehearse(connect) == b""


def test_it_is_played_once_on_a_machine(store, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    calls = []

    def counted(uri):
        calls.append(uri)
        return connect(uri)

    assert rehearsal.allows(store, counted)
    assert calls
    assert rehearsal.allows(store, pytest.fail)
    assert len(list(cache_directory().glob("*.rehearsal"))) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("CREATE TRIGGER later AFTER INSERT ON runs BEGIN DELETE FROM tags; END", id="a-trigger"),
        pytest.param("ALTER TABLE runs ADD COLUMN mood TEXT", id="a-column"),
        pytest.param("UPDATE alembic_version SET version_num = 'older'", id="another-version"),
        pytest.param("DROP TABLE alembic_version", id="no-version"),
    ],
)
def test_a_store_with_other_tables_is_left_to_mlflow(store, change):
    assert rehearsal.allows(store, connect)
    with closing(sqlite3.connect(store.path)) as db:
        db.execute(change)
        db.commit()
    assert not rehearsal.allows(store, connect)


def test_statistics_of_a_store_are_no_other_tables(store):
    store.analyze()
    assert rehearsal.allows(store, connect)


@pytest.mark.parametrize("uri", ["http://host:5000", "postgresql://u@h/n", "sqlite:///a.db?timeout=5"])
def test_other_stores_are_left_to_mlflow(uri):
    assert not rehearsal.allows(TrackingStore(uri), pytest.fail)


def test_settings_of_mlflow_leave_all_to_it(store, monkeypatch):
    monkeypatch.setenv("MLFLOW_ENABLE_WORKSPACES", "true")
    assert not rehearsal.allows(store, pytest.fail)


def test_where_it_fails_mlflow_is_used(store, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert not rehearsal.allows(store, lambda _: 1 / 0)


def test_a_plain_mirror_does_not_load_mlflow(uri, monkeypatch):
    assert rehearsal.allows(TrackingStore.at(uri), connect)
    monkeypatch.setattr(clients, "connect", lambda _: pytest.fail("MLflow was loaded"))
    Client(TrackingStore.at(uri), "demo", {"mlflow.note.content": "ours"}, "tester")


def test_a_store_without_the_default_experiment_gets_it(tmp_path, uri):
    shutil.copy(uri.removeprefix("sqlite:///"), tmp_path / "bare.db")
    with closing(sqlite3.connect(tmp_path / "bare.db")) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        db.execute("DELETE FROM experiments")
        db.commit()
    SqliteCalls(TrackingStore.at(f"sqlite:///{tmp_path}/bare.db"), lambda: None)
    with closing(sqlite3.connect(tmp_path / "bare.db")) as db:
        assert db.execute("SELECT experiment_id, name FROM experiments").fetchall() == [(0, "Default")]
