"""The chart of a trial has the trades of its record and the prices of its market."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from sweep.errors import SweepError
from sweep.ledger.ledger import Ledger
from sweep.results.html.price_section import price_data
from sweep.results.report import Report
from sweep.runner.chosen.trial_chart import draw_chart
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
