"""Ledgers without an engine, and real MLflow stores on SQLite."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sweep.ledger.run_directory import Folder
from tests.tracking.sweeps import FACTS, extend, new_folder
from tests.tracking.views import View


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    """A SQLite store with MLflow's tables and nothing else: making them takes seconds."""
    from sweep.tracking.mlflow.client import Client
    from sweep.tracking.tracking_uri import TrackingStore

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    Client(TrackingStore.at(f"sqlite:///{path}"), "other", {}, "tester")
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all of it into the one file that is copied
    return path


@pytest.fixture
def uri(empty_store, tmp_path) -> str:
    """The address of a store of this test's own."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.fixture
def sweep(tmp_path) -> Callable[[int], Folder]:
    """Makes the folder of a finished sweep of so many trials."""

    def make(trials: int) -> Folder:
        folder = new_folder(tmp_path / "runs" / FACTS["id"])
        extend(folder, trials)
        return folder

    return make


@pytest.fixture
def view(uri) -> View:
    """Content of MLflow as its users see it."""
    return View(uri)
