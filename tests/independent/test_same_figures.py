"""Trials of a finished sweep, run again by a script that shares no code with sweep/backtest: the same to the cent."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
import yaml

import sweep
from sweep.catalog.demo import writer
from sweep.catalog.ingest import events
from sweep.catalog.ingest.parsing.column_mapping import EventMapping
from tests.support import decisions
from tests.support.effort import FULL, repeats
from tests.support.markets import MINUTE, SECOND, equity, ns, pair, quotes, write

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("plain_backtest.py")
BARS = ROOT.parent / "shared/data"
FIGURES = ("pnl_total", "win_rate", "trades", "fees")
TRIALS = repeats(20, quick=3)  # run again, at random
QUICK = {  # a part of each space, where nobody waits for the whole
    "demo_grid": ["search.space.strategy.score_threshold=[55, 75]", "search.space.strategy.tp_pct=[0.2]"],
    "decisions_grid": ["search.space.strategy.sl_pct=[0.2]", "search.space.strategy.score_threshold=[55, 75]"],
    "ema_bracket_fx": ["search.space.strategy.fast=[5]", "search.space.strategy.tp_pct=[0.2]"],
}


def resolved(spec: Mapping[str, Any], trial: Mapping[str, Any]) -> dict[str, Any]:
    """The backtest of a trial, from the sweep's own spec and its row in trials.parquet."""
    backtest = json.loads(json.dumps({k: spec[k] for k in ("catalog", "period", "data", "venues", "strategy")}))
    for column, value in trial.items():
        if column.startswith("params."):
            section, name = column.removeprefix("params.").split(".")
            assert section == "strategy"
            backtest["strategy"]["config"][name] = value
    return backtest


def run_again(backtests: list[dict[str, Any]], *options: str) -> list[dict[str, Any]]:
    process = subprocess.run(
        [sys.executable, str(SCRIPT), *options],
        input=json.dumps(backtests),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def same_figures(name: str, catalog: Path, runs: Path) -> None:
    settings = [f"catalog={catalog}", *([] if FULL else QUICK[name])]
    plan = sweep.load(ROOT / f"search_spaces/{name}.yaml", settings)
    folder = sweep.run(plan, runs_dir=runs, executor="inline", tracking=False).folder.path
    spec = yaml.safe_load((folder / "spec.yaml").read_text(encoding="utf-8"))
    table = pd.read_parquet(folder / "trials.parquet")
    assert set(table["state"]) == {"COMPLETE"}
    trials = [
        {key: value for key, value in row.items() if value == value}  # noqa: PLR0124 - not NaN
        for row in table.sample(min(TRIALS, len(table)), random_state=1).drop(columns=["warnings"]).to_dict("records")
    ]
    assert len({trial["metrics.pnl_total"] for trial in trials}) > len(trials) // 2, "the trials hardly differ"
    for trial, plain in zip(trials, run_again([resolved(spec, trial) for trial in trials]), strict=True):
        ours = {figure: trial.get(f"metrics.{figure}") for figure in FIGURES}
        assert {k: v and round(v, 9) for k, v in ours.items()} == {k: v and round(v, 9) for k, v in plain.items()}, (
            trial
        )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    catalog = tmp_path_factory.mktemp("demo") / "catalog"
    writer.write(catalog)
    return catalog


def test_the_demo_grid(demo: Path, tmp_path: Path):
    same_figures("demo_grid", demo, tmp_path / "runs")


def scored_decisions(catalog: Path) -> None:
    """Ten thousand scored events, and quotes made of their prices."""
    database = catalog.with_suffix(".db")
    decisions.write(database)
    write(catalog, [equity()])
    mapping = EventMapping.model_validate({
        "timestamp": {"column": "ts_event", "unit": "ms"}, "instrument": "SPY.ARCA", "priority": "source", "id": "id",
        "quotes": {"price": "spy_price_at_score", "spread": 0.02, "size": 1000},
    })  # fmt: skip
    events(database, mapping, catalog)


@pytest.mark.slow
def test_the_decisions_of_a_database(tmp_path: Path):
    """They are ingested, swept, and replayed by the engine alone."""
    scored_decisions(tmp_path / "catalog")
    same_figures("decisions_grid", tmp_path / "catalog", tmp_path / "runs")


def test_the_artifacts_of_one_backtest(demo: Path, tmp_path: Path):
    spec, settings = ROOT / "search_spaces/demo_grid.yaml", [f"catalog={demo}"]
    record = sweep.run_backtest(spec, settings, out=tmp_path / "out", tracking=False)
    (plain,) = run_again([json.loads((record.path / "config.json").read_text())], "--fills")
    fills, stats = pd.read_parquet(record.path / "fills.parquet"), json.loads((record.path / "stats.json").read_text())
    columns = ["side", "quantity", "price", "commission", "client_order_id"]
    times = fills["ts_event"].astype("int64")
    ours = [[t, *row] for t, row in zip(times.tolist(), fills[columns].to_numpy().tolist(), strict=True)]
    assert ours == plain.pop("fills")
    assert len(ours) == 74
    assert {k: stats["metrics"][k] for k in FIGURES} == pytest.approx(plain)
    positions = pd.read_parquet(record.path / "positions.parquet")
    assert positions["pnl"].sum() == pytest.approx(plain["pnl_total"])
    assert len(positions) == plain["trades"]
    account = pd.read_parquet(record.path / "account.parquet")
    assert account["total"].iloc[-1] - 100_000 == pytest.approx(plain["pnl_total"])


def gbpusd(folder: Path, rows: Iterable[tuple[int, float, float]]) -> Path:
    instrument = pair("GBP/USD.SIM")
    return Path(write(folder, [instrument], quotes=quotes(instrument, rows)))


@pytest.mark.slow
def test_the_currency_grid_on_made_up_quotes(tmp_path: Path):
    random, mid = Random(1), 1.58
    rows = list[tuple[int, float, float]]()
    for minute in range(29 * 1440):
        mid += random.gauss(0, 0.00015)
        rows.append((ns("2012-02-01") + minute * MINUTE + 30 * SECOND, mid, mid + 0.0001))
    same_figures("ema_bracket_fx", gbpusd(tmp_path / "catalog", rows), tmp_path / "runs")


@pytest.mark.skipif(not BARS.exists(), reason="needs the GBP/USD minute bars, which are not part of the project")
def test_the_currency_grid_on_a_real_month(tmp_path: Path):
    same_figures("ema_bracket_fx", real_month(tmp_path / "catalog"), tmp_path / "runs")


def real_month(folder: Path) -> Path:
    """A catalog of the month, four quotes to a minute."""
    bid, ask = (
        pd.read_csv(BARS / f"gbpusd-m1-{side}-2012.csv.gz", parse_dates=["timestamp"]) for side in ("bid", "ask")
    )
    starts = bid["timestamp"].astype("datetime64[ns, UTC]").astype("int64")
    assert (bid["timestamp"] == ask["timestamp"]).all()
    rows = [
        (int(start) + quarter * 15 * SECOND, float(min(b, a)), float(max(b, a)))  # extremes of unlike moments may cross
        for quarter, column in enumerate(("open", "high", "low", "close"))
        for start, b, a in zip(starts, bid[column], ask[column], strict=True)
    ]
    return gbpusd(folder, sorted(rows))
