"""The commands about one trial, as people and programs read them."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import sweep
from sweep.backtest.records import Fill
from sweep.cli.handlers import backtest
from tests.support import strategies, sweeps
from tests.support.commands import invoke
from tests.support.edited_ledgers import edited


@pytest.fixture(scope="module")
def catalog(tmp_path_factory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("data") / "catalog", minutes=2)


def spec(place: Path, catalog: str, **config: object) -> Path:
    content = sweeps.spec(catalog, {}, strategy=sweeps.TRADED | {"config": {"orders": [[1, 100], [9, -100]]} | config})
    content["tracking"] = {"uri": f"sqlite:///{place}/mlflow.db"}
    return sweeps.write(place / "spec.yaml", content)


def test_backtest_shows_what_was_loaded_what_came_out_and_where_it_is(tmp_path: Path, catalog: str):
    out = tmp_path / "out"
    process = invoke("backtest", spec(tmp_path, catalog), "--out", out, "--tracking-uri", "none", "--csv")
    assert "240 QuoteTick" in process.stdout
    assert "2026-05-04 to 2026-05-05, 2 trading days" in process.stdout
    assert "pnl_total" in process.stdout
    assert "fills.csv" in process.stderr


def test_backtest_as_json_says_the_figures_of_the_files(tmp_path: Path, catalog: str):
    process = invoke("backtest", spec(tmp_path, catalog), "--out", tmp_path / "out", "--tracking-uri", "none", "--json")
    document = json.loads(process.stdout)
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


def raising(place: Path, catalog: str) -> tuple[str, ...]:
    """A trial that was complete and raises now, since its record says other parameters."""
    record = sweep.run_backtest(spec(place, catalog), out=place / "runs" / "one", tracking=False)
    with edited(record.path / "ledger.sqlite") as db:
        db.execute("""UPDATE trials SET params = '{"strategy.fault": "on_quote", "strategy.at": 2}'""")
    return "replay", "one", "0", "--runs-dir", str(place / "runs")


@pytest.mark.slow
def test_the_debugger_opens_where_the_strategy_raises(tmp_path: Path, catalog: str):
    command = [sys.executable, "-m", "sweep", *raising(tmp_path, catalog), "--pdb"]
    typed = "p self.count\np self.cache.quote(self.cfg.instrument_id).bid_price\nq\n"
    process = subprocess.run(command, input=typed, text=True, capture_output=True, check=False)
    assert "ValueError: boom" in process.stdout
    assert "(Pdb) 2\n" in process.stdout
    assert "Price(701" in process.stdout  # the backtest stands still, its cache can be asked
    assert "now it is FAILED (strategy error)" in process.stdout
    assert process.returncode == 1


def test_the_debugger_stops_at_a_line(tmp_path: Path, catalog: str):
    one = sweep.run_backtest(spec(tmp_path, catalog), out=tmp_path / "runs" / "one", tracking=False)
    source = Path(strategies.__file__)
    line = next(n for n, text in enumerate(source.read_text().splitlines(), 1) if "def trade(" in text) + 1
    command = [sys.executable, "-m", "sweep", "replay", one.path.name, "0", "--runs-dir", str(tmp_path / "runs")]
    command += ["--break", f"{source}:{line}"]
    typed = "p amount\nc\np amount\nc\n"
    process = subprocess.run(command, input=typed, text=True, capture_output=True, check=False)
    assert "(Pdb) 100" in process.stdout
    assert "(Pdb) -100" in process.stdout
    assert "identical" in process.stdout
    bad = invoke("replay", one.path.name, "0", "--runs-dir", tmp_path / "runs", "--break", "nowhere.py:3", code=2)
    assert "must be FILE:LINE" in bad.stderr


def test_what_the_strategy_logged_and_its_fills_in_order_of_time():
    fill = Fill(2_000_000_000, "A.X", "BUY", 5.0, 1.5, 7.5, 0.0, "USD", "TAKER", "MARKET", "O-1", "T", "P")
    lines = list(backtest.log_lines([(3_000_000_000, "INFO", "after"), (2_000_000_000, "WARNING", "with")], [fill]))
    assert lines == [
        "1970-01-01T00:00:02Z [WARNING] with\n",
        "1970-01-01T00:00:02Z [FILL] BUY 5 A.X at 1.5 (O-1)\n",
        "1970-01-01T00:00:03Z [INFO] after\n",
    ]
