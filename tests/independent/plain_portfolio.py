"""Backtests of several components (a JSON list on stdin) by NautilusTrader alone: figures from the fills."""

import json
import sys
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from nautilus_trader import execution, model, trading
from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import LoggerConfig, LogLevel
from nautilus_trader.persistence import ParquetDataCatalog


def load(path: str) -> Any:
    module, name = path.split(":")
    return getattr(import_module(module), name)


def typed(values: dict[str, Any], *, native: bool = False) -> dict[str, Any]:
    """Values of a config; the built-in ones take quantities."""
    convert = {"instrument_id": model.InstrumentId.from_str}
    if native:
        convert |= dict.fromkeys(("trade_size", "max_position"), lambda n: model.Quantity.from_str(str(n)))
    return {k: convert.get(k, lambda same: same)(v) for k, v in values.items()}


def made(item: dict[str, Any]) -> Any:
    if "config_path" not in item:
        return load(item["path"])(**item["config"])
    return load(item["path"])(load(item["config_path"])(**typed(item["config"])))


def venue(engine: BacktestEngine, section: dict[str, Any]) -> None:
    fee = section["fee_model"]
    engine.add_venue(
        venue=model.Venue(section["name"]), oms_type=model.OmsType.NETTING,
        account_type=model.AccountType.from_str(section["account_type"]), base_currency=model.Currency.from_str("USD"),
        starting_balances=[model.Money.from_str(each) for each in section["starting_balances"]],
        default_leverage=Decimal(section["default_leverage"]),
        fee_model=execution.PerContractFeeModel(model.Money.from_str(fee["commission"])),
    )  # fmt: skip


def components(engine: BacktestEngine, backtest: dict[str, Any]) -> None:
    for item in backtest.get("actors", []):
        actor = made(item)
        if sum(a["path"] == item["path"] for a in backtest["actors"]) > 1:  # the engine takes a class's name once
            actor = type(item["name"], (load(item["path"]),), {})(load(item["config_path"])(**typed(item["config"])))
        engine.add_actor(actor)
    for n, item in enumerate(backtest["strategies"]):
        if "native" in item:
            kind = getattr(trading, f"{item['native']}Config")
            ids = {"strategy_id": model.StrategyId(f"{item['native']}-{n:03d}"), "order_id_tag": f"{n:03d}"}
            engine.add_builtin_strategy(item["native"], kind(**typed(item["config"], native=True), **ids))
        else:
            engine.add_strategy(made(item))
    for item in backtest.get("exec_algorithms", []):
        if "native" in item:
            ident = model.ExecAlgorithmId(item["name"])
            engine.add_native_exec_algorithm("TwapAlgorithm", trading.ExecutionAlgorithmConfig(exec_algorithm_id=ident))
        else:
            engine.add_exec_algorithm(made(item))


def boss(section: dict[str, Any] | None) -> Any:
    if section is None:
        return None
    return trading.ImportableControllerConfig(section["path"], section["config_path"], typed(section["config"]))


def main(backtest: dict[str, Any]) -> dict[str, Any]:
    start, end = (int(datetime.fromisoformat(backtest["period"][k]).timestamp()) * 10**9 for k in ("start", "end"))
    catalog = ParquetDataCatalog(backtest["catalog"])
    logging = LoggerConfig(stdout_level=LogLevel.OFF)
    engine = BacktestEngine(BacktestEngineConfig(logging=logging, controller=boss(backtest.get("controller"))))
    for section in backtest["venues"]:
        venue(engine, section)
    names = [name for entry in backtest["data"] for name in entry["instruments"]]
    for instrument in catalog.instruments(names):
        engine.add_instrument(instrument)
    engine.add_data(catalog.query_quote_ticks(names, start, end - 1))
    components(engine, backtest)
    engine.run()
    change = Decimal(0)
    for section in backtest["venues"]:
        (equity,) = engine.portfolio.equity(model.Venue(section["name"])).values()
        change += equity.as_decimal() - Decimal(section["starting_balances"][0].split()[0])
    figures = by_strategy(engine)
    gap = abs(sum(f["pnl"] for f in figures.values()) - float(change))
    assert gap < 0.1, "the accounts and the fills disagree"  # the engine books each part of a position in whole cents
    closed = [pnl for f in figures.values() for pnl in f.pop("closed")]
    engine.dispose()
    return {
        "pnl_total": float(change), "trades": len(closed), "fees": sum(f["fees"] for f in figures.values()),
        "win_rate": sum(pnl > 0 for pnl in closed) / len(closed) if closed else None, "strategies": figures,
    }  # fmt: skip


def by_strategy(engine: BacktestEngine) -> dict[str, Any]:
    """Of each strategy its PnL, fees and closed trades: a trade is over where its net position is zero again."""
    fills = [e for o in engine.cache.orders() for e in o.events() if isinstance(e, model.OrderFilled)]
    books: dict[tuple[str, Any], dict[str, Any]] = defaultdict(
        lambda: {"net": Decimal(0), "cash": Decimal(0), "fees": Decimal(0), "closed": []}
    )
    for fill in sorted(fills, key=lambda f: (f.ts_event, int(str(f.trade_id).rpartition("-")[2]))):
        book = books[str(fill.strategy_id), fill.instrument_id]
        signed = fill.last_qty.as_decimal() * (1 if fill.order_side == model.OrderSide.BUY else -1)
        book["net"] += signed
        book["cash"] -= signed * fill.last_px.as_decimal()
        book["fees"] += fill.commission.as_decimal()
        if book["net"] == 0:
            book["closed"].append(book["cash"] - book["fees"] - sum(book["closed"]))
    figures: dict[str, Any] = {}
    for (strategy, instrument), book in books.items():
        last = engine.cache.quote(instrument)
        worth = book["net"] * (last.bid_price if book["net"] > 0 else last.ask_price).as_decimal()
        one = figures.setdefault(strategy, {"pnl": 0.0, "fees": 0.0, "trades": 0, "closed": []})
        one["pnl"] += float(book["cash"] + worth - book["fees"])
        one["fees"] += float(book["fees"])
        one["trades"] += len(book["closed"])
        one["closed"] += list(map(float, book["closed"]))
    return figures


if __name__ == "__main__":
    print(json.dumps([main(backtest) for backtest in json.load(sys.stdin)]))  # noqa: T201
