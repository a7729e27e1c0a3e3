"""The commands that run sweeps: what they print, where, and their exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweep.errors import SweepError
from sweep.results.report import Report
from tests.support import sweeps
from tests.support.commands import invoke, of, spec_of


@pytest.fixture(scope="module")
def report(finished_sweep: Report, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return sweeps.copied(finished_sweep, tmp_path_factory.mktemp("cli"))


def test_run_prints_the_leaderboard_and_how_to_go_on(report: Report):
    result = invoke("run", spec_of(report), *of(report), "--executor", "inline", "--tracking-uri", "none")
    assert "it exists: what is complete is kept" in result.stderr
    assert "3 COMPLETE, 3 FAILED; best 3 by pnl_total" in result.stdout
    assert "3 FAILED (strategy error)" in result.stderr
    assert f"sweep show {report.id} --runs-dir" in result.stderr
    assert "sweep ui" not in result.stderr  # nothing of it is in MLflow


@pytest.mark.slow
def test_run_says_how_to_look_at_it_in_mlflow(report: Report, tmp_path: Path):
    store = f"sqlite:///{tmp_path}/mlflow.db"
    result = invoke("run", spec_of(report), *of(report), "--executor", "inline", "--tracking-uri", store)
    assert f"sweep ui --tracking-uri {store}" in result.stderr


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


@pytest.mark.slow
def test_a_dry_run_that_finds_no_trial_says_how_far_it_looked(tmp_path: Path):
    numbers = {"low": 1, "high": 10_000, "step": 1}
    content = sweeps.spec(
        sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": numbers, "strategy.seed": numbers}
    )
    content["search"]["constraints"] = ["(buys * 7919 + seed) % 1000003 == 1000002.5"]
    path = sweeps.write(tmp_path / "spec.yaml", content)
    assert "of 100,000,000 points, at most" in invoke("run", path, "--dry-run", code=1).stderr
    content["search"]["constraints"] = ["buys + seed < 2"]  # its bounds show that there is none
    assert "no point of the space satisfies all" in invoke("check", sweeps.write(path, content), code=2).stderr


def test_a_dry_run_whose_first_trial_failed_ends_with_1_and_its_place(tmp_path: Path):
    content = sweeps.spec(sweeps.catalog(tmp_path / "c", minutes=1), {"strategy.how": ["error"]})
    path = sweeps.write(tmp_path / "spec.yaml", content)
    assert "worker_fault_strategy.py:" in invoke("run", path, "--dry-run", code=1).stderr
    document = json.loads(invoke("run", path, "--dry-run", "--json", code=1).stdout)
    assert "worker_fault_strategy.py:" in document["error"]


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
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "sweep resume small-" in errors
    counts = Report(next((tmp_path / "runs").iterdir())).count()
    assert counts.get("COMPLETE", 0) >= 1
    assert counts.get("COMPLETE", 0) < len(seeds)
    assert counts.get("RUNNING", 0) <= 1  # one may have been taken back before it began


def _ended(runs: Path) -> bool:
    ledgers = list(runs.glob("*/ledger.sqlite"))
    try:
        return bool(ledgers) and bool(Report(ledgers[0].parent).count().get("COMPLETE"))
    except (SweepError, TypeError, KeyError):  # the ledger is being made
        return False
