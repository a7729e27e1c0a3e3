"""Denied orders: a strategy hears of each of them."""

from types import SimpleNamespace

from nautilus_trader.model import ClientOrderId, InstrumentId, StrategyId, TraderId

from sweep.backtest.risk.denial import deny, members


def test_each_order_is_denied_with_its_ids_and_the_reason():
    heard = []
    strategy = SimpleNamespace(
        on_order_denied=lambda e: heard.append(("denied", str(e.client_order_id), e.reason, e.ts_event)),
        on_order_event=lambda e: heard.append(("event", str(e.client_order_id), e.reason, e.ts_event)),
    )
    ids = {"trader_id": TraderId("T-1"), "strategy_id": StrategyId("S-1")}
    orders = [
        SimpleNamespace(**ids, instrument_id=InstrumentId.from_str("SPY.ARCA"), client_order_id=ClientOrderId(name))
        for name in ("O-1", "O-2")
    ]
    deny(strategy, members(SimpleNamespace(orders=orders)), "because", 5)
    assert heard == [(kind, name, "because", 5) for name in ("O-1", "O-2") for kind in ("denied", "event")]
