"""The word, and what it hangs on."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from sweep.results.statistics.findings import find
from sweep.results.statistics.objective import chance
from sweep.results.statistics.overfitting import Splits
from sweep.results.statistics.trial_panel import ClosedPositions
from sweep.results.statistics.verdict import (
    CRITERIA,
    FRAGILE,
    INCONCLUSIVE,
    NO_EVIDENCE,
    SHAKY,
    SURVIVES,
    WEAK,
    Verdict,
    decide,
    judge,
)
from tests.results.statistics.markets import panel

ALL = dict.fromkeys(CRITERIA, True)


def test_the_document_states_the_rules_of_the_code():
    text = (Path(__file__).parents[3] / "docs" / "verdict.md").read_text("utf-8")
    rules = text.partition("## The rules")[2].partition("##")[0]
    for name, (_, asks) in CRITERIA.items():
        number = asks.removeprefix("at least ").removeprefix("at most ")
        assert number in rules or name == "plateau", f"{name}: {asks}"
    assert "at least half" in rules


def test_every_rule_is_necessary_and_the_first_kind_that_fails_gives_the_word():
    assert decide(ALL, 0.01) == SURVIVES
    for name in WEAK:
        assert decide(ALL | {name: False}, 0.01) == INCONCLUSIVE
    for name in SHAKY:
        assert decide(ALL | {name: False}, 0.01) == FRAGILE
        assert decide(ALL | {name: None}, 0.01) == SURVIVES
    assert decide(ALL | {"luck": False, "plateau": False}, 0.07) == INCONCLUSIVE
    assert decide(ALL | {"luck": False}, 0.11) == NO_EVIDENCE
    assert decide(ALL | {"data": False}, None) == INCONCLUSIVE
    assert decide(ALL | {"data": False}, 0.11) == NO_EVIDENCE  # drawn from parts of the days
    assert decide(ALL | {"data": False}, 0.01) == INCONCLUSIVE
    assert {"data", *WEAK, *SHAKY} == set(CRITERIA)


@pytest.mark.parametrize(("edge", "word"), [(0.2, SURVIVES), (0.0, NO_EVIDENCE), (-0.1, NO_EVIDENCE)])
def test_the_word_follows_the_truth(edge, word):
    verdict = judge(panel(edge=edge))
    assert verdict.word == word
    assert verdict.sentence.startswith(word.capitalize())
    assert "with no edge would typically have produced" in verdict.sentence


def test_five_days_are_too_few_whatever_they_show():
    verdict = judge(panel(days=5, edge=3.0))
    assert verdict.word == INCONCLUSIVE
    assert "5 days of returns cannot tell the best of 36 trials from luck" in verdict.sentence
    alone = replace(panel(days=5, edge=3.0), searched=1)
    assert "cannot tell the only trial from luck" in judge(alone).sentence
    assert [c.name for c in verdict.criteria] == ["data"]
    assert "p" not in verdict.figures
    assert judge(panel(days=60, edge=3.0)).word == SURVIVES
    assert judge(panel(days=59, edge=3.0)).word == INCONCLUSIVE


@pytest.mark.parametrize(("edge", "word"), [(0.0, NO_EVIDENCE), (3.0, INCONCLUSIVE)])
def test_parts_of_few_days_speak_against_an_edge_but_never_for_one(edge, word):
    parts = panel(days=65, edge=edge).returns
    verdict = judge(panel(days=5, edge=edge, parts=parts, part=30))
    assert verdict.word == word
    assert [c.name for c in verdict.criteria] == ["data", "luck"]
    assert "by the returns of 65 parts of 5 days" in verdict.sentence
    assert "never for one" in verdict.sentence
    assert judge(panel(days=5, edge=edge, parts=parts[:59], part=30)).figures.get("p") is None


def test_a_lone_spike_is_fragile():
    it = panel(days=1000)
    returns = it.returns.copy()
    returns[:, 14] += 0.004
    spike = replace(it, returns=returns, objective=returns.sum(axis=0), best=14)
    verdict = judge(spike)
    assert verdict.word == FRAGILE
    assert [c.name for c in verdict.criteria if c.passed is False] == ["plateau"]


def test_settings_of_few_trades_hold_up_no_plateau():
    """One neighbour has too few trades and a high Sharpe ratio, the other enough trades and none."""
    it = panel(days=1000, shape=(5, 1))
    returns, enough = it.returns.copy(), np.array([False, False, True, True, True])
    returns[:, 1:3] += [0.012, 0.006]
    line = replace(it, returns=returns, objective=returns.sum(axis=0), best=2)
    held_up = {c.name: c.passed for c in judge(line).criteria}
    alone = {c.name: c.passed for c in judge(replace(line, is_eligible=enough)).criteria}
    assert (held_up["plateau"], alone["plateau"]) == (True, False)
    lone = judge(replace(line, is_eligible=np.arange(5) == 2))
    sentence = next(c.sentence for c in lone.criteria if c.name == "plateau")
    assert sentence == "the best has no neighbours that trade as much as the bounds ask"


def test_an_edge_that_ended_is_fragile():
    it = panel(days=900)
    returns = it.returns.copy()
    returns[:300] += 0.006
    returns[300:] -= 0.001
    verdict = judge(replace(it, returns=returns, objective=returns.sum(axis=0), best=int(returns.sum(axis=0).argmax())))
    assert verdict.word in {FRAGILE, INCONCLUSIVE}
    assert {c.name: c.passed for c in verdict.criteria}["walk_forward"] is False


@pytest.mark.parametrize(("losses", "word"), [(33, SURVIVES), (34, FRAGILE)])
def test_losses_on_the_other_half_are_fragile(losses, word):
    it = panel(edge=0.2)
    outside = np.where(np.arange(100) < losses, -1.0, 1.0)
    findings = replace(find(it), splits=Splits(np.ones(100), outside, np.ones(100), 16))
    assert judge(it, findings).word == word


def test_few_trades_are_inconclusive():
    assert judge(panel(edge=0.2, trades=np.full(36, 29.0))).word == INCONCLUSIVE


def test_an_adaptive_search_says_what_its_figures_do_not_know():
    verdict = judge(panel(edge=0.2, is_adaptive=True, is_grid=False, startup=10))
    assert {c.name: c.passed for c in verdict.criteria}["halves"] is None
    assert any("adaptive" in note for note in verdict.notes)
    assert verdict.word == SURVIVES


def test_a_note_states_by_which_figure_the_best_was_chosen_and_by_which_it_is_judged():
    assert any("the best by sqn; what is judged is its Sharpe" in n for n in judge(panel(chosen_by="sqn")).notes)
    assert not any("what is judged" in n for n in judge(panel(chosen_by="sharpe_ratio")).notes)


def test_the_objective_is_judged_beside_the_sharpe_ratio():
    verdict = judge(panel(edge=0.3, chosen_by="return_total"))
    assert verdict.figures["objective_p"] < 0.01
    assert any("shows a best return_total this high in 0.1 % of cases" in note for note in verdict.notes)
    assert "objective_p" not in judge(panel(chosen_by="sqn")).figures, "no positions are recorded"
    assert "objective_p" not in judge(panel(chosen_by="pnl_total", is_maximized=False)).figures


@pytest.mark.parametrize(
    ("objective", "is_maximized", "words"),
    [
        ("recovery_factor", True, "without an edge shows a best recovery_factor this high in"),
        ("max_drawdown", False, "without an edge shows a best max_drawdown this low in"),
        ("max_drawdown", True, "Sharpe ratio: its objective is sought in the direction that an edge does not go"),
        ("sharpe_ratio - max_drawdown", True, "without an edge shows a best sharpe_ratio - max_drawdown this high in"),
        ("max_drawdown - sharpe_ratio", False, "without an edge shows a best max_drawdown - sharpe_ratio this low in"),
        ("profit_factor", True, "Sharpe ratio: an earlier version recorded trials of it, without the days on which"),
        ("win_rate", True, "Sharpe ratio: win_rate without an edge depends on how far stops and targets are"),
    ],
)
def test_a_note_says_the_chance_of_the_objective_or_why_there_is_none(objective: str, is_maximized: bool, words: str):
    verdict = judge(panel(chosen_by=objective, is_maximized=is_maximized))
    assert any(words in note for note in verdict.notes), verdict.notes
    assert ("objective_p" in verdict.figures) == ("this" in words)


def test_an_objective_of_trades_is_judged_by_all_closed_positions():
    it = panel(edge=0.3, chosen_by="sqn")
    days, trials = np.divmod(np.arange(it.returns.size), it.trials)  # each closes a position on each day
    it = replace(it, positions=ClosedPositions(trials, days, it.returns.ravel()))
    figures = judge(it).figures
    assert 0 < figures["objective_p"] < 0.01
    assert any("shows a best sqn this high in 0.1 % of cases" in note for note in judge(it).notes)
    few = judge(replace(it, trades=np.full(it.trials, 29.0)))
    assert "objective_p" not in few.figures
    assert any("the best closed 29 positions, and fewer than 30 say nothing of sqn" in note for note in few.notes)


def test_a_note_says_where_a_formula_has_no_value_by_the_ends_of_days():
    it = panel(days=100, shape=(3, 3), chosen_by="return_total / max_drawdown", best=0)
    it.returns[:, 0] = 0.01
    verdict = judge(it)
    assert "objective_p" not in verdict.figures
    assert any("Sharpe ratio: by the ends of days alone it has no value" in note for note in verdict.notes)


def test_the_equity_of_too_many_trials_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chance, "PATH_CELLS", 1)
    verdict = judge(panel(chosen_by="calmar_ratio"))
    assert "objective_p" not in verdict.figures
    assert any("Sharpe ratio: the equity of so many trials and days is not drawn again" in n for n in verdict.notes)


def test_failed_trials_are_told():
    assert any("14 of 50 trials left no returns" in n for n in judge(panel(searched=50)).notes)


def test_trials_that_do_nothing_are_no_evidence():
    it = panel()
    flat = replace(it, returns=np.zeros_like(it.returns), objective=np.zeros(36), best=0, trades=np.zeros(36))
    assert judge(flat).word == NO_EVIDENCE


def test_no_complete_trial():
    verdict = judge(panel(days=0, shape=(0,), best=None, searched=4))
    assert verdict.word == INCONCLUSIVE
    assert "none of 4 trials is complete" in verdict.sentence


@pytest.mark.parametrize(("days", "edge"), list(product((5, 200), (0.0, 0.3))))
def test_it_is_plain_json_and_back(days, edge):
    verdict = judge(panel(days=days, edge=edge))
    assert Verdict.of(json.loads(json.dumps(verdict.plain(), allow_nan=False))) == verdict
    assert "probability" not in json.dumps(verdict.plain())
