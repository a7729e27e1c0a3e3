"""Console output about the lock-box and the walk-forward."""

import json
from pathlib import Path

import pytest

from sweep.cli.handlers import validate
from sweep.ledger.ledger import Ledger
from sweep.results.out_of_sample import LockboxOpening
from sweep.results.report import Report
from sweep.results.statistics.out_of_sample import Score, WalkForwardResult, WalkForwardStep
from sweep.trial import State
from tests.results.ledgers import written
from tests.results.statistics.test_out_of_sample import FORWARD

MAY = {"start": "2026-05-01T00:00:00Z", "end": "2026-06-01T00:00:00Z"}


def look(trial: int, **more: object) -> LockboxOpening:
    key = f"key {trial}"
    return LockboxOpening(trial, key, "me@here", "2026-11-20T00:00:00+00:00", MAY, "data", "kept", 6, **more)  # type: ignore[arg-type]


def report(place: Path, *openings: LockboxOpening) -> Report:
    folder = written(place / "s-1")
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(lockbox={"period": MAY, "days": 21}, looks=[n.plain() for n in openings])
    return Report(folder)


def lines(report: Report) -> str:
    return "\n".join(line for line, _ in validate.lockbox(report))


def test_how_often_it_was_opened_is_always_said(tmp_path):
    assert "closed" in lines(report(tmp_path / "a"))
    metrics = {"pnl_total": 1234.5, "return_total": 0.012345, "sharpe_ratio": None, "trades": 7}
    once = look(2, state=State.COMPLETE, metrics=metrics, seen=("s-0",))
    text = lines(report(tmp_path / "b", once))
    assert "2026-05-01 … 2026-06-01 (21 trading days): opened once" in text
    assert "trial 2, return 1.23 %, pnl_total 1,234.50, sharpe_ratio –, trades 7" in text
    assert "had been seen before, by s-0" in text
    failed = look(3, state=State.FAILED, failure="guard: the account is blown")
    twice = report(tmp_path / "c", once, failed, look(4))
    assert "opened 3 times: opened more than once it is no lock-box" in lines(twice)
    assert "FAILED (guard: the account is blown)" in lines(twice)
    assert "interrupted" in lines(twice)
    assert "opened 3 times" in validate.standing(twice)["lock-box"]
    assert json.loads(json.dumps(validate.document(twice)))["lockbox"]["looks"][1]["trial"] == 3


def test_nothing_is_said_of_a_sweep_without_them(tmp_path, capsys):
    plain = Report(written(tmp_path / "s-1"))
    validate.show(plain)
    assert (validate.document(plain), validate.standing(plain), capsys.readouterr().out) == ({}, {}, "")


def test_the_table_has_each_window_its_choice_and_both_figures(capsys):
    lost = WalkForwardStep(
        FORWARD.steps[0].train, {"start": "2026-06-01T00:00:00Z", "end": "2026-06-02T00:00:00Z"}, "id", {"a": 3}
    )
    failed = WalkForwardStep(
        lost.train, lost.test, "id", {"a": 3}, Score(7, {"pnl_total": 5.0}), Score(7, failure="guard: x")
    )
    validate.walk_forward(WalkForwardResult((*FORWARD.steps, failed, lost)), "pnl_total")
    out = capsys.readouterr().out
    assert "5 windows" in out
    rows = [line.split() for line in out.splitlines()]
    assert ["2026-06-01", "…", "2026-06-02", "7", "3", "–", "5.00", "FAILED"] in rows
    assert ["2026-06-01", "…", "2026-06-02", "–", "3", "–", "–", "–"] in rows
    assert "stitched: return 1.94 % in 6 days" in out  # 1.01 × 0.98 × 1.03 × 1.01 × 0.99
    assert "33 % of the windows gain" in out
    assert "chosen: 4 different settings" in out


@pytest.mark.parametrize("parts", [(), FORWARD.steps[:0]])
def test_windows_without_a_test_show_no_figures(parts, capsys):
    validate.walk_forward(WalkForwardResult(tuple(parts)), "pnl_total")
    assert "stitched" not in capsys.readouterr().out
