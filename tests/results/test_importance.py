"""The parameter importance that a study notes when it ends; showing it needs no Optuna."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import sweep
from sweep.ledger.ledger import Ledger
from sweep.results.importance import note, noted, shares
from sweep.results.report import Report
from sweep.trial import Result, State
from tests.support import sweeps
from tests.support.commands import invoke, of


def study(place: Path, method: str = "optuna") -> Report:
    """Shares bought at the first event decide the PnL, the seed does not."""
    space = {"strategy.buys": list(range(1, 13)), "strategy.seed": [1, 2]}
    search = {"method": method, "space": space} | ({"trials": 40, "sampler": "random"} if method == "optuna" else {})
    content = sweeps.spec(sweeps.catalog(place / "catalog", minutes=2), {}, search=search)
    path = sweeps.write(place / "spec.yaml", content)
    return sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return study(tmp_path_factory.mktemp("study"))


def test_it_is_noted_when_a_study_ends(report: Report):
    with report.folder.open() as ledger:
        importance = noted(ledger)
        assert importance == shares(ledger, report.space()) == report.importance()
    assert importance
    assert next(iter(importance["pnl_total"])) == "strategy.buys"


def test_showing_it_does_not_import_optuna(report: Report):
    code = f"""
import sys
from sweep.cli import app
try:
    app(["show", "small", "--runs-dir", {str(report.folder.path.parent)!r}, *sys.argv[1:]])
finally:
    assert "optuna" not in sys.modules
"""
    for options in ([], ["--json"]):
        process = subprocess.run([sys.executable, "-c", code, *options], capture_output=True, text=True, check=False)
        assert process.returncode == 0, process.stderr
        assert "buys" in process.stdout
    assert "what moves pnl_total: buys" in invoke("show", "small", *of(report)).stdout
    assert json.loads(process.stdout)["importance"] == report.importance()


def test_a_note_is_out_of_date_as_soon_as_there_is_another_trial(tmp_path: Path):
    report = study(tmp_path)
    with Ledger.open(report.folder.ledger, write=True) as ledger:
        before = noted(ledger)
        better = Result(State.COMPLETE, {"pnl_total": 1e9}, started=9e9, ended=9e9)
        ledger.record([(ledger.begin("k", {"strategy.buys": 3, "strategy.seed": 1}), better)])
        assert noted(ledger) is None
        note(ledger, report.space())
        assert noted(ledger) != before


def test_of_a_grid_it_is_in_the_report_and_shown_when_asked_for(tmp_path: Path):
    grid = study(tmp_path, "grid")
    with grid.folder.open() as ledger:
        assert noted(ledger) == grid.importance()
    assert 'id="importance"' in (grid.folder.path / "report.html").read_text("utf-8")
    assert json.loads(invoke("show", "small", *of(grid), "--json").stdout)["importance"] is None
    importance = json.loads(invoke("show", "small", *of(grid), "--importance", "--json").stdout)["importance"]
    assert importance == grid.importance()
    assert importance["pnl_total"]["strategy.buys"] > importance["pnl_total"]["strategy.seed"]
    table = invoke("show", "small", *of(grid), "--importance").stdout
    assert "buys" in table
    assert "%" in table
