"""Weights by the volatility before the start: figures by hand, nothing of later, mistakes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spec.components.portfolio import LOTS, mistakes
from sweep.spec.components.volatility import CLOSES, returns
from sweep.spec.model import resolve
from tests.support.markets import DAY, ns

START = "2026-05-07"
FIRST = ns("2026-05-05T00:00:00")  # end of the first trading day


def closes(*prices: float) -> list[tuple[int, float]]:
    return [(FIRST + n * DAY, price) for n, price in enumerate(prices)]


def backtest(**portfolio: Any) -> dict[str, Any]:
    """Returns before the start: a +10 %, -10 %; b +5 %, -5 %. After it both are wild."""
    strategies = [
        {"name": name, "path": "m:T", "config": {"instrument_id": f"{name}.X", "trade_size": 90}} for name in ("a", "b")
    ]
    return {
        "period": {"start": START, "end": "2026-05-12"},
        "strategies": strategies,
        "portfolio": {"weights": "inverse_volatility", "size": "trade_size", "lookback": "2d", **portfolio},
        LOTS: {"a.X": "1", "b.X": "1"},
        CLOSES: {"a.X": closes(100, 110, 99, 500), "b.X": closes(100, 105, 99.75, 1)},
    }


def sizes(whole: dict[str, Any], **params: Any) -> dict[str, Any]:
    return {s["name"]: s["config"]["trade_size"] for s in resolve(whole, params)["strategies"]}


def problems(whole: dict[str, Any]) -> dict[str, str]:
    return {p.where: p.rule for p in mistakes(whole, searched=True)}


def test_half_the_volatility_has_twice_the_share():
    assert returns(backtest(), ["a.X"]) == pytest.approx([0.1, -0.1])
    assert sizes(backtest()) == {"a": 30, "b": 60}  # 1 : 2, of 90 each
    assert {CLOSES, LOTS, "portfolio"}.isdisjoint(resolve(backtest(), {}))


def test_a_share_is_not_a_lot_less_because_of_a_root():
    whole = backtest()
    whole[CLOSES]["a.X"] = closes(100, 115, 97.75)  # +15 %, -15 %: three times as much as b, so 1 : 3
    assert sizes(whole) == {"a": 22, "b": 67}
    whole["strategies"][0]["config"]["trade_size"] = whole["strategies"][1]["config"]["trade_size"] = 100
    assert sizes(whole) == {"a": 25, "b": 75}


def test_a_day_that_ends_with_the_start_counts_and_a_later_one_does_not():
    three = backtest(lookback="3d")
    assert problems(three) == {"portfolio.lookback": f"needs 3 daily returns of b.X before {START}; the catalog has 2"}
    later = three | {"period": {"start": "2026-05-08", "end": "2026-05-12"}}
    assert not problems(later)
    assert sizes(later) != {"a": 30, "b": 60}


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=5), st.lists(st.floats(0.01, 1e6), min_size=1, max_size=5))
def test_no_later_close_has_an_effect(a: list[float], b: list[float]):
    whole = backtest()
    whole[CLOSES] = {"a.X": closes(100, 110, 99, *a), "b.X": closes(100, 105, 99.75, *b)}
    assert sizes(whole) == {"a": 30, "b": 60}


def test_a_named_period_counts_its_own_days_alone():
    named = backtest(lookback=None, period={"start": "2026-05-04", "end": START})
    assert sizes(named) == {"a": 30, "b": 60}
    late = backtest(lookback=None, period={"start": "2026-05-04", "end": "2026-05-08"})
    assert problems(late)["portfolio.period"].startswith(f"must end by the start of the backtest ({START})")


def test_several_instruments_have_the_volatility_of_their_mean_return():
    assert returns(backtest(), ["a.X", "b.X"]) == pytest.approx([0.075, -0.075])


@pytest.mark.parametrize(
    ("section", "where", "rule"),
    [
        ({"lookback": "1d"}, "portfolio.lookback", "at least 2d"),
        ({"lookback": 5}, "portfolio.lookback", "trading days such as 60d"),
        ({"period": {"start": "2026-05-04", "end": START}}, "portfolio.lookback", "stands beside `period`"),
        ({"weights": "inverse"}, "portfolio.weights", "equal, inverse_volatility, or a mapping"),
    ],
)
def test_mistakes_are_named(section: dict[str, Any], where: str, rule: str):
    assert rule in problems(backtest(**section))[where]


def test_a_price_that_never_moved_has_no_share():
    whole = backtest()
    whole[CLOSES]["b.X"] = closes(100, 100, 100)
    assert problems(whole) == {"portfolio.lookback": f"has no volatility of b.X: its price did not move before {START}"}


def test_a_weight_switches_between_them_from_trial_to_trial():
    assert sizes(backtest(), **{"portfolio.weights": "equal"}) == {"a": 45, "b": 45}
