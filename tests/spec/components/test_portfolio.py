"""Section `portfolio`: shares, sizes rounded to lots, and mistakes; figures by hand."""

from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.setup.builder import build
from sweep.spec.components.portfolio import LOTS, OFF, mistakes, shares, sized
from sweep.spec.model import resolve

LOT = {"SPY.ARCA": "1", "BTC-PERP.SIM": "0.001", "EUR/USD.SIM": "1000"}


def trader(name: str, size: Any, instrument: str = "SPY.ARCA", **more: Any) -> dict[str, Any]:
    return {"name": name, "path": "m:T", "config": {"instrument_id": instrument, "trade_size": size}, **more}


def backtest(weights: Any, *traders: dict[str, Any], size: str = "trade_size") -> dict[str, Any]:
    return {
        "period": {"start": "2026-05-04", "end": "2026-05-05"},
        "strategies": deepcopy(list(traders)),
        "portfolio": {"weights": weights, "size": size},
        LOTS: LOT,
    }


def sizes(resolved: dict[str, Any]) -> dict[str, Any]:
    return {s["name"]: s["config"]["trade_size"] for s in resolved["strategies"]}


def problems(of: dict[str, Any], *, searched: bool = False) -> dict[str, str]:
    return {p.where: p.rule for p in mistakes(of, searched=searched)}


def test_equal_shares_of_three_are_rounded_down_to_the_lot():
    three = backtest("equal", trader("a", 100), trader("b", 0.1, "BTC-PERP.SIM"), trader("c", "100000", "EUR/USD.SIM"))
    # 100/3 = 33.3 → 33 shares; 0.1/3 = 0.0333 → 0.033 bitcoin; 100,000/3 = 33,333 → 33 lots of 1,000
    assert sizes(resolve(three, {})) == {"a": 33, "b": 0.033, "c": "33000"}


def test_weights_are_divided_by_their_sum_exactly():
    two = backtest({"a": 0.7, "b": 0.1}, trader("a", 80), trader("b", 80))
    assert sizes(resolve(two, {})) == {"a": 70, "b": 10}  # in floats 0.7/0.8 × 80 is 69.99…, which rounds to 69
    assert sizes(resolve(two, {"portfolio.weights.a": 0.3, "portfolio.weights.b": 0.3})) == {"a": 40, "b": 40}


def test_a_strategy_without_a_size_is_switched_off_and_named():
    two = backtest({"a": 1, "b": 99}, trader("a", 50), trader("b", 100))  # 50 × 1 % is half a share
    resolved = resolve(two, {})
    assert sizes(resolved) == {"b": 99}
    assert resolved[OFF] == ["a"]
    assert {"portfolio", LOTS}.isdisjoint(resolved)


def test_the_share_of_one_that_is_switched_off_is_divided_among_the_others():
    three = backtest("equal", trader("a", 90), trader("b", 90), trader("c", 90))
    assert sizes(resolve(three, {"strategies.c.enabled": False})) == {"a": 45, "b": 45}
    assert OFF not in resolve(three, {"strategies.c.enabled": False})


def test_the_size_itself_may_be_a_parameter():
    two = backtest("equal", trader("a", 90), trader("b", 90))
    assert sizes(resolve(two, {"strategies.*.trade_size": 61})) == {"a": 30, "b": 30}


def test_proportional_weights_are_the_same_backtest():
    two = backtest("equal", trader("a", 90), trader("b", 30))
    by_name = backtest({"a": 0.2, "b": 0.2}, trader("a", 90), trader("b", 30))
    written = {k: v for k, v in backtest("equal", trader("a", 45), trader("b", 15)).items() if k != "portfolio"}
    assert resolve(two, {}) == resolve(by_name, {}) == resolve(by_name, {"portfolio.weights.a": 0.2})
    assert resolve(two, {}) == resolve({k: v for k, v in written.items() if k != LOTS}, {})


def test_the_coarsest_of_several_instruments_counts_also_in_a_type_of_bars():
    pair = trader("a", 11.0, "BTC-PERP.SIM")
    pair["config"]["bars"] = "SPY.ARCA-5-MINUTE-LAST-EXTERNAL"
    # 5.5 is a multiple of 0.001 and of no whole share
    assert sizes(resolve(backtest("equal", pair, trader("b", 25.5, "BTC-PERP.SIM")), {})) == {"a": 5.0, "b": 12.75}


@given(st.lists(st.decimals(0, 1, places=3), min_size=1, max_size=6), st.integers(1, 10**6), st.sampled_from(list(LOT)))
def test_sizes_are_whole_lots_below_their_share_by_less_than_a_lot(weights, whole, instrument):
    names = [f"s{n}" for n in range(len(weights))]
    by_name = dict(zip(names, map(float, weights), strict=True))
    of = backtest(by_name, *(trader(name, float(whole), instrument) for name in names))
    each, lot = shares(by_name, names), Fraction(LOT[instrument])
    assert sum(each) == (1 if any(weights) else 0)
    for item, share in zip(sized(of)["strategies"], each, strict=True):
        size = Fraction(str(item["config"]["trade_size"]))
        assert size % lot == 0
        assert 0 <= share * whole - size < lot
        assert item.get("enabled", True) == (size > 0)


@pytest.mark.parametrize("params", [{"strategies.a.trade_size": "many"}, {"portfolio.weights.b": -2}])
def test_a_portfolio_with_a_mistake_stays_and_its_trial_is_refused(params):
    wrong = resolve(backtest({"a": 1, "b": 1}, trader("a", 10), trader("b", 10)), params)
    _, reasons = build(wrong)
    (place,) = params
    assert place.replace(".a.", ".a.config.") in {p.where for p in reasons}


def test_all_mistakes_at_once():
    bad = backtest({"a": -1, "d": 1, "b": True}, trader("a", 0), trader("b", "many"), trader("c", 5, "QQQ.ARCA"))
    del bad["strategies"][0]["config"]["trade_size"]
    assert problems(bad) == {
        "portfolio.weights.d": "is no strategy of this backtest",
        "portfolio.weights": "has no weight of c",
        "portfolio.weights.a": "must be a number, at least 0",
        "portfolio.weights.b": "must be a number, at least 0",
        "strategies.a.config": "has no trade_size, which the portfolio divides",
        "strategies.b.config.trade_size": "must be a size greater than 0, which the portfolio divides",
        "strategies.c.config": "names no instrument of `data`, to whose lots the portfolio rounds",
    }


def test_weights_of_nothing_are_a_mistake_unless_they_are_searched():
    nothing = backtest({"a": 0}, trader("a", 10))
    assert problems(nothing) == {"portfolio.weights": "must have a weight greater than 0"}
    assert problems(nothing, searched=True) == {}
    assert resolve(nothing, {}).get("strategies") is None


@pytest.mark.parametrize("section", ["strategy", "controller"])
def test_a_single_component_is_no_portfolio(section):
    single = {section: {"path": "m:T"}, "portfolio": {"weights": "equal", "size": "trade_size"}}
    assert problems(single) == {"portfolio": "divides the list `strategies`, which is not there"}
    assert problems({"strategy": {"path": "m:T"}}) == {}


@pytest.mark.parametrize("value", ["risk", 3])
def test_other_words_for_weights(value):
    assert problems(backtest(value, trader("a", 10))) == {
        "portfolio.weights": "must be equal, inverse_volatility, or a mapping of strategies"
    }
