"""Reasons against shared replay are reported before anything runs."""

from typing import Any

import pytest

from sweep.backtest import run
from sweep.backtest.shared import shared_run
from sweep.backtest.shared.eligibility import against
from tests.backtest.shared.test_order_rules import QUOTES, STOCK, trials
from tests.backtest.shared.test_shared_run import actions, market
from tests.support import markets
from tests.support.portfolio_specs import component
from tests.support.strategies import Score
from tests.support.trials import trial, venue


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    return market(tmp_path_factory.mktemp("eligible") / "c", 5, 40)


def test_nothing_is_against_a_plain_margin_account(catalog):
    assert against(actions(catalog, {})[0]) == []


@pytest.mark.parametrize(
    ("venue", "why"),
    [
        ({"liquidity_consumption": True}, "gone for the others"),
        ({"queue_position": True}, "queue behind"),
        ({"liquidation_enabled": True}, "liquidated"),
        ({"oms_type": "HEDGING"}, "HEDGING"),
        ({"base_currency": None, "starting_balances": ["1 USD", "1 EUR"]}, "several currencies"),
        (
            {
                "base_currency": "EUR",
                "starting_balances": ["1000 EUR"],
                "fee_model": {"type": "MakerTakerFeeModel", "maker_rate": 0, "taker_rate": 0},
            },
            "not booked in the one currency",
        ),
        ({"fill_model": {"type": "DefaultFillModel", "prob_slippage": 0.5, "random_seed": 1}}, "prob_slippage drawn"),
        ({"fill_model": {"type": "ProbabilisticFillModel", "random_seed": 1}}, "ProbabilisticFillModel is not known"),
        ({"fill_model": {"type": "tests.support.strategies:OwnFill", "random_seed": 1}}, "OwnFill is not known"),
        ({"fee_model": {"type": "tests.support.strategies:FailingFee"}}, "FailingFee is not known"),
        (
            {"fee_model": {"type": "sweep.costs:PerShareFeeModel", "tiers": [[0, 0.01], [9, 0.002]]}},
            "PerShareFeeModel is not known",
        ),
        ({"fee_model": {"type": "PerContractFeeModel", "commission": "0.01 EUR"}}, "fees in EUR are not booked"),
        ({"book_type": "L2_MBP"}, "meet in the book"),
    ],
)
def test_what_makes_trials_touch_each_other_is_a_reason(catalog, venue, why):
    reasons = against(actions(catalog, {}, **venue)[0])
    assert reasons and any(why in reason for reason in reasons)


@pytest.mark.parametrize(
    ("kinds", "model", "why"),
    [
        (["TradeTick"], "OneTickSlippageFillModel", ""),
        (["TradeTick", "QuoteTick"], "DefaultFillModel", ""),
        (["TradeTick", "QuoteTick"], "BestPriceFillModel", "BestPriceFillModel fills by the venue's bid and ask"),
        (["MarkPriceUpdate"], "DefaultFillModel", "MarkPriceUpdate in data"),
    ],
)
def test_the_data_may_be_a_reason(tmp_path, kinds, model, why):
    stock = markets.equity()
    rows = [(markets.ns("2026-05-04T14:00:00"), 100.0)]
    quotes = markets.quotes(stock, [(t, x, x) for t, x in rows])
    catalog = markets.write(tmp_path / "c", [stock], trades=markets.trades(stock, rows), quotes=quotes)
    one = actions(catalog, {}, fill_model={"type": model, "random_seed": 1})[0]
    reasons = against(one | {"data": [{"type": kind, "instruments": ["SPY.ARCA"]} for kind in kinds]})
    assert any(why in reason for reason in reasons or []) if why else reasons == []


@pytest.mark.parametrize(("make", "why"), [(markets.equity, ""), (markets.future, "only shares are paid")])
def test_a_cash_account_may_buy_shares(tmp_path, make, why):
    instrument = make("SPY.ARCA")
    quotes = markets.quotes(instrument, [(markets.ns("2026-05-04T14:00:00"), 100.0, 100.25)], size=5)
    one = actions(markets.write(tmp_path / "c", [instrument], quotes=quotes), {}, account_type="CASH")[0]
    reasons = against(one | {"data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}]})
    assert any(why in reason for reason in reasons or []) if why else reasons == []


def test_a_setting_that_cannot_be_built_says_nothing_of_the_others(catalog):
    assert against(actions(catalog, {"every": "often"})[0]) is None


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ({"history": ["QuoteTick"]}, "history is read for each trial alone"),
        ({"data_missing": {"allow": ["TradeTick SPY.ARCA"]}}, "what is missing is told for each trial alone"),
    ],
)
def test_what_is_told_for_each_trial_alone_is_a_reason(catalog, section, why):
    assert any(why in reason for reason in against(actions(catalog, {})[0] | section) or [])


