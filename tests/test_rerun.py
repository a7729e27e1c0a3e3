"""A trial again, from its record."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sweep
from sweep.cli import app
from sweep.errors import SweepError
from sweep.report import Report
from tests.support import sweeps


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return sweeps.finished(tmp_path)


def test_the_same_trial_gives_the_same_figures_to_the_last_bit(report: Report):
    done = sweep.replay(report, 0)
    assert done.identical
    assert done.changed == ()
    assert {f.name for f in done.figures} == {*report.trial(0).metrics, *sweeps.DAYS}
    assert sweep.replay(report.folder.path, report.trial(2).key[:8]).row.number == 2


def test_one_cent_more_in_the_record_is_found(report: Report):
    with closing(sqlite3.connect(report.folder.ledger)) as db, db:
        db.execute("""UPDATE trials SET metrics = json_set(metrics, '$.pnl_total',
                      json_extract(metrics, '$.pnl_total') + 0.01) WHERE number = 0""")
    done = sweep.replay(report, 0)
    assert not done.identical
    assert [f.name for f in done.figures if not f.is_same] == ["pnl_total"]
    result = CliRunner().invoke(app, ["replay", report.id, "0", "--runs-dir", str(report.folder.path.parent)])
    assert result.exit_code == 1
    assert "NOT the same" in result.stdout
    assert "first at pnl_total" in result.stdout


def test_other_data_is_named_before_the_figures(report: Report, tmp_path: Path):
    sweeps.catalog(tmp_path / "other", minutes=3)
    (tmp_path / "catalog").rename(tmp_path / "old")
    (tmp_path / "other").rename(tmp_path / "catalog")
    assert sweep.replay(report, 0).changed == (f"the data in {tmp_path}/catalog is not the same",)


def test_other_code_and_another_engine_are_named(report: Report):
    facts = report.facts | {"engine": "nautilus_trader 1.0", "sources": {}}
    with closing(sqlite3.connect(report.folder.ledger)) as db, db:
        for name in ("engine", "sources"):
            db.execute("UPDATE sweep SET value = ? WHERE name = ?", (json.dumps(facts[name]), name))
    changed = sweep.replay(report, 0).changed
    assert "the engine was nautilus_trader 1.0" in changed[0]
    assert "the source of tests.support.strategies is not the same" in changed[1:]


def test_what_never_completed_has_nothing_to_compare(report: Report):
    with pytest.raises(SweepError, match=r"trial 1 is FAILED \(strategy error"):
        sweep.replay(report, 1)


def test_the_command_says_same_and_draws(report: Report, tmp_path: Path):
    arguments = ["replay", "small", "0", "--runs-dir", str(report.folder.path.parent)]
    result = CliRunner().invoke(app, [*arguments, "--tearsheet", str(tmp_path / "sheet.html")])
    assert result.exit_code == 0, result.output
    assert "identical" in result.stdout
    assert "<html" in (tmp_path / "sheet.html").read_text()[:2000].lower()
    assert json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)["identical"] is True
