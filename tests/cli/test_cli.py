"""The command line itself."""

import json
from pathlib import Path

import pytest

from sweep.results.report import Report
from tests.support import sweeps
from tests.support.commands import invoke


@pytest.fixture(scope="module")
def report(finished_sweep: Report, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return sweeps.copied(finished_sweep, tmp_path_factory.mktemp("cli"))


def test_the_runs_directory_may_come_from_the_environment(report: Report, monkeypatch):
    monkeypatch.setenv("SWEEP_RUNS_DIR", str(report.folder.path.parent))
    assert report.id in invoke("list").stdout


def test_the_schema_is_one_that_the_ready_specs_satisfy():
    schema = json.loads(invoke("spec", "schema").stdout)
    assert {"name", "catalog", "period", "data", "venues", "search"} <= set(schema["required"])


def test_doctor_finds_this_machine_fit(tmp_path: Path):
    result = invoke("doctor", "--tracking-uri", f"sqlite:///{tmp_path}/mlflow.db", "--runs-dir", tmp_path, "--json")
    findings = {f["what"]: f for f in json.loads(result.stdout)}
    assert findings["nautilus_trader"]["found"] == "2.0.0rc7"
    assert findings["engine"]["level"] == "ok"
    assert all(f["level"] != "error" for f in findings.values())