def test_two_portfolios_in_one_engine_hear_each_other(spy):
    """The smallest example for which portfolios run isolated: signals are addressed by their name alone."""

    def orders(*windows: int) -> int:
        actors = [component(f"every_{window}", "Regime", window=window) for window in windows]
        followers = [component(f"follow_{window}", "Follower", trade_size=1) for window in windows]
        whole = trial(spy, {}) | {"actors": actors, "strategies": followers}
        del whole["strategy"]
        assert [r for r in against(whole) or [] if "work together in one engine" in r]
        return run(whole).metrics["orders"]

    assert (orders(3), orders(4)) == (3, 2)  # of ten quotes
    assert orders(3, 4) == 10  # 5 each


def test_under_hedging_positions_are_closed_in_the_order_of_their_ids(tmp_path):
    """The smallest example for which HEDGING runs isolated: ids are those of the venue, and sorted as text.

    One trial opens 1 and 2 shares and closes all. Its positions are the 1st and 2nd of the venue alone, and the 9th and
    10th beside a trial that has opened eight: the second is closed first then.
    """
    prices = (100.0, 100.0, 100.0, 99.0, 99.0)
    rows = [(markets.ns("2026-05-04T14:00:00") + n, price, price + 0.01) for n, price in enumerate(prices)]
    catalog = markets.write(tmp_path / "c", [STOCK], quotes=markets.quotes(STOCK, rows, size=1000))
    eight: list[Any] = [[0, "limit", 3, 99.5]] * 8
    two: list[Any] = [[1, "limit", 1, 99.5], [2, "limit", 2, 99.5], [4, "close_all"]]
    many = trials(catalog, [QUOTES], "quotes", eight, two, oms_type="HEDGING")
    together = shared_run.run([(one, ()) for one in many])
    assert together[0].fills == run(many[0]).fills
    assert together[1].fills != run(many[1]).fills
    assert together[1].metrics["pnl_total"] == run(many[1]).metrics["pnl_total"]


def test_in_one_engine_a_contract_is_fed_because_another_strategy_subscribed(tmp_path):
    """The smallest example for which option chains run isolated: a contract is fed from its first subscription on.

    Both subscribe to a contract and buy it if it has a quote: one at the first event, the other at the second. Alone
    neither finds a quote; in one engine the second finds those that came because of the first.
    """
    name, start = "SPY260504C00100000.SMART", markets.ns("2026-05-04T14:00:00")
    rows = [(start + n * markets.SECOND, 100.0, 100.02) for n in range(9)]
    quotes = markets.quotes(markets.equity(), rows) + markets.quotes(
        markets.option(name), [(t, 2, 3) for t, *_ in rows]
    )
    scores = [Score(ts_event=t, ts_init=t, score=1.0) for t in (start + n * markets.SECOND + 1 for n in (2, 5))]
    catalog = markets.write(tmp_path / "c", [markets.equity(), markets.option(name)], quotes=quotes, events=scores)
    data = [QUOTES, {"type": "QuoteTick", "chain": "SPY"}, {"type": "tests.support.strategies:Score"}]

    def fills(*numbers: int) -> int:
        path = "tests.support.option_chain_strategy:ContractBuyer"
        plans = [{"path": path, "config_path": f"{path}Config", "config": {"contract": name, "at": n}} for n in numbers]
        one = trial(catalog, plans[0], venues=[venue("ARCA"), venue("SMART")], data=data)
        assert "an option chain reads what one strategy subscribes to" in (against(one) or [])
        several = [{"name": f"buyer{n}"} | plan for n, plan in zip(numbers, plans, strict=True)]
        return run({key: of for key, of in one.items() if key != "strategy"} | {"strategies": several}).metrics["fills"]

    assert (fills(1), fills(2), fills(1, 2)) == (0, 0, 1)
