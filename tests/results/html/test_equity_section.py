"""The curves of the best trials against their own returns."""

import numpy as np
import pandas as pd
import pytest

from sweep.ledger.ledger import Ledger
from sweep.results.html.equity_section import BEST, equity
from sweep.results.report import Report
from sweep.trial import Result, State
from tests.results.ledgers import written


def drawn(folder):
    report = Report(folder)
    with folder.open() as ledger:
        return equity(folder, ledger, report.leaders(BEST)), report


def test_the_curves_are_the_compounded_returns_of_the_best_trials(tmp_path):
    folder = written(tmp_path / "made-00000000", fast=4, slow=4, days=120)
    section, report = drawn(folder)
    assert [curve["trial"] for curve in section["curves"]] == [row.number for row in report.leaders(10)]
    assert section["currency"] is None and section["holdout"] is None
    with folder.open() as ledger:
        for curve in section["curves"]:
            days, returns, _ = ledger.series(curve["trial"])
            expected = (1 + pd.Series(returns, days)).cumprod().reindex(section["times"]).ffill()
            assert curve["values"][0] == 1
            assert curve["values"][1:] == pytest.approx(expected.to_list(), rel=1e-6)
    assert (section["start"], section["times"][0], len(section["times"])) == ("2015-12-31", "2016-01-01", 120)


def test_ten_years_are_thinned_and_keep_their_extremes(tmp_path):
    folder = written(tmp_path / "long-00000000", fast=2, slow=3, days=8000)
    section, _ = drawn(folder)
    assert len(section["times"]) <= 3_000
    with folder.open() as ledger:
        for curve in section["curves"]:
            values = np.cumprod(1 + np.array(ledger.series(curve["trial"])[1]))
            assert max(curve["values"]) == pytest.approx(max(1, values.max()), rel=1e-6)
            assert min(curve["values"]) == pytest.approx(min(1, values.min()), rel=1e-6)


def test_an_opened_lock_box_goes_on_where_the_search_ended(tmp_path):
    box = {"period": {"start": "2016-02-01T00:00:00Z", "end": "2016-02-03T00:00:00Z"}, "days": 2}
    look = {
        "trial": 1, "key": "k", "by": "me@here", "at": "2026-11-20T00:00:00+00:00", "period": box["period"],
        "data": "d", "kept": "box-11111111", "ended": 6, "state": "COMPLETE", "metrics": {}, "failure": "", "seen": [],
    }  # fmt: skip
    folder = written(tmp_path / "made-00000000", days=30, lockbox=box)
    closed, _ = drawn(folder)
    assert closed["holdout"] == {"start": "2016-02-01", "end": "2016-02-03", "opened": False, "from": 30}
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(looks=[look])
    facts = {"id": "box-11111111", "objective": {"metric": "pnl_total", "direction": "maximize"}}
    trial_result = Result(
        State.COMPLETE, {"pnl_total": 1.0}, days=("2016-02-01", "2016-02-02"), returns=(0.5, -0.5), ended=1.0
    )
    with Ledger.create(folder.part("box-11111111").ledger, facts) as ledger:
        ledger.record([(ledger.begin("k", {}), trial_result)])
    opened, _ = drawn(folder)
    curves = {curve["trial"]: curve["values"] for curve in opened["curves"]}
    assert opened["holdout"]["opened"] and opened["times"][-2:] == ["2016-02-01", "2016-02-02"]
    assert curves[1][-2:] == pytest.approx([1.5 * curves[1][-3], 0.75 * curves[1][-3]], rel=1e-5)
    assert curves[0][-2:] == [None, None] != curves[0][-4:-2]  # its search ended there


def test_nothing_complete_has_no_curve(tmp_path):
    assert drawn(written(tmp_path / "none-00000000", fast=0, slow=0))[0] is None
