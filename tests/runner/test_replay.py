"""A trial again, from its record."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sweep
from sweep.cli import app
from sweep.errors import SweepError
from sweep.results.report import Report
from sweep.runner.replay import record
from tests.support import sweeps
from tests.support.edited_ledgers import edited


@pytest.fixture
def report(finished_sweep: Report, tmp_path: Path) -> Report:
    return sweeps.copied(finished_sweep, tmp_path)


def test_the_same_trial_gives_the_same_figures_to_the_last_bit(report: Report):
    replayed = sweep.replay(report, 0)
    assert replayed.identical
    assert replayed.changed == ()
    assert {f.name for f in replayed.figures} == {*report.trial(0).metrics, *sweeps.DAYS}
    assert sweep.replay(report.folder.path, report.trial(2).key[:8]).row.number == 2


def test_one_cent_more_in_the_record_is_found(report: Report):
    with edited(report.folder.ledger) as db:
        db.execute("""UPDATE trials SET metrics = json_set(metrics, '$.pnl_total',
                      json_extract(metrics, '$.pnl_total') + 0.01) WHERE number = 0""")
    replayed = sweep.replay(report, 0)
    assert not replayed.identical
    assert [f.name for f in replayed.figures if not f.is_same] == ["pnl_total"]
    result = CliRunner().invoke(app, ["replay", report.id, "0", "--runs-dir", str(report.folder.path.parent)])
    assert result.exit_code == 1
    assert "NOT the same" in result.stdout
    assert "first at pnl_total" in result.stdout


def test_other_data_is_named_before_the_figures(tmp_path: Path):
    report = sweeps.finished(tmp_path)
    sweeps.catalog(tmp_path / "other", minutes=3)
    (tmp_path / "catalog").rename(tmp_path / "old")
    (tmp_path / "other").rename(tmp_path / "catalog")
    assert sweep.replay(report, 0).changed == (f"the data in {tmp_path}/catalog is not the same",)


def test_other_code_and_another_engine_are_named(report: Report):
    facts = {"engine": "nautilus_trader 1.0", "sources": {}}
    with edited(report.folder.ledger) as db:
        for name in ("engine", "sources"):
            db.execute("UPDATE sweep SET value = ? WHERE name = ?", (json.dumps(facts[name]), name))
    changed = sweep.replay(report, 0).changed
    assert "the engine was nautilus_trader 1.0" in changed[0]
    assert "the source of tests.support.strategies is not the same" in changed[1:]


def test_what_never_completed_has_nothing_to_compare(report: Report):
    with pytest.raises(SweepError, match=r"trial 1 is FAILED \(strategy error.*no figures to compare"):
        sweep.replay(report, 1)


def test_the_command_says_same_and_draws(report: Report, tmp_path: Path):
    arguments = ["replay", "small", "0", "--runs-dir", str(report.folder.path.parent)]
    result = CliRunner().invoke(app, [*arguments, "--tearsheet", str(tmp_path / "sheet.html")])
    assert result.exit_code == 0, result.output
    assert "identical" in result.stdout
    assert "<html" in (tmp_path / "sheet.html").read_text()[:2000].lower()
    assert json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)["identical"] is True


def test_a_pruned_trial_is_run_up_to_its_rung(pruned_sweep: Report, tmp_path: Path):
    report = sweeps.copied(pruned_sweep, tmp_path)
    row = report.trial(2)
    assert (row.state, len(row.rungs)) == ("PRUNED", 1)
    replayed = sweep.replay(report, 2)
    assert replayed.identical
    assert replayed.result.state == "PRUNED"
    assert {f.name for f in replayed.figures} == {*row.metrics, "rung 1", sweeps.DAYS[0]}
    arguments = ["replay", "small", "2", "--runs-dir", str(tmp_path / "runs")]
    result = CliRunner().invoke(app, [*arguments, "--tearsheet", str(tmp_path / "sheet.html")])
    assert result.exit_code == 0, result.output
    assert "1 daily return, up to rung 1 where it was PRUNED" in " ".join(result.stdout.split())
    assert (tmp_path / "sheet.html").exists()
    complete = sweep.replay(report, 0)
    assert complete.identical
    assert set(sweeps.DAYS) < {f.name for f in complete.figures}


def test_a_pruned_trial_that_would_go_on_now_is_not_the_same(pruned_sweep: Report, tmp_path: Path):
    report = sweeps.copied(pruned_sweep, tmp_path)
    with edited(report.folder.ledger) as db:
        db.execute("UPDATE asks SET rungs = json_remove(rungs, '$[0].lower')")
    replayed = sweep.replay(report, 2)
    assert not replayed.identical
    assert replayed.first_difference
    assert replayed.first_difference.name == sweeps.DAYS[1]


def test_of_several_asks_the_one_that_pruned_counts(pruned_sweep: Report, tmp_path: Path):
    """A point that is asked for again comes with other bounds, which were never applied."""
    report = sweeps.copied(pruned_sweep, tmp_path)
    with edited(report.folder.ledger) as db:
        db.execute(
            "INSERT INTO asks SELECT -1, number, params, json_remove(rungs, '$[0].lower'), memo FROM asks WHERE ask = 2"
        )
    assert sweep.replay(report, 2).identical


def test_the_first_fill_that_differs_is_named(report: Report):
    with (
        edited(report.folder.ledger) as db,
    ):  # trial 2 bought as trial 0 did, and sold at quote 20
        db.execute("UPDATE series SET fills = (SELECT fills FROM series WHERE number = 2) WHERE number = 0")
    replayed = sweep.replay(report, 0)
    assert not replayed.identical
    assert all(f.is_same for f in replayed.figures)
    assert replayed.fill
    assert replayed.fill.span == (1, 1)
    assert str(replayed.fill).startswith(
        "fill 2 of 2: it is not the same; now: 2026-05-04T13:30:09Z SELL 100 SPY.ARCA at"
    )
    assert sweep.replay(report, 2).identical


def test_a_record_without_fills_compares_the_figures(report: Report):
    with edited(report.folder.ledger) as db:
        db.execute("UPDATE series SET fills = NULL")
    assert sweep.replay(report, 0).identical


def test_changed_code_is_said_before_it_runs(report: Report, monkeypatch):
    with edited(report.folder.ledger) as db:
        db.execute("UPDATE sweep SET value = '{}' WHERE name = 'sources'")
    monkeypatch.setattr("sweep.runner.replay.execute", lambda *_, **__: pytest.fail("it ran"))
    assert "the source of tests.support.strategies is not the same" in record(report.folder, 0).changed


def test_the_run_of_mlflow_names_the_trial(report: Report):
    with edited(report.folder.ledger) as db:
        db.execute("UPDATE trials SET mlflow_run_id = 'abc123' WHERE number = 2")
    where = ("--runs-dir", str(report.folder.path.parent), "--tracking-uri", "sqlite:////nowhere/mlflow.db")
    result = CliRunner().invoke(app, ["replay", "abc123", *where])
    assert "trial 2: identical" in result.stdout
    unknown = CliRunner().invoke(app, ["replay", "ffffff", *where])
    assert unknown.exit_code == 2
    assert "there is no tracking store" in unknown.stderr


def test_artifacts_and_a_log_on_request(report: Report, tmp_path: Path):
    arguments = ["replay", "small", "0", "--runs-dir", str(report.folder.path.parent), "--csv"]
    result = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path / "out"), "--log", str(tmp_path / "log.txt")])
    assert result.exit_code == 0, result.output
    written = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"fills.parquet", "fills.csv", "config.json", "tearsheet.html"} <= written
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("2026-05-04T13:30:01Z [FILL] BUY 100 SPY.ARCA at 70")
