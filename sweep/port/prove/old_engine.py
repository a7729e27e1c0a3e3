"""A program for the environment of NautilusTrader 1.231: one backtest of an old file, its positions as JSON.

    python old_engine.py JOB.json POSITIONS.json

It reads the Parquet files of a catalog of 2.0 itself: the objects of the old engine are made from their columns.
It is run by path in another environment, and knows nothing of the package it lies in.
"""
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportIndexIssue=false

import importlib
import importlib.util
import inspect
import json
import sys
import typing
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
from nautilus_trader.backtest import models
from nautilus_trader.backtest.config import BacktestEngineConfig
from nautilus_trader.backtest.engine import BacktestEngine
from nautilus_trader.common.config import msgspec_decoding_hook
from nautilus_trader.config import LoggingConfig
from nautilus_trader.model import data as types
from nautilus_trader.model import enums, instruments
from nautilus_trader.model.identifiers import ClientId, InstrumentId, TradeId, Venue
from nautilus_trader.model.objects import Currency, Money, Price, Quantity

FOLDERS = {"QuoteTick": "quotes", "TradeTick": "trades", "Bar": "bars", "OrderBookDelta": "order_book_deltas"}
FLAGS = (
    "bar_execution", "trade_execution", "reject_stop_orders", "support_contingent_orders", "use_reduce_only",
    "bar_adaptive_high_low_ordering", "liquidity_consumption", "support_gtd_orders",
)  # fmt: skip
AGGRESSOR = {"BUY": "BUYER", "SELL": "SELLER"}


def main(job_path: str, out: str) -> None:
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    for venue in job["venues"]:
        engine.add_venue(**arguments_of_venue(venue))
    instruments = {values["id"]: instrument(values, job) for values in job["instruments"]}
    for one in instruments.values():
        engine.add_instrument(one)
    sys.path[:0] = job["sys_path"][:2]
    sys.path += job["sys_path"][2:]
    for entry in job["data"]:
        add_data(engine, entry, job)
    for section, add in (
        ("actors", engine.add_actor), ("strategies", engine.add_strategy),
        ("exec_algorithms", engine.add_exec_algorithm),
    ):  # fmt: skip
        for component in job[section]:
            add(made(component, job, instruments))
    engine.run()
    cache = engine.cache
    positions = [*cache.positions(), *cache.position_snapshots()]
    result = {"positions": [position(p) for p in positions], "orders": len(cache.orders())}
    Path(out).write_text(json.dumps(result), encoding="utf-8")


def find(name: str, job: dict[str, Any], module: str = "") -> Any:
    """A class of the old files by its name, or of a module of the engine's."""
    if module:
        return getattr(importlib.import_module(module), name)
    path = job["classes"][name]
    loaded = [m for m in [*sys.modules.values()] if getattr(m, "__file__", None) == path]
    return getattr(loaded[0] if loaded else load(path), name)


