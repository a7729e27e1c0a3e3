"""The command line over real small sweeps: what it prints, where, and its exit codes."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sweep.cli import app
from sweep.errors import SweepError
from sweep.report import Report
from tests.support import sweeps


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return sweeps.finished(tmp_path_factory.mktemp("cli"))


def invoke(*arguments: object, code: int = 0) -> Any:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def of(report: Report) -> tuple[str, object]:
    return "--runs-dir", report.folder.path.parent


def spec_of(report: Report) -> Path:
    return report.folder.path.parents[1] / "spec.yaml"


def test_run_prints_the_leaderboard_and_how_to_go_on(report: Report):
    result = invoke("run", spec_of(report), *of(report), "--executor", "inline", "--tracking-uri", "none")
    assert "it exists: what is complete is kept" in result.stderr
    assert "3 COMPLETE, 3 FAILED; best 3 by pnl_total" in result.stdout
    assert "3 FAILED (strategy error)" in result.stderr
    assert f"sweep show {report.id} --runs-dir" in result.stderr


def test_run_as_json_is_one_document_on_stdout(report: Report):
    result = invoke("run", spec_of(report), *of(report), "--executor", "inline", "--tracking-uri", "none", "--json")
    document = json.loads(result.stdout)
    assert document["id"] == report.id
    assert document["trials"] == {"COMPLETE": 3, "FAILED": 3}
    assert document["best"]["number"] == report.best().number
    assert document["best"]["metrics"]["pnl_total"] == report.best().metrics["pnl_total"]


def test_a_sweep_without_a_complete_trial_ends_with_1(tmp_path: Path):
    content = sweeps.spec(sweeps.catalog(tmp_path / "c", minutes=1), {"strategy.how": ["error"]})
    path = sweeps.write(tmp_path / "spec.yaml", content)
    result = invoke("run", path, "--runs-dir", tmp_path, "--executor", "inline", "--tracking-uri", "none", code=1)
    assert "no such thing" in result.stderr


def test_a_dry_run_leaves_nothing_behind(report: Report, tmp_path: Path):
    result = invoke("run", spec_of(report), "--runs-dir", tmp_path / "runs", "--dry-run")
    assert "6 trials" in result.stdout
    assert "one trial takes" in result.stdout
    assert not (tmp_path / "runs").exists()
    document = json.loads(invoke("run", spec_of(report), "--dry-run", "--json").stdout)
    assert (document["trials"], document["exact"], document["error"]) == (6, True, None)
    assert document["metrics"]["pnl_total"] == report.trial(0).metrics["pnl_total"]


def test_another_name_is_another_sweep(report: Report, tmp_path: Path):
    options = ("--runs-dir", tmp_path, "--executor", "inline", "--tracking-uri", "none", "--json")
    result = invoke("run", spec_of(report), "--name", "other", "--set", "search.space.strategy.fault=['']", *options)
    assert json.loads(result.stdout)["id"].startswith("other-")
    assert json.loads(result.stdout)["trials"] == {"COMPLETE": 3}


def test_resume_runs_nothing_that_is_known_and_says_why_it_cannot(report: Report, tmp_path: Path):
    result = invoke("resume", "small", *of(report), "--executor", "inline", "--no-tracking", "--json")
    assert json.loads(result.stdout)["trials"] == {"COMPLETE": 3, "FAILED": 3}
    assert [r.attempt for r in report.leaders()] == [1, 1, 1]
    text = report.folder.spec.read_text()
    report.folder.spec.write_text(text.replace("2026-05-06", "2026-05-05"))
    refused = invoke("resume", report.id, *of(report), "--executor", "inline", code=2)
    report.folder.spec.write_text(text)
    assert "period.end changed" in refused.stderr


def test_show(report: Report):
    assert "3 COMPLETE" in invoke("show", "small", *of(report)).stdout
    document = json.loads(invoke("show", "small", *of(report), "--json", "--sort", "fees", "--top", "2").stdout)
    fees = [row["metrics"]["fees"] for row in document["leaders"]]
    assert len(fees) == 2
    assert fees == sorted(fees, reverse=True)
    assert "did you mean 'fees'" in invoke("show", "small", *of(report), "--sort", "feees", code=2).stderr


def test_show_as_csv_is_the_whole_table(report: Report):
    rows = list(csv.DictReader(io.StringIO(invoke("show", "small", *of(report), "--csv").stdout)))
    assert [r["number"] for r in rows] == list("012345")
    assert float(rows[0]["metrics.pnl_total"]) == report.trial(0).metrics["pnl_total"]


def test_show_failed_groups_with_an_example(report: Report):
    shown = CliRunner().invoke(app, ["show", "small", *map(str, of(report)), "--failed"]).stdout
    assert "3 × strategy error" in shown
    assert "trials 1, 3, 5" in shown
    assert "raise ValueError" in shown  # the user's own line
    assert "\x1b" not in shown
    document = json.loads(
        CliRunner().invoke(app, ["show", "small", *map(str, of(report)), "--failed", "--json"]).stdout
    )
    assert [f["trials"] for f in document["failures"]] == [[1, 3, 5]]


def test_show_timing_adds_up(report: Report):
    timing = json.loads(invoke("show", "small", *of(report), "--timing", "--json").stdout)["timing"]
    whole = timing.pop("whole trial")["total"]
    assert {"decode", "feed", "run", "measure"} <= timing.keys()
    assert sum(phase["total"] for phase in timing.values()) <= whole
    assert "share" in invoke("show", "small", *of(report), "--timing").stdout


def test_list_and_status(report: Report, tmp_path: Path):
    assert json.loads(invoke("list", *of(report), "--json").stdout)[0]["id"] == report.id
    assert report.id in invoke("list", *of(report)).stdout
    assert "no sweeps in" in invoke("list", "--runs-dir", tmp_path).stdout
    document = json.loads(invoke("status", "small", *of(report), "--json").stdout)
    assert (document["driver"], document["trials"]) == (None, {"COMPLETE": 3, "FAILED": 3})
    assert "none runs" in invoke("status", "small", *of(report)).stdout


def test_the_runs_directory_may_come_from_the_environment(report: Report, monkeypatch):
    monkeypatch.setenv("SWEEP_RUNS_DIR", str(report.folder.path.parent))
    assert report.id in invoke("list").stdout


def test_venues_names_every_model_and_key():
    document = json.loads(invoke("venues", "--json").stdout)
    assert "random_seed" in document["models"]["fill_model"]["ThreeTierFillModel"]["arguments"]
    assert document["keys"]["oms_type"]["required"]
    assert "ThreeTierFillModel" in invoke("venues").stdout


def test_the_schema_is_one_that_the_ready_specs_satisfy():
    schema = json.loads(invoke("spec", "schema").stdout)
    assert {"name", "catalog", "period", "data", "venues", "strategy", "search"} <= set(schema["required"])


def test_a_catalog_is_made_and_looked_into(tmp_path: Path):
    invoke("catalog", "demo", tmp_path / "demo")
    again = invoke("catalog", "demo", tmp_path / "demo")
    assert "unchanged" in again.stderr
    shown = invoke("catalog", "inspect", tmp_path / "demo", "--gaps")
    assert "117,000" in shown.stdout
    document = json.loads(invoke("catalog", "inspect", tmp_path / "demo", "--json").stdout)
    assert {e["kind"] for e in document["data"]} == {"Instrument", "QuoteTick", "ScoreUpdate"}
    assert "does not exist" in invoke("catalog", "inspect", tmp_path / "nowhere", code=2).stderr


def test_doctor_finds_this_machine_fit(tmp_path: Path):
    result = invoke("doctor", "--tracking-uri", f"sqlite:///{tmp_path}/mlflow.db", "--runs-dir", tmp_path, "--json")
    findings = {f["what"]: f for f in json.loads(result.stdout)}
    assert findings["nautilus_trader"]["found"] == "2.0.0rc7"
    assert findings["engine"]["level"] == "ok"
    assert all(f["level"] != "error" for f in findings.values())


def test_ctrl_c_leaves_a_whole_ledger_and_says_how_to_go_on(tmp_path: Path):
    seeds = list(range(400))
    content = sweeps.spec(sweeps.catalog(tmp_path / "c", minutes=30), {"strategy.seed": seeds})
    path = sweeps.write(tmp_path / "spec.yaml", content)
    options = ["--runs-dir", str(tmp_path / "runs"), "--executor", "inline", "--tracking-uri", "none"]
    command = [sys.executable, "-m", "sweep", "run", str(path), *options]
    here = {**os.environ, "PYTHONPATH": "."}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=here)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not _ended(tmp_path / "runs"):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "sweep resume small-" in said
    counts = Report(next((tmp_path / "runs").iterdir())).count()
    assert counts.get("COMPLETE", 0) >= 1
    assert counts.get("COMPLETE", 0) < len(seeds)
    assert "RUNNING" not in counts


def _ended(runs: Path) -> bool:
    found = list(runs.glob("*/ledger.sqlite"))
    try:
        return bool(found) and bool(Report(found[0].parent).count().get("COMPLETE"))
    except (SweepError, TypeError, KeyError):  # the ledger is being made
        return False
