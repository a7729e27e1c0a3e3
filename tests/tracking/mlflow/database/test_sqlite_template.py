"""A new store: what MLflow would have made, and nothing that is there already is touched."""

import errno
import os
import re
import sqlite3
from contextlib import closing, nullcontext

import pytest

from sweep.common.disk_cache import cache_directory
from sweep.tracking.mlflow.database import sqlite_template
from sweep.tracking.mlflow.library import MlflowClient
from sweep.tracking.tracking_uri import TrackingStore


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def store(cache_directory, name="mlflow.db", query=""):
    return TrackingStore.at(f"sqlite:///{cache_directory / name}{query}")


def content(path):
    """Everything in a database, but for times; constraints of a table come in any order, as MLflow makes them."""
    with closing(sqlite3.connect(path)) as db:
        lines = list(db.iterdump())
    assert any("INSERT INTO \"experiments\" VALUES(0,'Default'" in line for line in lines)
    return sorted(sorted(re.split(r",\s*", re.sub(r"\d{13}", "TIME", line))) for line in lines)


def test_it_is_what_mlflow_makes(tmp_path):
    own, laid = store(tmp_path, "own.db"), store(tmp_path / "below", "laid.db")
    MlflowClient(own.uri)
    sqlite_template.lay(laid, MlflowClient)
    with closing(sqlite3.connect(laid.path)) as db:
        assert not db.execute("SELECT * FROM experiments").fetchall()
    MlflowClient(laid.uri)
    assert content(own.path) == content(laid.path)
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["laid.db"]


def test_mlflow_makes_it_once_for_all_stores(tmp_path):
    uris = []

    def connect(uri):
        uris.append(uri)
        MlflowClient(uri)

    for name in ("a.db", "b.db"):
        sqlite_template.lay(store(tmp_path, name), connect)
    assert len(uris) == 1
    assert (tmp_path / "a.db").read_bytes() == (tmp_path / "b.db").read_bytes()
    assert len(list(cache_directory().iterdir())) == 1


def test_what_is_there_is_not_touched(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"whatever it is")
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere.db")
    for name in ("mlflow.db", "link.db"):
        sqlite_template.lay(store(tmp_path, name), MlflowClient)
    assert (tmp_path / "mlflow.db").read_bytes() == b"whatever it is"
    assert (tmp_path / "link.db").is_symlink()


@pytest.mark.slow
def test_a_file_that_somebody_makes_meanwhile_stays(tmp_path):
    def connect(uri):
        (tmp_path / "mlflow.db").write_bytes(b"theirs")
        MlflowClient(uri)

    sqlite_template.lay(store(tmp_path), connect)
    assert (tmp_path / "mlflow.db").read_bytes() == b"theirs"
    assert not list(tmp_path.glob(".mlflow.db*"))


@pytest.mark.parametrize("uri", ["http://host:5000", "postgresql://u@h/n"])
def test_other_stores_are_not_its_business(uri):
    sqlite_template.lay(TrackingStore.at(uri), pytest.fail)


def test_one_with_options_is_left_to_mlflow(tmp_path):
    sqlite_template.lay(store(tmp_path, query="?timeout=5"), pytest.fail)
    assert not (tmp_path / "mlflow.db").exists()


def test_where_it_fails_mlflow_makes_its_own(tmp_path):
    def connect(_):
        raise RuntimeError("no")

    sqlite_template.lay(store(tmp_path), connect)
    assert not list(tmp_path.glob("*.db"))
    assert not cache_directory().exists()


@pytest.mark.parametrize(("number", "is_told"), [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EPERM, False)])
def test_on_a_full_disk_mlflow_is_not_left_to_make_half_a_store(tmp_path, monkeypatch, number, is_told):
    """Its migrations could not go on from there when there is room again."""

    def full(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(sqlite_template, "cached", lambda *_: b"a store")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="space|quota") if is_told else nullcontext():
        sqlite_template.lay(store(tmp_path), MlflowClient)
    assert not list(tmp_path.glob("*mlflow.db*"))