def load(path: str) -> Any:
    """An old file as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def made(component: dict[str, Any], job: dict[str, Any], instruments: dict[str, Any]) -> Any:
    """A component with its settings, whether it takes a config, or takes them one by one, or none."""
    module = component.get("module", "")
    kind = find(component["class"], job, module)
    hints = typing.get_type_hints(kind.__init__)
    parameters = [p for p in inspect.signature(kind.__init__).parameters if p != "self"]
    values = dict(component["config"])
    config = component["config_class"]
    if config is None:
        taken = {
            name: typed(values, name, hints.get(name, Any), instruments) for name in parameters if has(values, name)
        }
        return kind(**taken)
    config_kind = find(config, job, module)
    fields = typing.get_type_hints(config_kind)
    settings = {name: typed(values, name, kind, instruments) for name, kind in fields.items() if has(values, name)}
    return kind(config_kind(**settings))


def has(values: dict[str, Any], name: str) -> bool:
    return name in values or f"{name}_id" in values


def typed(values: dict[str, Any], name: str, kind: Any, instruments: dict[str, Any]) -> Any:
    """A plain value as the old config has it; an instrument by its id."""
    if name not in values:
        return instruments[values[f"{name}_id"]]
    if kind is Any:
        return values[name]
    if isinstance(kind, type) and kind.__name__ in {"InstrumentId", "BarType", "Venue"}:
        return kind.from_str(values[name]) if hasattr(kind, "from_str") else kind(values[name])
    if kind is Decimal:
        return Decimal(str(values[name]))
    if isinstance(kind, type) and isinstance(values[name], str) and hasattr(kind, "__members__"):
        return kind[values[name]]
    return msgspec.convert(values[name], kind, strict=False, dec_hook=msgspec_decoding_hook)


def arguments_of_venue(section: dict[str, Any]) -> dict[str, Any]:
    """The venue of a spec in the terms of the old engine."""
    base = section.get("base_currency")
    money = [Money.from_str(str(text).replace("_", "")) for text in section["starting_balances"]]
    arguments: dict[str, Any] = {
        "venue": Venue(section["name"]),
        "oms_type": enums.OmsType[section.get("oms_type", "NETTING")],
        "account_type": enums.AccountType[section.get("account_type", "MARGIN")],
        "base_currency": Currency.from_str(base) if base else None,
        "starting_balances": money,
        "book_type": enums.BookType[section.get("book_type", "L1_MBP")],
    }
    if "default_leverage" in section:
        arguments["default_leverage"] = Decimal(str(section["default_leverage"]))
    arguments |= {name: section[name] for name in FLAGS if name in section}
    for name, make in (("fill_model", fill_model), ("fee_model", fee_model), ("latency_model", latency_model)):
        if name in section:
            arguments[name] = make(dict(section[name]))
    return arguments


def fill_model(section: dict[str, Any]) -> Any:
    kind = {"DefaultFillModel": "FillModel"}.get(section["type"], section["type"])
    return getattr(models, kind)(**{name: value for name, value in section.items() if name != "type"})


def fee_model(section: dict[str, Any]) -> Any:
    """Rates are the instruments' in the old engine; fixed fees are a model of its own."""
    if section["type"] == "MakerTakerFeeModel":
        return models.MakerTakerFeeModel()
    values = {n: Money.from_str(str(v)) if isinstance(v, str) else v for n, v in section.items() if n != "type"}
    return getattr(models, section["type"])(**values)


def latency_model(section: dict[str, Any]) -> Any:
    return models.LatencyModel(**{name: value for name, value in section.items() if name != "type"})


def instrument(values: dict[str, Any], job: dict[str, Any]) -> Any:
    """The definition, with the fees that the venue of the spec takes."""
    fees = next((v.get("fee_model", {}) for v in job["venues"] if values["id"].endswith(f".{v['name']}")), {})
    kind = getattr(instruments, values["type"])
    fields = {**values, "tick_scheme_name": values.get("tick_scheme"), "info": values.get("info") or None}
    fields |= {"maker_fee": str(fees.get("maker_rate", 0)), "taker_fee": str(fees.get("taker_rate", 0))}
    return kind.from_dict(fields)


def add_data(engine: Any, entry: dict[str, Any], job: dict[str, Any]) -> None:
    kind = entry["type"]
    if ":" in kind:
        add_custom(engine, kind.partition(":")[2], job)
        return
    names = entry.get("bar_types") or entry["instruments"]
    for name in names:
        for table, metadata in tables(job, FOLDERS[kind], name):
            objects = MAKERS[kind](table, metadata, name)
            if objects:
                engine.add_data(objects)


def tables(job: dict[str, Any], folder: str, name: str) -> Any:
    """The rows of the period, from each file of an identifier."""
    start, end = job["period"]
    for path in sorted(Path(job["catalog"], "data", folder).rglob("*.parquet")):
        table = pq.read_table(path)
        metadata = {
            k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items() if not k.startswith(b"ARROW")
        }
        if name and name not in {metadata.get("bar_type"), metadata.get("instrument_id")}:
            continue
        columns = {column: table.column(column).to_pylist() for column in table.column_names if column[:3] != "ts_"}
        columns |= {c: table.column(c).cast("int64").to_pylist() for c in ("ts_event", "ts_init")}
        rows = [i for i, ts in enumerate(columns["ts_init"]) if start <= ts < end]
        yield {column: [values[i] for i in rows] for column, values in columns.items()}, metadata


