import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sweep.tracking.tracking_uri import TrackingStore, home, problems


def test_a_relative_file_is_relative_to_the_current_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = TrackingStore.at("sqlite:///mlflow.db")
    assert store.uri == f"sqlite:///{tmp_path}/mlflow.db"
    assert store.path == tmp_path / "mlflow.db"
    assert store.artifacts == tmp_path / "mlartifacts"


@pytest.mark.parametrize(
    "uri",
    ["sqlite:////a/b/mlflow.db", "sqlite+pysqlite:////a/b.db?timeout=5", "http://host:5000", "postgresql://me@h/n"],
)
def test_an_absolute_address_stays(uri):
    assert TrackingStore.at(uri).uri == uri
    assert TrackingStore.at(TrackingStore.at(uri).uri) == TrackingStore.at(uri)


def test_artifacts_are_the_servers_own_where_there_is_one():
    assert TrackingStore.at("http://host:5000").artifacts is None
    assert TrackingStore.at("postgresql://me@host/name").artifacts == Path.cwd() / "mlartifacts"


def test_a_password_is_not_shown():
    assert TrackingStore.at("postgresql://me:secret@host/name").shown == "postgresql://me:***@host/name"
    assert TrackingStore.at("http://host:5000/a@b:c").shown == "http://***@b:***"


PASSED = "hunter2"
ADDRESSES = [
    "https://me:{}@host", "https://me:{}@host:5000/path@x", "https://{}@host", "https://:{}@host", "http://host/?token={}",
    "http://me:a@{}@host", "postgresql://me:{}@host/name", "postgresql+psycopg://me:a/{}@host/name",
    "postgresql://me:a@{}@host/name", "postgresql://me:a?{}@host/name", "postgresql://host/name?user=me&password={}",
    "postgresql://host/name?sslpassword={}&x=1", "mysql+pymysql://me:{}@[::1]:3306/name", "mysql://h/n?passwd={}",
    "mssql+pyodbc:///?odbc_connect=Driver%3DX%3BPWD%3D{}", "databricks://me:{}@host", "http://me:[{}@host",
    "http://me:{}/x@host", "https://me:a/{}@host:5000/path", "https://me:{}?x@host", "https://me:a#{}@host",
    "https://host/?key={}", "https://host:5000/?sig={}", "https://host/#{}",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_password_is_refused_and_not_repeated_however_it_is_written(address):
    uri = address.format(PASSED)
    assert TrackingStore(uri).holds_secret and PASSED not in TrackingStore(uri).shown
    (problem,) = problems(uri)
    assert "must not hold a password" in problem.rule and PASSED not in f"{problem} {problem!r}"
    assert TrackingStore(uri).hide(f"cannot connect to {uri}: refused").count(PASSED) == 0


@pytest.mark.parametrize(
    "uri", ["sqlite:////home/a:b@c/mlflow.db", "postgresql://me@h:5432/n?sslmode=require", "http://h:5000/a"]
)
def test_an_address_without_one_is_shown_whole(uri):
    assert TrackingStore(uri).shown == uri and not problems(uri)


def test_the_password_of_a_database_comes_from_the_environment(monkeypatch):
    """The remedy of the refusal above."""
    assert TrackingStore("postgresql://me@host/name").opened == "postgresql://me@host/name"
    monkeypatch.setenv("SWEEP_TRACKING_PASSWORD", "p@ss/word")
    store = TrackingStore("postgresql+psycopg://me@host:5432/name")
    from sqlalchemy import make_url

    opened = make_url(store.opened)
    assert (opened.username, opened.password, opened.host, opened.port) == ("me", "p@ss/word", "host", 5432)
    assert store.hide(f"no {store.opened} with p@ss/word") == f"no {store.uri} with ***"
    for uri in ("https://host", "sqlite:///a.db", "postgresql://host/name"):
        assert TrackingStore(uri).opened == uri


def test_prepare_sets_wal_once_and_for_all(tmp_path):
    store = TrackingStore.at(f"sqlite:///{tmp_path}/new/mlflow.db")
    store.prepare()
    with closing(sqlite3.connect(f"{tmp_path}/new/mlflow.db")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_log_beside_a_file_is_emptied_unless_it_is_read(tmp_path):
    file, log = tmp_path / "mlflow.db", tmp_path / "mlflow.db-wal"
    store = TrackingStore.at(f"sqlite:///{file}")
    store.checkpoint()
    assert not file.exists(), "no store is made"
    store.prepare()
    with closing(sqlite3.connect(file, isolation_level=None)) as writer, closing(sqlite3.connect(file)) as reader:
        writer.execute("CREATE TABLE figures (n)")
        reading = reader.execute("SELECT count(*) FROM sqlite_master")
        writer.execute("INSERT INTO figures VALUES (7)")
        store.checkpoint()
        assert log.stat().st_size > 0
        assert reading.fetchone() == (1,)
        reading.close()
        store.checkpoint()
        assert log.stat().st_size == 0
        assert writer.execute("SELECT n FROM figures").fetchall() == [(7,)]


@pytest.mark.parametrize(
    "uri",
    ["sqlite:///mlflow.db", "sqlite:////a/b.db", "http://host:5000", "postgresql+psycopg://u@h/n",
     "mysql://u@h/n", "databricks", "databricks://profile"],
)  # fmt: skip
def test_good_addresses(uri):
    assert problems(uri) == []


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("sqlite:///", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("http://", "must name a host"),
        ("postgresql:///name", "must name a host"),
        ("./mlruns", "plain folders"),
        ("file:///tmp/mlruns", "plain folders"),
        ("sqllite:///mlflow.db", "did you mean 'sqlite'?"),
        ("sqlite://mlflow.db", "must be sqlite:///FILE"),
        ("", "must be sqlite:///FILE"),
    ],
)
def test_bad_addresses(uri, message):
    (problem,) = problems(uri)
    assert message in str(problem)
    assert problem.where == "tracking.uri"


def test_mlflow_gets_a_home_where_there_is_none(monkeypatch):
    assert home() == {}
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr("pwd.getpwuid", lambda _: (_ for _ in ()).throw(KeyError()))
    assert home() == {"HOME": str(Path.cwd())}
