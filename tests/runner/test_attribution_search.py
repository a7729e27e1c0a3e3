"""Figures of several strategies as objectives, constraints, columns and names in MLflow."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import sweep
from sweep.results.report import Report
from sweep.results.tearsheet import tearsheet
from sweep.tracking.mlflow.trial_run import metric_name
from tests.support import sweeps
from tests.support.commands import invoke, of
from tests.support.trials import strategy


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Two sizes of one strategy beside another that always loses."""
    place = tmp_path_factory.mktemp("several")
    both = [{"name": "fast", **strategy(orders=[[1, 10], [5, -10]])}, {"name": "slow", **strategy(orders=[[1, 5]])}]
    space = {"strategies.fast.orders": [[[1, 10], [100, -10]], [[1, 20], [100, -20]]]}
    spec = sweeps.spec(sweeps.catalog(place / "catalog", minutes=5), space) | {"strategies": both}
    del spec["strategy"]
    spec["objective"] = {"metric": "strategies.fast.pnl_total", "direction": "minimize"}
    spec["search"]["metric_constraints"] = ["strategies.slow.trades <= 3"]
    path = sweeps.write(place / "spec.yaml", spec)
    return sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False)


def test_a_figure_of_one_strategy_is_the_objective(report: Report):
    leaders = report.leaders(2)
    values = [row.metrics["strategies.fast.pnl_total"] for row in leaders]
    assert values == sorted(values)
    assert values[0] != values[1]
    for row in leaders:
        parts = [row.metrics[f"strategies.{name}.pnl_total"] for name in ("fast", "slow")]
        assert sum(parts) == pytest.approx(row.metrics["pnl_total"])


def test_the_leaderboard_leaves_them_out_and_by_strategy_lists_them(report: Report):
    plain = invoke("show", report.id, *of(report)).stdout
    assert "strategies.slow" not in plain
    table = invoke("show", report.id, "--by-strategy", *of(report)).stdout
    assert "fast" in table
    assert "exposure" in table
    assert len([line for line in table.splitlines() if "slow" in line]) == 2
    document = json.loads(invoke("show", report.id, "--sort", "strategies.slow.fees", "--json", *of(report)).stdout)
    assert "strategies.slow.fees" in document["leaders"][0]["metrics"]
    missing = invoke("show", report.id, "--sort", "strategies.slw.fees", *of(report), code=2).stderr
    assert "strategies.slow.fees" in missing


def test_a_sweep_of_one_strategy_has_no_such_table(finished_sweep: Report):
    assert "have one strategy" in invoke("show", finished_sweep.id, "--by-strategy", *of(finished_sweep), code=2).stderr


def test_an_unknown_strategy_in_an_objective_is_a_mistake(tmp_path: Path, report: Report):
    spec = report.folder.spec.read_text().replace("strategies.fast.pnl_total", "strategies.fats.pnl_total")
    (tmp_path / "spec.yaml").write_text(spec)
    assert "strategies.fast.pnl_total" in invoke("run", tmp_path / "spec.yaml", "--dry-run", code=2).stderr


def test_names_in_mlflow_have_a_group_for_each_strategy():
    assert metric_name("strategies.fast.pnl_total") == "strategies/fast/pnl_total"


def test_a_tearsheet_compares_the_strategies_too(report: Report):
    best = report.leaders(1)[0]
    with report.folder.open() as ledger:
        result = ledger.result(best)
    sheet = tearsheet(result, "best")
    row = re.search(r"<tr><td>slow</td>(.*?)</tr>", sheet)
    assert row
    cells = re.findall(r">([^<>]+)</td>", row[1])
    _, pnl, fees, *_ = ["", *cells]
    assert float(pnl.replace(",", "")) == pytest.approx(best.metrics["strategies.slow.pnl_total"], abs=0.01)
    assert float(fees.replace(",", "")) == pytest.approx(best.metrics["strategies.slow.fees"], abs=0.01)
    assert "Sharpe without" in sheet
    assert re.search(r"<tr><th>fast</th><td class=.n.>1\.00</td>", sheet)  # its correlation with itself
    alone = tearsheet(replace(result, stats={**result.stats, "strategies": {}}), "best")
    assert "Sharpe without" not in alone


def test_the_report_compares_the_strategies_of_the_best_trial(report: Report, finished_sweep: Report):
    page = report.write_html().read_text()
    assert "Strategies of the best trial" in page
    assert "Correlation of daily PnL" in page
    assert page.index('id="strategies"') < page.index('id="leaderboard"')
    assert "Strategies of the best trial" not in finished_sweep.write_html().read_text()
