"""Figures on unseen data, by hand on a tiny case, and what the verdict makes of them."""

from dataclasses import replace
from math import sqrt
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest

from sweep.results.statistics.findings import find
from sweep.results.statistics.out_of_sample import LockBox, OutOfSample, Score, WalkForwardResult, WalkForwardStep
from sweep.results.statistics.verdict import FRAGILE, SURVIVES, Verdict, judge
from tests.results.statistics.markets import panel


def score(returns: list[float], *, trial: int = 0, first: int = 1) -> Score:
    days = tuple(f"2026-05-{first + n:02d}" for n in range(len(returns)))
    return Score(trial, {"pnl_total": 1000 * sum(returns), "return_total": sum(returns)}, days, tuple(returns))


def step(before: list[float], after: list[float], first: int = 1, **params: Any) -> WalkForwardStep:
    span = {"start": "", "end": "", "days": 1}
    return WalkForwardStep(span, span, "id", params or {"a": 1}, score(before), score(after, first=first))


FORWARD = WalkForwardResult((
    step([0.02, -0.01, 0.03], [0.01, -0.02], 1, a=1, b="x"),
    step([0.01, 0.01, 0.01], [0.03, 0.01], 3, a=1, b="y"),
    step([-0.01, 0.04, 0.0], [-0.01, 0.0], 5, a=2, b="y"),
))  # fmt: skip


def test_by_hand():
    f = FORWARD.figures()
    booked = [0.01, -0.02, 0.03, 0.01, -0.01, 0.0]
    trained = [0.02, -0.01, 0.03, 0.01, 0.01, 0.01, -0.01, 0.04, 0.0]
    assert list(FORWARD.returns) == booked
    assert FORWARD.days == tuple(f"2026-05-{n:02d}" for n in range(1, 7))
    assert (f["forward_windows"], f["forward_tested"], f["forward_days"]) == (3, 3, 6)
    assert f["forward_return"] == pytest.approx(1.01 * 0.98 * 1.03 * 1.01 * 0.99 - 1)
    assert f["forward_sharpe"] == pytest.approx(fmean(booked) / stdev(booked) * sqrt(252))
    assert f["forward_efficiency"] == pytest.approx(fmean(booked) / fmean(trained))
    before = fmean(fmean(r) / stdev(r) for r in ([0.02, -0.01, 0.03], [-0.01, 0.04, 0.0]))  # the second never varies
    assert f["forward_sharpe_efficiency"] == pytest.approx(fmean(booked) / stdev(booked) / before)
    assert f["forward_drawdown"] == pytest.approx(0.02)  # after the first day; the peak is 1.01
    assert f["forward_profitable"] == pytest.approx(1 / 3)
    assert (f["forward_low"], f["forward_high"]) == (None, None)  # of six days no interval is drawn
    gains = [1.01 * 0.98 - 1, 1.03 * 1.01 - 1, 0.99 - 1]
    assert f["forward_largest_share"] == pytest.approx(gains[1] / sum(gains))
    assert (f["forward_settings"], f["forward_changes"]) == (3, 2)
    assert FORWARD.stability() == {
        "a": {"values": [1, 1, 2], "different": 2, "same": pytest.approx(2 / 3)},
        "b": {"values": ["x", "y", "y"], "different": 2, "same": pytest.approx(2 / 3)},
    }


def test_of_sixty_days_an_interval_is_drawn_around_the_ratio():
    returns = list(np.random.default_rng(0).normal(0.002, 0.01, 80))
    f = WalkForwardResult((step([0.01, 0.02], returns),)).figures()
    assert f["forward_low"] < f["forward_sharpe"] < f["forward_high"]


def test_what_has_no_gain_in_training_has_no_efficiency():
    f = WalkForwardResult((step([-0.01, -0.02], [0.01, 0.02]),)).figures()
    assert f["forward_efficiency"] is f["forward_sharpe_efficiency"] is None


def criterion(verdict: Verdict, name: str) -> Any:
    return next(c for c in verdict.criteria if c.name == name)


GOOD = panel(edge=0.2)
FOUND = find(GOOD)


def judged(**unseen: Any) -> Verdict:
    return judge(GOOD, FOUND, OutOfSample(**unseen))


def box(*gains: float, **more: Any) -> LockBox:
    looks = tuple(score([gain], trial=n) for n, gain in enumerate(gains))
    return LockBox(20, looks, **more)


def test_a_closed_lockbox_decides_nothing_and_an_opened_one_must_gain():
    assert judged().word == SURVIVES
    assert judged(lockbox=box()).word == SURVIVES
    assert "lockbox" not in [c.name for c in judged(lockbox=box()).criteria]
    assert judged(lockbox=box(0.01)).word == SURVIVES
    assert judged(lockbox=box(-0.01)).word == FRAGILE
    assert judged(lockbox=LockBox(20, (Score(3, failure="strategy error: x"),))).word == FRAGILE


def test_looking_again_can_only_harm():
    assert judged(lockbox=box(-0.01, 0.01)).word == FRAGILE
    assert judged(lockbox=box(0.01, -0.01)).word == FRAGILE
    lockbox = criterion(judged(lockbox=box(0.01, 0.02)), "lockbox")
    assert lockbox.passed
    assert "opened 2 times" in lockbox.sentence
    assert judged(lockbox=box(0.01, 0.02)).figures["lockbox_looks"] == 2


def test_a_look_says_nothing_of_a_search_that_went_on_but_a_loss_stays_one():
    assert criterion(judged(lockbox=box(0.01, is_current=False)), "lockbox").passed is None
    assert criterion(judged(lockbox=box(-0.01, is_current=False)), "lockbox").passed is False


def test_the_searched_walk_forward_takes_the_place_of_the_one_over_stored_returns():
    figures = judged().figures
    bad = WalkForwardResult((step([0.02, 0.01], [-0.01, -0.02]),))
    verdict = judged(forward=bad)
    assert [c.name for c in verdict.criteria].count("walk_forward") == 1
    assert criterion(verdict, "walk_forward").passed is False
    assert verdict.word == FRAGILE
    assert verdict.figures["walk_forward_sharpe"] == figures["walk_forward_sharpe"]
    assert criterion(judged(forward=FORWARD), "walk_forward").passed is True


def test_a_walk_forward_that_is_not_whole_decides_nothing_and_one_that_fails_fails():
    part = WalkForwardResult((*FORWARD.steps, replace(FORWARD.steps[0], after=None)))
    assert criterion(judged(forward=part), "walk_forward").passed is None
    failed = WalkForwardResult(
        (*FORWARD.steps, replace(FORWARD.steps[0], after=Score(0, failure="guard: account is blown")))
    )
    assert criterion(judged(forward=failed), "walk_forward").passed is False
    assert "account is blown" in criterion(judged(forward=failed), "walk_forward").sentence


def test_few_days_still_show_what_was_seen_on_unseen_ones():
    few = panel(days=5, edge=0.2)
    names = [c.name for c in judge(few, None, OutOfSample(box(0.01), FORWARD)).criteria]
    assert names == ["data", "walk_forward", "lockbox"]
