"""The verdict on a ledger, and its note."""

from pathlib import Path

import pytest

from sweep.ledger.ledger import Ledger
from sweep.results.report import Report
from sweep.results.verdict_store import Judgement, note, noted
from sweep.trial import Result, State
from tests.results.ledgers import written


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    return written(tmp_path_factory.mktemp("judged") / "made-00000000", fast=4, slow=4, days=100, edge=0.4)


def judged(folder) -> Judgement:
    return Report(folder).judged()


def test_the_note_is_what_was_judged_until_a_trial_changes(folder):
    report, judgement = Report(folder), judged(folder)
    with Ledger.open(folder.ledger, write=True) as ledger:
        assert noted(ledger) is None
        note(ledger, judgement)
        assert noted(ledger).verdict == judgement.verdict == report.verdict()
        assert noted(ledger).choice == judgement.choice == report.choice()
        ledger.record(
            [(ledger.begin("f" * 64, {"strategy.fast": 9, "strategy.slow": 9}), Result(State.FAILED, ended=2e9))]
        )
        assert noted(ledger) is None
    assert report.verdict().figures["trials"] == 17


def test_the_verdict_is_on_the_best_by_the_objective(folder):
    judgement = judged(folder)
    best = Report(folder).best()
    assert judgement.panel.numbers[judgement.panel.best] == best.number
    assert judgement.verdict.figures["sharpe"] == pytest.approx(best.metrics["sharpe_ratio"], rel=1e-5)


def test_the_choice(folder):
    choice = judged(folder).choice
    rows = {r.number: r.metrics["pnl_total"] for r in Report(folder).leaders(99)}
    levels = [min(s.value, s.neighbours) for s in choice.by_plateau]
    assert levels == sorted(levels, reverse=True)
    assert len(levels) == len(rows) == 15
    assert all(s.value == rows[s.number] for s in choice.by_plateau)
    assert sum(value < choice.median.value for value in rows.values()) == 7
    assert choice.best.number == Report(folder).best().number
    assert len(choice.plain(3)["by_plateau"]) == 3


def test_less_is_better_turns_the_choice_round(tmp_path: Path):
    low = judged(written(tmp_path / "low-00000000", fast=4, slow=4, direction="minimize")).choice
    values = [s.value for s in low.by_plateau]
    assert low.best.value == min(values)
    levels = [max(s.value, s.neighbours) for s in low.by_plateau]
    assert levels == sorted(levels)


def test_nothing_complete(tmp_path: Path):
    judgement = judged(written(tmp_path / "none-00000000", fast=0, slow=0))
    assert judgement.verdict.word == "inconclusive"
    assert judgement.choice.by_plateau == ()


def test_a_trial_that_breaks_a_bound_is_nobodys_choice(tmp_path: Path):
    folder = written(tmp_path / "bound-00000000", fast=4, slow=4, days=100, edge=0.4)
    first = judged(folder).choice.by_plateau[0].number
    with Ledger.open(folder.ledger, write=True) as ledger:
        ledger.note(metric_constraints=[f"trades <= {40 + first - 1}"])  # trial n has 40 + n trades
    choice = judged(folder).choice
    assert {s.number for s in choice.by_plateau} == set(range(first)) - {2}
    assert choice.by_plateau[0].number != first
