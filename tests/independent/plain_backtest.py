"""Resolved backtests (a JSON list on stdin) by NautilusTrader alone: all data at once, figures from the fills."""

import json
import sys
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from nautilus_trader import execution, model
from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import LoggerConfig, LogLevel
from nautilus_trader.persistence import ParquetDataCatalog

CONVERT: dict[str, Any] = {  # the arguments of venues and models that are not plain numbers
    "oms_type": model.OmsType.from_str,
    "account_type": model.AccountType.from_str,
    "base_currency": model.Currency.from_str,
    "commission": model.Money.from_str,
    "starting_balances": lambda balances: [model.Money.from_str(each) for each in balances],
    **dict.fromkeys(("default_leverage", "maker_rate", "taker_rate"), lambda number: Decimal(str(number))),
}


def load(path: str) -> Any:
    module, name = path.split(":")
    return getattr(import_module(module), name)


def argument(key: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return CONVERT.get(key, lambda same: same)(value)
    return getattr(execution, value["type"])(**{k: argument(k, v) for k, v in value.items() if k != "type"})


def main(backtest: dict[str, Any], *, with_fills: bool = False) -> dict[str, Any]:
    start, end = (int(datetime.fromisoformat(backtest["period"][k]).timestamp()) * 10**9 for k in ("start", "end"))
    catalog, (venue,), strategy = ParquetDataCatalog(backtest["catalog"]), backtest["venues"], backtest["strategy"]
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggerConfig(stdout_level=LogLevel.OFF)))
    engine.add_venue(model.Venue(venue["name"]), **{k: argument(k, v) for k, v in venue.items() if k != "name"})
    (name,) = (name for entry in backtest["data"] for name in entry.get("instruments") or ())
    engine.add_instrument(catalog.instruments([name])[0])
    engine.add_data(quotes := catalog.query_quote_ticks([name], start, end - 1))
    for kind in (load(entry["type"]) for entry in backtest["data"] if ":" in entry["type"]):
        model.register_custom_data_class(kind)
        events = catalog.query_custom_data(model.NautilusDataType.Custom(kind.__name__), None, start, end - 1)
        engine.add_data(events, client_id=model.ClientId("EVENTS"))
    fills = list[Any]()
    kind, config = load(strategy["path"]), load(strategy["config_path"])(**strategy["config"])
    engine.add_strategy(type("Plain", (kind,), {"on_order_filled": lambda self, fill: fills.append(fill)})(config))
    engine.run()
    net, cash, fees, closed = Decimal(0), Decimal(0), Decimal(0), list[Decimal]()
    for fill in fills:  # a trade is over where the net position is zero again
        signed = fill.last_qty.as_decimal() * (1 if fill.order_side == model.OrderSide.BUY else -1)
        net, cash, fees = net + signed, cash - signed * fill.last_px.as_decimal(), fees + fill.commission.as_decimal()
        if net == 0:
            closed.append(cash - fees - sum(closed))
    worth = net * (quotes[-1].bid_price if net > 0 else quotes[-1].ask_price).as_decimal()
    wins = sum(pnl > 0 for pnl in closed) / len(closed) if closed else None
    (equity,) = engine.portfolio.equity(model.Venue(venue["name"])).values()
    change = equity.as_decimal() - Decimal(venue["starting_balances"][0].split()[0])
    assert abs(cash + worth - fees - change) < Decimal("0.01"), "the account and the fills disagree"
    engine.dispose()
    figures = {"pnl_total": float(change), "win_rate": wins, "trades": len(closed), "fees": float(fees)}
    return figures | {"fills": [told(fill) for fill in fills]} if with_fills else figures


def told(fill: Any) -> list[Any]:
    amounts = (fill.last_qty.as_decimal(), fill.last_px.as_decimal(), fill.commission.as_decimal())
    return [int(fill.ts_event), fill.order_side.name, *map(float, amounts), str(fill.client_order_id)]


if __name__ == "__main__":
    told_all = "--fills" in sys.argv
    print(json.dumps([main(backtest, with_fills=told_all) for backtest in json.load(sys.stdin)]))  # noqa: T201
