"""The commands that show sweeps, as tables and as JSON."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sweep.cli import app
from sweep.results.report import Report
from tests.support import sweeps
from tests.support.commands import invoke, of


@pytest.fixture(scope="module")
def report(finished_sweep: Report, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return sweeps.copied(finished_sweep, tmp_path_factory.mktemp("cli"))


def test_show(report: Report):
    assert "3 COMPLETE" in invoke("show", "small", *of(report)).stdout
    document = json.loads(invoke("show", "small", *of(report), "--json", "--sort", "fees", "--top", "2").stdout)
    fees = [row["metrics"]["fees"] for row in document["leaders"]]
    assert len(fees) == 2
    assert fees == sorted(fees)  # less is better
    reverse = json.loads(invoke("show", "small", *of(report), "--json", "--sort", "fees", "--reverse").stdout)
    assert reverse["leaders"][0]["metrics"]["fees"] >= max(fees)
    assert "worst 3 by fees" in invoke("show", "small", *of(report), "--sort", "fees", "--reverse").stdout
    assert "did you mean 'fees'" in invoke("show", "small", *of(report), "--sort", "feees", code=2).stderr


def test_troubles_of_all_trials_are_counted(report: Report):
    document = json.loads(invoke("show", "small", *of(report), "--json").stdout)
    assert document["troubles"]["orders_denied"] == 1
    process = invoke("show", "small", *of(report))
    assert "of 6 trials: orders_denied in 1" in process.stderr


def test_show_as_csv_is_the_whole_table(report: Report):
    rows = list(csv.DictReader(io.StringIO(invoke("show", "small", *of(report), "--csv").stdout)))
    assert [r["number"] for r in rows] == list("012345")
    assert float(rows[0]["metrics.pnl_total"]) == report.trial(0).metrics["pnl_total"]


def test_show_failed_groups_with_an_example(report: Report):
    output = CliRunner().invoke(app, ["show", "small", *map(str, of(report)), "--failed"]).stdout
    assert "3 × strategy error" in output
    assert "trials 1, 3, 5" in output
    assert "raise ValueError" in output  # the user's own line
    assert "\x1b" not in output
    document = json.loads(
        CliRunner().invoke(app, ["show", "small", *map(str, of(report)), "--failed", "--json"]).stdout
    )
    assert [f["trials"] for f in document["failures"]] == [[1, 3, 5]]


def test_show_timing_adds_up(report: Report):
    timing = json.loads(invoke("show", "small", *of(report), "--timing", "--json").stdout)["timing"]
    whole = timing.pop("whole trial")["total"]
    assert {"decode", "feed", "run", "measure"} <= timing.keys()
    assert sum(phase["total"] for phase in timing.values()) == pytest.approx(whole)
    assert all(phase["total"] >= 0 for phase in timing.values())
    assert "share" in invoke("show", "small", *of(report), "--timing").stdout


def test_list_and_status(report: Report, tmp_path: Path):
    assert json.loads(invoke("list", *of(report), "--json").stdout)[0]["id"] == report.id
    assert report.id in invoke("list", *of(report)).stdout
    assert "no sweeps in" in invoke("list", "--runs-dir", tmp_path).stdout
    document = json.loads(invoke("status", "small", *of(report), "--json").stdout)
    assert (document["driver"], document["trials"]) == (None, {"COMPLETE": 3, "FAILED": 3})
    assert "none runs" in invoke("status", "small", *of(report)).stdout


def test_venues_names_every_model_and_key():
    document = json.loads(invoke("venues", "--json").stdout)
    assert "random_seed" in document["models"]["fill_model"]["ThreeTierFillModel"]["arguments"]
    assert document["keys"]["oms_type"]["required"]
    assert "ThreeTierFillModel" in invoke("venues").stdout


def test_show_says_that_two_days_are_too_few_and_what_to_choose(report: Report):
    output = invoke("show", "small", *of(report)).stdout
    assert "Inconclusive: 2 days of returns cannot tell the best of 6 trials from luck" in output
    assert "✗ 2 days of returns: too few" in output
    assert "the median: half of the trials are worse" in output
    document = json.loads(invoke("show", "small", *of(report), "--json", "--top", "1").stdout)
    assert document["verdict"]["verdict"] == "inconclusive"
    assert document["verdict"]["figures"]["trials"] == 6
    assert document["choice"]["best"]["trial"] == report.best().number
    assert len(document["choice"]["by_plateau"]) == 1


def test_a_finished_sweep_keeps_its_verdict(report: Report):
    with report.folder.open() as ledger:
        assert ledger.facts.verdict["sentence"] == report.verdict().sentence


def test_a_damaged_neighbour_does_not_hide_the_others(finished_sweep: Report, tmp_path: Path):
    report = sweeps.copied(finished_sweep, tmp_path)
    damaged = tmp_path / "runs" / "other-00000000"
    damaged.mkdir()
    (damaged / "ledger.sqlite").write_bytes(b"no ledger at all" * 100)
    result = invoke("list", "--runs-dir", tmp_path / "runs")
    assert report.id in result.stdout
    assert "other-00000000 cannot be read" in result.stderr


def test_show_does_not_call_the_median_of_the_survivors_the_median_of_all(pruned_sweep: Report):
    report = pruned_sweep
    assert report.count() == {"COMPLETE": 2, "PRUNED": 2}
    output = " ".join(invoke("show", "small", *of(report)).stdout.split())
    assert "the median: of the trials that were not pruned" in output
