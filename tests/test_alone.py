"""The commands about one trial, as people and programs read them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import sweeps
from tests.support.commands import invoke


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("data") / "catalog", minutes=2)


def spec(place: Path, catalog: str, **config: object) -> Path:
    content = sweeps.spec(catalog, {}, strategy=sweeps.TRADED | {"config": {"orders": [[1, 100], [9, -100]]} | config})
    content["tracking"] = {"uri": f"sqlite:///{place}/mlflow.db"}
    return sweeps.write(place / "spec.yaml", content)


def test_backtest_shows_what_was_loaded_what_came_out_and_where_it_is(tmp_path: Path, catalog: str):
    out = tmp_path / "out"
    done = invoke("backtest", spec(tmp_path, catalog), "--out", out, "--tracking-uri", "none", "--csv")
    assert "240 QuoteTick" in done.stdout
    assert "2026-05-04 to 2026-05-05, 2 trading days" in done.stdout
    assert "pnl_total" in done.stdout
    assert "fills.csv" in done.stderr


def test_backtest_as_json_says_the_figures_of_the_files(tmp_path: Path, catalog: str):
    done = invoke("backtest", spec(tmp_path, catalog), "--out", tmp_path / "out", "--tracking-uri", "none", "--json")
    document = json.loads(done.stdout)
    stats = json.loads((tmp_path / "out" / "stats.json").read_text())
    assert document["metrics"] == stats["metrics"]
    assert document["folder"] == str(tmp_path / "out")
    assert set(document["files"]) <= {p.name for p in (tmp_path / "out").iterdir()}


def test_a_failed_backtest_ends_with_1_and_bad_input_with_2(tmp_path: Path, catalog: str):
    failed = invoke(
        "backtest", spec(tmp_path, catalog, fault="on_quote"), "--out", tmp_path / "o", "--tracking-uri", "none",
        "--json", code=1,
    )  # fmt: skip
    assert json.loads(failed.stdout)["reason"] == "strategy error"
    assert "boom" in failed.stderr
    invoke("backtest", spec(tmp_path, catalog, orderz=1), "--out", tmp_path / "x", code=2)
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
def test_it_is_mirrored_like_a_trial_of_one(tmp_path: Path, catalog: str):
    for _ in range(2):  # a second run takes the place of the first there too
        invoke("backtest", spec(tmp_path, catalog), "--out", tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as db:
        runs = dict(db.execute("SELECT run_uuid, name FROM runs WHERE lifecycle_stage = 'active'").fetchall())
        value = db.execute("SELECT DISTINCT value FROM latest_metrics WHERE key = 'result/pnl_total'").fetchall()
    stats = json.loads((tmp_path / "out" / "stats.json").read_text())
    assert len(runs) == 2  # one for the backtest, one above it
    assert value == [(stats["metrics"]["pnl_total"],)]
    stored = {p.name for p in (tmp_path / "mlartifacts").rglob("*.*")}
    assert {"tearsheet.html", "fills.parquet", "config.json"} <= stored
