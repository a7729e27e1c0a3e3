"""Stress tests of a tiny sweep: figures by hand, nothing at size zero, known trials kept."""

from typing import Any

import pytest
import yaml

import sweep
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.results.stress import StressResult, stressed
from sweep.runner.stress import stress_tests
from sweep.spec.components.stress import TESTS
from tests.support import commands, sweeps

ORDERS = [[1, -100], [100, 100]]  # sold at 701.20, bought back at 700.22; fees of 2: 96
SPACE = {"strategy.orders": [ORDERS], "strategy.at": {"low": 2, "high": 4, "step": 1}}
LATENCY = {"type": "StaticLatencyModel", "base_latency_nanos": 1_000_000}


def content(catalog: str, **stress: Any) -> dict[str, Any]:
    venue = sweeps.spec("", {})["venues"][0] | {"latency_model": LATENCY}
    return sweeps.spec(catalog, SPACE, strategy=sweeps.TRADED, venues=[venue]) | ({"stress": stress} if stress else {})


@pytest.fixture(scope="module")
def stressed_sweep(tmp_path_factory: pytest.TempPathFactory) -> Report:
    place = tmp_path_factory.mktemp("stressed")
    catalog = sweeps.catalog(place / "catalog", minutes=2)
    path = sweeps.write(place / "spec.yaml", content(catalog, top=1, trials=2, noise=0.25))
    return sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False)


def results(report: Report) -> dict[str, StressResult]:
    (trial,) = stressed(report.facts)
    assert trial.value == report.best().metrics["pnl_total"] == 96.0
    return {test.name: test for test in trial.tests}


def test_the_tests_by_hand(stressed_sweep):
    by_test = results(stressed_sweep)
    fees = by_test["fees"]  # 0.015, which is 0.02 in cents, and 0.02: four dollars in place of two
    assert (fees.trials, fees.median, fees.low, fees.word) == (2, 94.0, 94.0, "holds")
    assert 94.0 <= by_test["spread"].low <= by_test["spread"].median <= 96.0  # up to a cent more on each side
    same = by_test["parameters"]  # of a parameter that changes nothing
    assert (same.trials, same.median, same.word) == (1, 96.0, "holds")
    assert by_test["noise"].trials == 2
    reasons = {name: test.reason for name, test in by_test.items() if test.word == "not tested"}
    assert reasons == {
        "delayed": "no events of your own in `data`", "start": "the period has 2 trading days",
        "trades": "1 closed positions; 30 are needed", "skipped": "1 closed positions; 30 are needed",
    }  # fmt: skip


def part(report: Report) -> Folder:
    (path,) = report.folder.parts.iterdir()
    return Folder(path)


def rows(report: Report) -> list[Row]:
    with part(report).open() as ledger:
        return list(ledger.rows())


def test_they_are_in_a_ledger_of_their_own_and_are_not_run_again(stressed_sweep, tmp_path):
    report = sweeps.copied(stressed_sweep, tmp_path / "own")
    before = rows(report)
    replayed = commands.invoke("stress", report.id, "--executor", "inline", "--no-tracking", *commands.of(report))
    assert "stress tests of trial 0" in replayed.output
    assert rows(report) == before
    assert {row.attempt for row in before} == {1}
    assert Report(report.folder).facts.stress == stressed_sweep.facts.stress
    assert Report(report.folder).count() == stressed_sweep.count()


def test_a_sweep_without_the_section_is_tested_by_the_command(stressed_sweep, tmp_path):
    report = sweeps.copied(stressed_sweep, tmp_path / "own")
    spec = yaml.safe_load(report.folder.spec.read_text())
    del spec["stress"]
    report.folder.spec.write_text(yaml.safe_dump(spec, sort_keys=False))
    sizes = ("--top", 1, "--trials", 2, "--set", "stress.noise=0.25")
    commands.invoke("stress", report.id, *sizes, "--executor", "inline", "--no-tracking", *commands.of(report))
    assert Report(report.folder).facts.stress == stressed_sweep.facts.stress
    written = yaml.safe_load(report.folder.spec.read_text())["stress"]
    assert written == {"top": 1, "trials": 2, "noise": 0.25}


def test_a_perturbed_trial_can_be_replayed(stressed_sweep):
    number = next(row.number for row in rows(stressed_sweep) if row.params.get("perturbation.noise"))
    commands.invoke(
        "replay", part(stressed_sweep).id, number, "--runs-dir", stressed_sweep.folder.parts
    )  # fmt: skip


def test_every_test_of_the_spec_is_made():
    assert {*stress_tests.TESTS, "skipped", "trades"} == {*TESTS}


def test_the_page_and_json_have_them(stressed_sweep):
    text = (stressed_sweep.folder.path / "report.html").read_text()
    assert "Stress tests of the best trials" in text
    process = commands.invoke("show", stressed_sweep.id, "--json", *commands.of(stressed_sweep))
    assert '"stress"' in process.stdout


def test_wrong_sizes_are_refused_with_their_places(tmp_path):
    path = sweeps.write(tmp_path / "spec.yaml", content(str(tmp_path), top=0, drop=1.5, fees=[0.5], tests=["nois"]))
    output = commands.invoke("run", path, "--executor", "inline", "--no-tracking", code=2).output
    for place in ("stress.top", "stress.drop", "stress.fees", "stress.tests"):
        assert place in output
