"""Tearsheets from plain data."""

import re
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from sweep.results.tearsheet import ROLLING, rolling_sharpe, tearsheet
from sweep.spec.metric_table import METRIC_TABLE
from sweep.trial import Result, State

METRICS = dict.fromkeys(METRIC_TABLE, None) | {
    "pnl_total": 12.5, "trades": 3, "win_rate": 0.4861, "holding_time": 7500.0,
}  # fmt: skip
RESULT = Result(
    State.COMPLETE, METRICS, days=("2026-05-04", "2026-05-05", "2026-05-08"), returns=(0.01, -0.02, 0.005),
    stats={"currency": "USD", "starting_equity": 1000.0, "days_per_year": 252},
)  # fmt: skip


def cells(html: str) -> dict[str, tuple[str, str]]:
    """Value and meaning of each figure of the table."""
    pattern = r'<th scope="row">([\w.]+)</th><td class="n">([^<]*)</td><td>([^<]*)</td>'
    return {name: (value, meaning) for name, value, meaning in re.findall(pattern, html)}


def test_it_needs_no_script_and_no_network():
    html = tearsheet(RESULT, "trial 7")
    assert "trial 7" in html
    assert not re.search(r"<script|src=|href=\"http|@import|url\(", html)


def test_the_objective_comes_first():
    names = re.findall(r'class="card"><b>.*?</b><span>(\w+)<', tearsheet(RESULT, "trial 7", objective="holding_time"))
    assert names[:2] == ["holding_time", "pnl_total"]


def test_every_metric_has_its_value_and_formula_or_the_reason_why_there_is_none():
    table = cells(tearsheet(RESULT, "trial 7"))
    assert set(table) == set(METRIC_TABLE)
    assert table["pnl_total"] == ("12.50 USD", METRIC_TABLE["pnl_total"].formula)
    assert (table["win_rate"][0], table["holding_time"][0], table["trades"][0]) == ("48.6 %", "2 h 05 min", "3")
    assert table["profit_factor"] == ("–", "undefined: no losing position")


def test_figures_that_were_not_recorded_and_those_of_the_user():
    table = cells(tearsheet(replace(RESULT, metrics={"pnl_total": 1.0, "mine": 0.5, "risk_stops": 2}), "x"))
    assert table["trades"] == ("–", "not recorded")
    assert (table["mine"], table["risk_stops"]) == (("0.50", ""), ("2", ""))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_series(count):
    html = tearsheet(replace(RESULT, days=RESULT.days[:count], returns=RESULT.returns[:count]), "x")
    assert html.count('class="drawn"') == {0: 0, 1: 3, 2: 4}[count]
    assert "nan" not in html.lower()


def test_equity_that_was_lost_has_no_logarithm():
    html = tearsheet(replace(RESULT, returns=(0.5, -1.0, 0.0)), "x")
    assert 'class="log"' not in html and 'class="linear"' in html


def test_hours_of_trades_where_they_are_given():
    assert "hour of entry" not in tearsheet(RESULT, "x")
    assert "hour of entry" in tearsheet(RESULT, "x", [(1_777_900_000 * 10**9, 5.0)])


def test_thirty_years_stay_below_the_bound():
    returns = tuple(np.random.default_rng(0).normal(0.0003, 0.01, 7560).tolist())
    days = tuple((date(1996, 1, 1) + timedelta(n)).isoformat() for n in range(7560))
    assert len(tearsheet(replace(RESULT, days=days, returns=returns), "x").encode()) < 400_000


def test_the_rolling_ratio_is_that_of_each_stretch():
    returns = np.random.default_rng(0).normal(0, 0.01, ROLLING + 20)
    ratios = rolling_sharpe(returns, 252)
    assert len(ratios) == 21
    last = returns[-ROLLING:]
    assert ratios[-1] == pytest.approx(last.mean() / last.std(ddof=1) * 252**0.5)
    assert rolling_sharpe(np.zeros(ROLLING), 252).tolist() == [0]


def test_markup_in_a_title_is_text():
    assert "<b>alert" not in tearsheet(RESULT, "<b>alert</b>")
