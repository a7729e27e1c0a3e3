"""The columns behind the page."""

import json
from pathlib import Path

import pytest

from sweep.results.html import page_data
from sweep.results.html.page_data import as_json, data, short
from sweep.results.report import Report
from tests.results.ledgers import measured, written


def content(folder, sheets=()):
    report = Report(folder)
    with folder.open() as ledger:
        rows = list(ledger.rows())
    return data(report.facts, rows, report.judged(), sheets, report.importance()), rows


def test_a_value_for_each_trial_in_every_column(tmp_path: Path):
    document, rows = content(written(tmp_path / "made-00000000"), sheets=[4, 1])
    trials = document["trials"]
    assert trials["number"] == [0, 1, 2, 3, 4, 5]
    assert [document["states"][s] for s in trials["state"]] == [r.state for r in rows]
    assert trials["params"]["strategy.slow"] == [r.params["strategy.slow"] for r in rows]
    pnl = [r.metrics.get("pnl_total") for r in rows]
    assert pnl[2] is None  # failed
    assert trials["metrics"]["pnl_total"] == [v if v is None else pytest.approx(v, rel=1e-5) for v in pnl]
    assert trials["neighbours"][2] is None
    assert [document["workers"][w] for w in trials["worker"]] == [r.worker for r in rows]
    assert (trials["start"], trials["end"]) == ([0, 1, 2, 3, 4, 5], [0.5, 1.5, 2.5, 3.5, 4.5, 5.5])
    assert document["sheets"] == [1, 4]
    lengths = {len(c) for c in (*trials["params"].values(), *trials["metrics"].values())}
    assert lengths == {6}
    assert "luck" not in document  # five days


def test_what_luck_gave_is_in_annual_ratios(tmp_path: Path):
    folder = written(tmp_path / "made-00000000", fast=4, slow=4, days=120, edge=0.3)
    document, _ = content(folder)
    figures = Report(folder).judged().findings.figures
    assert document["luck"]["best"] == figures["sharpe"]
    assert any(s == pytest.approx(figures["sharpe"], abs=1e-3) for s in document["luck"]["sharpe"])
    assert sorted(document["luck"]["maxima"])[949] == pytest.approx(figures["luck_95"], abs=0.02)
    assert len(document["walk"]["days"]) == len(document["walk"]["best"]) == 120
    assert len(document["walk"]["stitched"]) == 80
    assert sum(document["halves"]["counts"]) == 924
    assert document["best"] == Report(folder).best().number


def test_the_data_are_json_that_each_browser_reads():
    content = {"a": "</script><!--\u2028\ud800", "b": [1.5, None]}
    assert json.loads(as_json(content)) == content
    with pytest.raises(ValueError, match="not JSON"):
        as_json(float("nan"))


def test_of_very_many_trials_the_page_has_what_its_table_shows(tmp_path, monkeypatch):
    bounds = {"metric_constraints": ["ulcer_index >= -9999"]}
    several = measured(written(tmp_path / "made-00000000", **bounds))
    whole, rows = content(several)
    assert len(whole["trials"]["metrics"]) == len({name for row in rows for name in row.metrics}) > 50
    monkeypatch.setattr(page_data, "FIGURES", 6 * 50)
    brief, _ = content(several)
    assert set(brief["trials"]["metrics"]) == {*whole["columns"], "ulcer_index"}
    assert brief["columns"] == whole["columns"]
    assert brief["trials"]["metrics"]["pnl_total"] == whole["trials"]["metrics"]["pnl_total"]


def test_short_names_where_they_are_unambiguous():
    assert short(["strategy.a", "venues.X.a", "strategy.b"]) == {
        "strategy.a": "strategy.a", "venues.X.a": "venues.X.a", "strategy.b": "b",
    }  # fmt: skip
