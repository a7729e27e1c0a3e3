"""The figures of a sweep."""

from dataclasses import replace

import numpy as np
import pytest

from sweep.results.statistics.findings import CROWDED, find
from sweep.results.statistics.sharpe import Moments, deflated, probabilistic
from tests.results.statistics.markets import panel


def test_figures_are_those_of_the_functions():
    it = panel(edge=0.1)
    findings = find(it)
    f, luck = findings.figures, findings.luck
    m = Moments.of(it.returns[:, it.best])
    ratios = it.returns.mean(axis=0) / it.returns.std(axis=0, ddof=1)
    assert f["sharpe"] == pytest.approx(m.sharpe * np.sqrt(252))
    assert f["deflated_sharpe"] == probabilistic(m, luck.mean)
    assert f["deflated_sharpe_all_trials"] == pytest.approx(deflated(m, 36, ratios.var(ddof=1)))
    assert f["p"] == luck.p_values[it.best]
    assert f["median_sharpe"] == pytest.approx(np.median(ratios) * np.sqrt(252))
    assert f["walk_forward_low"] < f["walk_forward_sharpe"] < f["walk_forward_high"]
    assert 0 < f["drawdown_95"] < 1
    assert 1 < f["effective_implied"] < 36
    assert find(it).figures == f  # the same again


def test_parts_of_few_days_are_annualised_by_how_many_there_are():
    parts = panel(days=65, edge=0.3).returns
    few = panel(days=5, parts=parts, part=30, best=3)
    findings = find(few)
    ratio = parts[:, 3].mean() / parts[:, 3].std(ddof=1)
    assert findings.year == 252 * 13
    assert findings.figures["sharpe"] == pytest.approx(ratio * np.sqrt(252 * 13))
    assert findings.figures["p"] == findings.luck.p_values[3]
    assert (findings.figures["parts"], findings.figures["part_minutes"]) == (65, 30)
    assert (findings.walk, findings.splits) == (None, None)


def test_trades_drawn_again():
    closed = np.random.default_rng(0).standard_normal(200) / 100 + 0.001
    f = find(panel(days=5, closed=closed)).figures
    drawn = np.random.default_rng(9).choice(closed, (4000, 200)).cumsum(axis=1)
    peak = np.maximum(np.maximum.accumulate(drawn, axis=1), 0)
    assert f["trade_loss"] == pytest.approx((drawn[:, -1] <= 0).mean(), abs=0.03)
    assert f["trade_total_5"] == pytest.approx(np.quantile(drawn[:, -1], 0.05), abs=0.02)
    assert f["trade_drawdown_95"] == pytest.approx(np.quantile((peak - drawn).max(axis=1), 0.95), rel=0.08)
    assert "trade_loss" not in find(panel(days=5, closed=closed[:29])).figures
    assert "trade_loss" not in find(panel(days=5)).figures


def test_failed_trials_count():
    it = panel()
    some, many = find(it).figures, find(replace(it, searched=3600)).figures
    assert many["trials"] == 3600
    assert many["minimum_backtest_years"] > some["minimum_backtest_years"]
    assert many["deflated_sharpe_all_trials"] < some["deflated_sharpe_all_trials"]


def test_the_p_value_is_that_of_the_chosen_trial():
    it = panel(edge=0.1)
    worst = int(it.returns.mean(axis=0).argmin())
    f = find(replace(it, best=worst)).figures
    assert f["p"] > f["p_search"]


def test_the_median_trial_and_the_middle_of_the_plateau():
    objective = np.array([9.0, 0, 0, 4, 5, 4, np.nan])
    it = panel(days=5, shape=(7,), objective=objective, best=0)
    f = find(it).figures
    assert f["median_trial"] == 3
    assert f["plateau_trial"] == 4
    assert "p" not in f  # five days


def test_an_adaptive_search_is_halved_over_what_it_chose_blindly():
    it = panel(is_adaptive=True, is_grid=False, startup=30)
    assert find(it).splits is not None
    assert find(replace(it, startup=19)).splits is None
    assert find(it).figures["neighbours"] == 8


def test_nothing_complete():
    it = panel(days=0, shape=(0,), best=None, searched=4)
    assert find(it).figures["trials"] == 4
    assert find(it).luck is None


def test_what_a_crowd_makes_meaningless_is_absent_or_of_the_random_trials():
    """An adaptive search whose later trials are all good: its medians and shares are those of the first twenty."""
    ordinary = panel()
    crowd = replace(ordinary, returns=ordinary.returns + 0.01 * (ordinary.numbers >= 20), is_adaptive=True)
    few = find(replace(crowd, startup=10)).figures
    assert {few[name] for name in CROWDED} == {None}
    assert find(replace(crowd, startup=10)).walk is None
    assert "walk_forward_sharpe" not in few
    assert "median_trial" not in few
    findings = find(replace(crowd, startup=20))
    assert findings.walk
    assert findings.walk.chosen.max() < 20
    assert findings.figures["median_trial"] < 20
    first = {n: getattr(crowd, n)[:20] for n in ("numbers", "objective", "trades", "places")}
    blind = find(replace(crowd, **first, returns=crowd.returns[:, :20], best=0, is_adaptive=False)).figures
    assert findings.figures["median_sharpe"] == pytest.approx(blind["median_sharpe"])
    assert findings.figures["profitable"] == blind["profitable"]
    assert blind["median_sharpe"] < find(replace(crowd, is_adaptive=False)).figures["median_sharpe"]
    assert findings.figures["beyond_luck"] is None
    assert findings.figures["deflated_sharpe"] is not None
