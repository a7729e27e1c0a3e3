"""Denied orders: the engine denies them, and a strategy hears the reason of the limit."""

from typing import Any, ClassVar

import pytest
from nautilus_trader.model import ExecAlgorithmId, OrderSide, Price, Quantity, TriggerType

from sweep.backtest.accounting.reconciliation import REFUSED, refusal
from sweep.backtest.engine.backtest_run import run
from sweep.backtest.records import BacktestRecord, Hooks
from sweep.backtest.risk.denial import members
from tests.backtest.risk.test_monitor import market
from tests.support.strategies import SPY, Scripted
from tests.support.trials import trial

TEN = Quantity.from_int(10)


class Everything(Scripted):
    """Ten at the first quote; then an order of each kind, all of which the limit refuses."""

    heard: ClassVar[list[tuple[str, str, str]]] = []
    states: ClassVar[list[tuple[str, bool]]] = []

    def on_start(self) -> None:
        super().on_start()
        Everything.heard.clear()
        self.orders: list[Any] = []
        self.quotes = 0

    def on_quote(self, _quote: Any) -> None:
        self.quotes += 1
        if self.quotes == 1:
            self.trade(10)
        if self.quotes == 3:
            self.send()
        if self.quotes == 4:
            ids = [o.client_order_id for o in self.orders]
            Everything.states[:] = [(self.cache.order(i).status.name, self.cache.is_order_closed(i)) for i in ids]

    def send(self) -> None:
        make, low, high = self.order_factory, Price.from_str("50.00"), Price.from_str("150.00")
        sliced = {"exec_algorithm_id": ExecAlgorithmId("TWAP"), "exec_algorithm_params": {"horizon_secs": "9"}}
        self.orders = [
            make.market(SPY, OrderSide.BUY, TEN),
            make.market(SPY, OrderSide.BUY, TEN, **sliced),
            make.limit(SPY, OrderSide.BUY, TEN, low, tags=["mine"]),
            make.limit(SPY, OrderSide.BUY, TEN, low, emulation_trigger=TriggerType.BID_ASK),
            make.stop_market(SPY, OrderSide.BUY, TEN, high, TriggerType.DEFAULT),
        ]
        for order in self.orders:
            self.submit_order(order)
        bracket = make.bracket(
            instrument_id=SPY, order_side=OrderSide.BUY, quantity=TEN, tp_price=high, sl_trigger_price=low
        )
        self.orders += bracket
        self.submit_order_list(bracket)

    def on_order_denied(self, event: Any) -> None:
        Everything.heard.append(("denied", str(event.client_order_id), event.reason))

    def on_order_event(self, event: Any) -> None:
        if type(event).__name__ == "OrderDenied":
            Everything.heard.append(("event", str(event.client_order_id), event.reason))


def test_orders_of_every_kind_are_denied_with_the_reason_of_the_limit(tmp_path):
    records: list[BacktestRecord] = []
    plan = {"path": f"{__name__}:Everything", "config_path": "tests.support.strategies:ScriptedConfig", "config": {}}
    whole = trial(market(tmp_path, [100] * 5), plan) | {"risk": {"max_trades_per_day": 1}}
    outcome = run(whole, look=Hooks(keep=records.append))
    reason = "risk: max_trades_per_day has stopped trading"
    ids = [name for kind, name, _ in Everything.heard if kind == "denied"]
    assert len(set(ids)) == 8
    assert sorted(Everything.heard) == sorted((kind, name, reason) for kind in ("denied", "event") for name in ids)
    assert Everything.states == [("DENIED", True)] * 8, "the cache must call a denied order closed"
    figures = {name: outcome.metrics[name] for name in ("orders", "orders_refused", "orders_denied", "fills")}
    assert figures == {"orders": 9, "orders_refused": 8, "orders_denied": 0, "fills": 1}
    assert not any("DENIED" in warning for warning in outcome.warnings)
    assert [(o.status, o.reason, o.tags) for o in records[0].orders[1:]] == [("DENIED", reason, "")] * 8


@pytest.mark.parametrize(
    ("risk", "trades", "pnl"),
    [({"max_trades_per_day": 1}, 2, 2 * 501.0), ({"max_position": 50}, 0, 0.0), ({"max_position": 100}, 4, 4 * 501.0)],
)
def test_a_bracket_strategy_goes_on_after_its_orders_were_denied(tmp_path, risk, trades, pnl):
    # Each day 100 are bought at 100.01; the target is 105.02. It may enter again at 100, and does so unless refused.
    day = [100, 100, 106, 100, 100, 106, 106]
    config = {"instrument_id": "SPY.ARCA", "trade_size": 100, "tp_pct": 5, "sl_pct": 5, "entries": [0, 3, 7, 10]}
    paths = {
        "path": "tests.support.brackets:ScriptedBracket",
        "config_path": "tests.support.brackets:ScriptedBracketConfig",
    }
    outcome = run(trial(market(tmp_path, day, day), {**paths, "config": config}) | {"risk": risk})
    assert (outcome.metrics["trades"], outcome.metrics["pnl_total"]) == (trades, pytest.approx(pnl))
    assert outcome.metrics["orders_refused"] == 3 * (4 - trades)


def test_a_tag_of_a_strategy_is_no_refusal():
    class Order:
        tags: ClassVar[list[str]] = ["SWEEP-RISK"]

    assert refusal(Order()) == ""
    Order.tags.append(f"{REFUSED}because")
    assert refusal(Order()) == "because"
    assert members([1, 2]) == [1, 2]
