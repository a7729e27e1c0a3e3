"""Orders that a pack cannot carry: for each the smallest example in which their fills are others than alone."""

from types import SimpleNamespace
from typing import Any

import pytest
from nautilus_trader.model import ClientOrderId, InstrumentId, OrderType, TimeInForce

from sweep.backtest.engine.backtest_run import run
from sweep.backtest.shared import shared_run
from sweep.backtest.shared.order_rules import OrderRules, instruments_of
from tests.backtest.shared.test_shared_run import T0, backtest
from tests.support import markets
from tests.support.markets import MINUTE, SECOND

LAST = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
STOCK = markets.equity(margin="0.5")
QUOTES = {"type": "QuoteTick", "instruments": ["SPY.ARCA"]}
TRADES = {"type": "TradeTick", "instruments": ["SPY.ARCA"]}
BARS = {"type": "Bar", "bar_types": [LAST]}


def trials(catalog: str, data: list[Any], listen: str, *actions: list[list[Any]], **venue: Any) -> list[dict[str, Any]]:
    path = "order_strategy:Trader"
    return [backtest(catalog, path, {"listen": listen, "actions": each}, **venue) | {"data": data} for each in actions]


def fills(many: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Trails of the trials' fills alone, and in a pack that carries any order."""
    monkeypatch.setattr(OrderRules, "refusal", lambda *_: "")
    outcomes = shared_run.run([(one, ()) for one in many])
    return [run(one).fills for one in many], [o if isinstance(o, str) else o.fills for o in outcomes]


def test_a_resting_order_meets_the_book_of_a_trade_at_the_command_of_another(tmp_path, monkeypatch):
    """A buyer's trade below the ask reaches the limit order at the venue's next step: a trade, or a command."""
    prices = [(T0, 100.0), (T0 + SECOND, 99.0), (T0 + 2 * SECOND, 99.6)]
    catalog = markets.write(tmp_path / "c", [STOCK], trades=markets.trades(STOCK, prices, size=1000))
    many = trials(catalog, [TRADES], "trades", [[0, "limit", 10, 99.5]], [[1, "market", 10]])
    alone, together = fills(many, monkeypatch)
    assert alone[0] != together[0]
    assert alone[1] == together[1]


def test_of_two_fills_at_a_quote_one_stays_as_the_last_price_that_bars_begin_from(tmp_path, monkeypatch):
    """A bar that opens at the last price moves nothing; after the quote the price of a filled order is taken for it."""
    bars = markets.bars(LAST, [(T0 + MINUTE * n, 100.0, 100.0, 100.0, 100.0) for n in (1, 2, 3)])
    quotes = markets.quotes(STOCK, [(T0 + MINUTE * 3 // 2, 99.0, 99.01)], size=1000)
    catalog = markets.write(tmp_path / "c", [STOCK], bars=bars, quotes=quotes)
    many = trials(
        catalog, [QUOTES, BARS], f"bars {LAST}",
        [[0, "limit", 10, 99.9]], [[0, "limit", 10, 99.8]], [[1, "market", 10]],
    )  # fmt: skip
    alone, together = fills(many, monkeypatch)
    assert (alone[0], alone[1]) == (together[0], together[1])
    assert alone[2] != together[2]  # at the quote alone, at the bar in the pack


def test_of_two_fills_at_the_low_of_a_bar_one_stays_as_the_last_price_that_the_close_is_compared_with(
    tmp_path, monkeypatch
):
    """A close at the last price moves nothing; after the low the price of a filled order is taken for it."""
    rows = [(T0 + MINUTE, 100.0, 100.0, 100.0, 100.0), (T0 + 2 * MINUTE, 100.0, 100.0, 99.5, 99.9)]
    catalog = markets.write(tmp_path / "c", [STOCK], bars=markets.bars(LAST, rows))
    many = trials(
        catalog, [BARS], f"bars {LAST}", [[0, "limit", 10, 99.9]], [[0, "limit", 10, 99.8]], [[1, "market", 10]]
    )
    alone, together = fills(many, monkeypatch)
    assert (alone[0], alone[1]) == (together[0], together[1])
    assert alone[2] != together[2]  # at the close alone, at the low in the pack


def test_a_triggered_limit_order_moves_the_bid_for_the_next(tmp_path, monkeypatch):
    """A model that does not fill at the limit price asks if the bid is there; the fill before it has moved the bid."""
    bids = [100.02, 100.0, 99.98, 100.01, 99.98, 99.95, 99.95, 99.92, 99.92, 99.91]
    asks = [100.04, 100.03, 100.0, 100.04, 99.99, 99.96, 99.96, 99.94, 99.95, 99.94]
    quotes = [(T0 + n * SECOND, *both) for n, both in enumerate(zip(bids, asks, strict=True))]
    catalog = markets.write(tmp_path / "c", [STOCK], quotes=markets.quotes(STOCK, quotes, size=1000))
    fill = {"type": "BestPriceFillModel", "prob_fill_on_limit": 0.0, "random_seed": 1}
    many = trials(
        catalog, [QUOTES], "quotes",
        [[1, "stop_limit", -5, 99.99, 99.98]],
        [[3, "stop_limit", 5, 100.03, 100.06], [2, "stop_limit", 5, 99.99, 99.94], [1, "stop_limit", 5, 99.96, 100.04]],
        fill_model=fill,
    )  # fmt: skip
    alone, together = fills(many, monkeypatch)
    assert alone != together


def test_each_trial_of_the_examples_runs_isolated(tmp_path):
    prices = [(T0, 100.0), (T0 + SECOND, 99.0)]
    catalog = markets.write(tmp_path / "c", [STOCK], trades=markets.trades(STOCK, prices, size=1000))
    many = trials(catalog, [TRADES], "trades", [[0, "limit", 10, 99.5]], [[1, "market", 10]])
    resting, market = shared_run.run([(one, ()) for one in many])
    assert resting == "an order that rests while trades are replayed cannot be answered for one strategy of several"
    assert market.metrics == run(many[1]).metrics


@pytest.mark.parametrize(
    ("kinds", "order", "why"),
    [
        ((QUOTES,), OrderType.LIMIT, ""),
        ((QUOTES,), OrderType.STOP_LIMIT, "a limit order with a trigger"),
        ((QUOTES,), OrderType.TRAILING_STOP_MARKET, "a trailing stop"),
        ((BARS,), OrderType.STOP_MARKET, ""),
        ((BARS,), OrderType.LIMIT, "a limit order while bars"),
        ((TRADES,), OrderType.MARKET, ""),
        ((TRADES, BARS), OrderType.STOP_MARKET, "while trades are replayed"),
        ((QUOTES, BARS), OrderType.MARKET, ""),
        ((QUOTES, BARS), OrderType.LIMIT, "while both quotes and bars"),
    ],
)
@pytest.mark.parametrize("moves", [True, False], ids=["bars move the market", "bars are read only"])
def test_the_rules_follow_from_the_data(kinds, order, why, moves):
    entries: Any = [
        SimpleNamespace(kind=kind["type"], custom=None, identifiers=kind.get("bar_types", ())) for kind in kinds
    ]
    rules = OrderRules(entries, [{"bar_execution": moves}])
    sent: Any = SimpleNamespace(order_type=order, time_in_force=TimeInForce.GTC)
    refusal = rules.refusal([sent])
    assert (why in refusal) if moves or "bars" not in why else not refusal
    assert bool(refusal) == bool(why) or not moves


def test_an_order_that_expires_runs_alone():
    sent: Any = SimpleNamespace(order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTD)
    assert OrderRules([], []).refusal([sent]) == "an order that ends by itself"


def test_of_a_hundred_orders_in_a_second_the_last_makes_its_trial_run_alone():
    rules = OrderRules([], [])
    assert not rules.too_many(99, 5)
    assert not rules.too_many(1, 5 + SECOND + 1)
    assert rules.too_many(99, 5 + SECOND + 1) == "more orders than the engine takes"


def test_orders_of_many_trials_in_a_second_are_not_counted_together(tmp_path):
    """The engine denies the 101st of a second; 40 trials send 3 each."""
    rows = [(T0 + n * SECOND, 99.0, 100.0) for n in range(3)]
    catalog = markets.write(tmp_path / "c", [STOCK], quotes=markets.quotes(STOCK, rows, size=1000))
    orders = [[0, "market", 1], [0, "market", 1], [0, "market", 1]]
    many = trials(catalog, [QUOTES], "quotes", *([orders] * 40), [[0, "market", 1]] * 101)
    *outcomes, greedy = shared_run.run([(one, ()) for one in many])
    assert {o if isinstance(o, str) else o.fills for o in outcomes} == {run(many[0]).fills}
    assert run(many[-1]).metrics["orders_denied"] == 1
    assert greedy.startswith("more orders than the engine takes")


def test_a_command_names_instruments_by_ids_orders_and_positions_or_all_are_meant():
    spy, qqq, order = InstrumentId.from_str("SPY.ARCA"), InstrumentId.from_str("QQQ.ARCA"), ClientOrderId("O-1")
    cache = SimpleNamespace(
        order=lambda name: SimpleNamespace(instrument_id=qqq) if name == order else None,
        instrument_ids=lambda: [spy, qqq],
    )
    assert instruments_of(spy, cache) == {spy}
    assert instruments_of(SimpleNamespace(instrument_id=qqq), cache) == {qqq}
    assert instruments_of([order, spy], cache) == {spy, qqq}
    assert instruments_of([order], cache) == {qqq}
    assert instruments_of(ClientOrderId("O-2"), cache) == {spy, qqq}
    assert instruments_of(None, cache) == {spy, qqq}