def quotes(columns: dict[str, Any], metadata: dict[str, str], name: str) -> list[Any]:
    identifier, p, s = InstrumentId.from_str(name), int(metadata["price_precision"]), int(metadata["size_precision"])
    rows = zip(
        *(columns[c] for c in ("bid_price", "ask_price", "bid_size", "ask_size", "ts_event", "ts_init")), strict=True
    )
    return [
        types.QuoteTick(identifier, Price(b, p), Price(a, p), Quantity(x, s), Quantity(y, s), e, i)
        for b, a, x, y, e, i in rows
    ]


def trades(columns: dict[str, Any], metadata: dict[str, str], name: str) -> list[Any]:
    identifier, p, s = InstrumentId.from_str(name), int(metadata["price_precision"]), int(metadata["size_precision"])
    rows = zip(
        *(columns[c] for c in ("price", "size", "aggressor_side", "trade_id", "ts_event", "ts_init")), strict=True
    )
    return [
        types.TradeTick(
            identifier, Price(x, p), Quantity(q, s), enums.AggressorSide[AGGRESSOR.get(a, a)], TradeId(t), e, i
        )
        for x, q, a, t, e, i in rows
    ]


def bars(columns: dict[str, Any], metadata: dict[str, str], name: str) -> list[Any]:
    kind, p, s = types.BarType.from_str(name), int(metadata["price_precision"]), int(metadata["size_precision"])
    rows = zip(*(columns[c] for c in ("open", "high", "low", "close", "volume", "ts_event", "ts_init")), strict=True)
    return [types.Bar(kind, *(Price(x, p) for x in prices), Quantity(v, s), e, i) for *prices, v, e, i in rows]


def deltas(columns: dict[str, Any], metadata: dict[str, str], name: str) -> list[Any]:
    identifier, p, s = InstrumentId.from_str(name), int(metadata["price_precision"]), int(metadata["size_precision"])
    names = ("action", "side", "price", "size", "order_id", "flags", "sequence", "ts_event", "ts_init")
    objects = []
    for action, side, price, size, order, flags, sequence, event, init in zip(
        *(columns[c] for c in names), strict=True
    ):
        book = types.BookOrder(
            enums.OrderSide[side or "NO_ORDER_SIDE"], Price(price or 0, p), Quantity(size or 0, s), order
        )
        objects.append(types.OrderBookDelta(identifier, enums.BookAction[action], book, flags, sequence, event, init))
    return objects


MAKERS = {"QuoteTick": quotes, "TradeTick": trades, "Bar": bars, "OrderBookDelta": deltas}


def add_custom(engine: Any, name: str, job: dict[str, Any]) -> None:
    """Events of the user's own, as the class of that name in the old file."""
    kind = find(name, job)
    hints = typing.get_type_hints(kind)
    objects = []
    for columns, _ in tables(job, f"custom/{name}", ""):
        fields = [field for field in columns if field in hints or field in {"ts_event", "ts_init"}]
        for row in zip(*(columns[field] for field in fields), strict=True):
            values = {
                f: InstrumentId.from_str(v) if hints.get(f) is InstrumentId else v
                for f, v in zip(fields, row, strict=True)
            }
            objects.append(types.CustomData(types.DataType(kind), kind(**values)))
    if objects:
        engine.add_data(objects, client_id=ClientId("CUSTOM"))


def position(p: Any) -> dict[str, Any]:
    side = "LONG" if p.entry == enums.OrderSide.BUY else "SHORT"
    return {
        "time": p.ts_opened, "instrument": str(p.instrument_id), "side": side,
        "size": float(p.peak_qty), "price": p.avg_px_open, "exit_time": p.ts_closed or None,
        "exit_price": p.avg_px_close if p.ts_closed else None,
    }  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
