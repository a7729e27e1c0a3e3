"""Frames, single trials and figures of a report, by hand where there are figures."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import sweep
from sweep.errors import InputError, SweepError
from sweep.interactive.progress import NotebookProgress, line_of
from sweep.interactive.report import Report
from sweep.results import report as results
from sweep.runner.control.progress import Leader, Progress
from tests.support import sweeps
from tests.support.edited_ledgers import edited


@pytest.fixture(scope="module")
def report(finished_sweep: results.Report) -> Report:
    return Report(finished_sweep.folder)


def test_returns_and_equity_are_those_of_the_account(report: Report):
    returns, equity = report.returns(), report.equity(0)
    assert list(returns.columns) == [0, 2, 4]
    assert [str(day)[:10] for day in returns.index] == list(sweeps.DAYS)
    row = report.trial(0)
    assert equity.iloc[0] == 100_000
    assert equity.iloc[-1] - 100_000 == pytest.approx(row.metrics["pnl_total"], abs=1e-6)
    assert equity.iloc[1] == pytest.approx(100_000 * (1 + returns[0].iloc[0]))
    assert report.drawdown(0).min() == pytest.approx(min(0, *(equity / equity.cummax() - 1)))
    assert list(report.returns([2]).columns) == [2]
    with pytest.raises(SweepError, match="no daily returns of trial 1"):
        report.returns([1])


def test_trades_are_those_of_a_replay(report: Report):
    trades = report.trades(0)
    row = report.trial(0)
    assert len(trades) == row.metrics["trades"] > 0
    assert trades["pnl"].sum() == pytest.approx(row.metrics["pnl_total"])
    assert len(report.table("fills", 0)) == row.metrics["fills"]
    assert len(report.trades()) == report.best().metrics["trades"]


def test_trades_of_data_that_changed_are_refused(finished_sweep: results.Report, tmp_path: Any):
    copy = Report(sweeps.copied(finished_sweep, tmp_path).folder)
    with edited(copy.folder.ledger) as db:
        db.execute("UPDATE trials SET metrics = json_set(metrics, '$.pnl_total', 1e6) WHERE number = 0")
    with pytest.raises(SweepError, match="trial 0 does not give its figures again"):
        copy.trades(0)


def test_trials_are_short_text_and_a_table(report: Report):
    leaders = report.leaders(2)
    assert repr(leaders) == f"<2 trials: {leaders[0].number}, {leaders[1].number}>"
    frame = leaders.frame()
    assert list(frame.index) == [row.number for row in leaders]
    assert frame["pnl_total"].tolist() == [row.metrics["pnl_total"] for row in leaders]
    html = leaders._repr_html_()
    assert "strategy.orders" in html
    assert "pnl_total" in html
    assert "on_quote" in report.failures()._repr_html_()
    assert repr(report.best()).startswith(f"<Trial {report.best().number} COMPLETE: strategy.orders=")
    assert len(repr(report.best())) < 200
    assert "<table>" in report.best()._repr_html_()
    assert report.leaders(0)._repr_html_() == "<p>no trials</p>"


@pytest.mark.parametrize("name", ["history", "slice", "parallel", "importance", "equity", "drawdown", "contour"])
def test_figures(report: Report, name: str):
    plot = getattr(report, f"plot_{name}")
    if name == "contour":  # of the COMPLETE trials only one parameter differs
        with pytest.raises(InputError, match="needs two parameters"):
            plot()
        return
    figure = plot()
    assert type(figure).__module__ == "plotly.graph_objs._figure"


def test_a_parameter_that_is_not_there(report: Report):
    with pytest.raises(InputError, match="is not a parameter of the space"):
        report.plot_slice(["ordres"])


def test_the_curve_of_a_figure_is_the_equity(report: Report):
    (line,) = report.plot_equity([0]).data
    assert list(line.y) == list(report.equity(0))


def test_reports_of_the_package_are_these(report: Report):
    assert isinstance(sweep.read(report.folder.path), Report)
    assert isinstance(report.frame(), pd.DataFrame)


def test_progress_in_a_notebook():
    pages = list[str]()
    handle = SimpleNamespace(update=lambda html: pages.append(html._repr_html_()))

    def display(html: str) -> Any:
        pages.append(html)
        return handle

    progress = NotebookProgress(display)
    progress.say("  waiting for <Ray>")
    tally = Progress(8, True, 2, skipped=1, ended=3, failed=1, running=2, leaders=[Leader(3, 12.5, {})])
    progress(tally)
    assert "starting" in pages[0]
    assert "width:50.0%" in pages[1]
    assert "4 of 8 trials · best so far: trial 3 with 12.5 · 1 failed · 2 running" in pages[1]
    assert "waiting for &lt;Ray&gt;" in pages[1]
    assert line_of(Progress(0, False, 1)) == "0 of about 0 trials"
