"""A sweep as people read it."""

from pathlib import Path

import pytest

import sweep
from sweep.errors import InputError, Reason, SweepError
from sweep.ledger.ledger import Ledger
from sweep.results.report import Report
from sweep.trial import Result, State
from tests.results.ledgers import written
from tests.support import sweeps


@pytest.fixture(scope="module")
def report(finished_sweep: Report, tmp_path_factory: pytest.TempPathFactory) -> Report:
    return sweeps.copied(finished_sweep, tmp_path_factory.mktemp("report"))


def test_the_best_is_a_complete_trial_by_the_objective(report: Report):
    frame = report.frame()
    complete = frame[frame["state"] == State.COMPLETE]
    assert report.best().number == complete.loc[complete["metrics.pnl_total"].idxmax(), "number"]
    assert [r.metrics["pnl_total"] for r in report.leaders()] == sorted(complete["metrics.pnl_total"], reverse=True)
    assert report.leaders(1, "fees", "maximize")[0].metrics["fees"] == complete["metrics.fees"].max()


@pytest.mark.parametrize(("metric", "more_is_better"), [("max_drawdown", False), ("fees", False), ("win_rate", True)])
def test_a_metric_knows_its_better_direction(report: Report, metric: str, more_is_better: bool):
    values = [row.metrics[metric] for row in report.leaders(metric=metric)]
    assert values == sorted(values, reverse=more_is_better)
    assert [row.metrics[metric] for row in report.leaders(metric=metric, reverse=True)] == values[::-1]


def test_the_worst_by_the_objective(report: Report):
    assert report.leaders(1, reverse=True)[0].metrics["pnl_total"] == min(
        r.metrics["pnl_total"] for r in report.leaders()
    )


def test_failures_and_their_reasons(report: Report):
    assert [r.number for r in report.failures()] == [1, 3, 5]
    ((reason, message, n),) = report.reasons()
    assert (reason, n) == ("strategy error", 3)
    assert "boom" in message


def test_a_trial_by_number_or_by_the_beginning_of_its_key(report: Report):
    row = report.trial(2)
    assert report.trial("2") == report.trial(row.key[:10]) == row
    for wrong in ("99", "zzzz", ""):
        with pytest.raises(SweepError, match="no trial"):
            report.trial(wrong)


def test_it_is_read_again_by_folder_id_or_name(report: Report, monkeypatch):
    monkeypatch.chdir(report.folder.path.parents[1])
    assert {sweep.read(w).id for w in (report.folder.path, report.id, "small")} == {report.id}
    with pytest.raises(InputError, match="no such sweep"):
        sweep.read("nothing")


def test_a_notebook_shows_the_leaderboard(report: Report):
    html = report._repr_html_()
    assert report.id in html
    assert "<th>orders</th>" in html
    assert "Inconclusive: 2 days of returns" in html
    assert repr(report) == f"<Report {report.id}: 3 COMPLETE, 3 FAILED>"


def test_no_best_where_nothing_is_complete(tmp_path: Path):
    content = sweeps.spec(sweeps.catalog(tmp_path / "c", minutes=1), {"strategy.how": ["error"]})
    report = sweep.run(sweeps.write(tmp_path / "s.yaml", content), runs_dir=tmp_path, executor="inline", tracking=False)
    with pytest.raises(SweepError, match="trials is complete"):
        report.best()
    assert "0 COMPLETE" not in report._repr_html_()


def test_blown_accounts_are_counted_by_their_reason(tmp_path: Path):
    folder = written(tmp_path / "blown-00000000", fast=1, slow=1)
    with Ledger.open(folder.ledger, write=True) as ledger:
        number = ledger.begin("f" * 64, {"strategy.fast": 9, "strategy.slow": 9})
        ledger.record([(number, Result(State.FAILED, reason=Reason.BLOWN, message="equity -1.00 USD", ended=2e9))])
    assert Report(folder).troubles() == {"account_blown": 1}
