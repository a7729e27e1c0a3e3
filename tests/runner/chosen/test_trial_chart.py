"""The chart of a trial has the trades of its record and the prices of its market."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from sweep.errors import SweepError
from sweep.executors.inline import InlineExecutor
from sweep.ledger.ledger import Ledger
from sweep.results.html.price_section import is_stored, price_data
from sweep.results.report import Report
from sweep.runner.chosen import trial_chart
from sweep.runner.chosen.trial_chart import draw_best, draw_chart
from sweep.runner.control.stop import Stop
from sweep.runner.plan import plan
from tests.support import sweeps
from tests.support.commands import invoke


def test_its_trades_add_up_to_the_figures_of_the_ledger(finished_sweep: Report, tmp_path):
    report = sweeps.copied(finished_sweep, tmp_path)
    row, folder = report.trial(0), report.folder
    invoke("report", report.id, "--trial", 0, "--runs-dir", folder.path.parent)
    with folder.open() as ledger:
        content = price_data(folder, list(ledger.rows()))
    closed = [trade for trade in content["trades"] if trade["closed"] is not None]
    assert (content["trial"], len(closed)) == (0, row.metrics["trades"])
    assert sum(trade["pnl"] for trade in closed) == pytest.approx(row.metrics["expectancy"] * len(closed), abs=0.1)
    (market,) = content["instruments"]
    assert market["first"] == pd.Timestamp("2026-05-04T13:30Z").timestamp()
    assert 'id="price"' in (folder.path / "report.html").read_text()


def test_a_trial_that_gives_other_results_has_no_chart(finished_sweep: Report, tmp_path):
    report = sweeps.copied(finished_sweep, tmp_path)
    best, folder = report.best(), report.folder
    folder.chart.unlink()
    with Ledger.open(folder.ledger, write=True) as ledger:
        changed = replace(ledger.result(best), metrics={**best.metrics, "pnl_total": 1e6})
        ledger.record([(best.number, changed)])
    with pytest.raises(SweepError, match="other results now: sweep replay"):
        draw_chart(folder, report.best())
    assert not folder.chart.exists()


def test_one_that_is_there_is_not_drawn_again(finished_sweep: Report, tmp_path):
    report = sweeps.copied(finished_sweep, tmp_path)
    content = json.dumps({"key": report.best().key, "trial": report.best().number, "instruments": [], "trades": []})
    report.folder.chart.write_text(content)
    draw_chart(report.folder, report.best())
    assert report.folder.chart.read_text() == content


def test_the_end_of_a_sweep_draws_its_best_trial(pruned_sweep: Report):
    folder, best = pruned_sweep.folder, pruned_sweep.best()
    with folder.open() as ledger:
        content = price_data(folder, list(ledger.rows()))
    assert (content["trial"], content["key"]) == (best.number, best.key)
    assert sum(trade["closed"] is not None for trade in content["trades"]) == best.metrics["trades"]
    assert content["trades"] and content["instruments"][0]["o"]
    assert 'id="price-chart"' in (folder.path / "report.html").read_text()


@pytest.fixture
def undrawn(finished_sweep: Report, tmp_path):
    """A finished sweep without a chart, and what draws it again; `metrics` are other figures of its best trial."""
    report = sweeps.copied(finished_sweep, tmp_path)
    report.folder.chart.unlink()
    best = report.best()

    def draw(stop: Stop, **metrics: float) -> bool:
        planned = plan(report.folder.spec)
        with Ledger.open(report.folder.ledger, write=True) as ledger:
            if metrics:
                ledger.record([(best.number, replace(ledger.result(best), metrics=best.metrics | metrics))])
            executor = InlineExecutor(planned.base)
            draw_best(planned, report.folder, ledger, executor, stop)
            assert executor.room() == 1
            executor.close()
        return is_stored(report.folder, report.best())

    return draw


def test_a_sweep_without_its_chart_gets_it_at_the_next_end(undrawn):
    assert undrawn(Stop())


def test_a_sweep_that_is_told_to_stop_draws_nothing(undrawn):
    stop = Stop()
    stop.level = 1
    assert not undrawn(stop)


def test_a_trial_that_is_long_beside_its_sweep_is_not_run_again(undrawn, monkeypatch):
    monkeypatch.setattr(trial_chart, "UNNOTICED", 0.0)
    assert not undrawn(Stop())
    monkeypatch.setattr(trial_chart, "SHARE", 1.0)
    assert undrawn(Stop())


def test_other_figures_than_the_record_draw_nothing(undrawn):
    assert not undrawn(Stop(), pnl_total=1e6)


def test_more_trades_than_a_chart_holds_draw_nothing(undrawn, monkeypatch):
    monkeypatch.setattr("sweep.executors.worker.run_trial.CHARTED", -1)
    assert not undrawn(Stop())


def test_a_chart_that_cannot_be_written_does_not_end_the_sweep(undrawn, tmp_path):
    """As on a disk with room for the results but not for the chart: it raised, and the sweep had no end."""
    ledger = next(tmp_path.rglob("ledger.sqlite"))
    (ledger.parent / "chart.json").mkdir()
    assert not undrawn(Stop())
    assert not list(ledger.parent.glob("*.tmp"))


def test_a_trial_that_hangs_when_it_is_run_again_does_not_hold_up_the_sweep(undrawn, monkeypatch):
    monkeypatch.setattr(trial_chart, "START", 0.2)
    monkeypatch.setattr(InlineExecutor, "wait", lambda *_: [])
    assert not undrawn(Stop())
