"""Bars alone, or the quotes of several instruments, as scripts run them (benchmarks/peers/turning.py)."""

from decimal import Decimal
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
from nautilus_trader.model import (
    Bar,
    BarType,
    Currency,
    Equity,
    InstrumentId,
    Price,
    Quantity,
    QuoteTick,
    Symbol,
)
from nautilus_trader.persistence import ParquetDataCatalog

from benchmarks.peers import market, v2
from benchmarks.peers.market import BARS, names
from benchmarks.peers.turning import Turns, TurnsConfig

ROWS = 500_000  # written at a time


def equity(name: str) -> Equity:
    one, half = Decimal(1), Decimal("0.5")
    dollar, share = Currency.from_str("USD"), Quantity.from_int(1)
    fields: dict[str, Any] = {"lot_size": share, "margin_init": one, "margin_maint": half}
    identity = InstrumentId.from_str(name)
    return Equity(identity, Symbol(name.partition(".")[0]), dollar, 2, Price.from_str("0.01"), 0, 0, **fields)


def write(path: str, count: int, instruments: int, *, bars: bool) -> None:
    """A catalog with `count` quotes, or bars, of each instrument."""
    Path(path).mkdir(parents=True)
    catalog = ParquetDataCatalog(path)
    catalog.write_instruments([equity(name) for name in names(instruments)])
    for n, name in enumerate(names(instruments)):
        identity = InstrumentId.from_str(name)
        for rows in batched(_bars(name, count) if bars else _quotes(identity, count, 7 + n), ROWS, strict=False):
            (catalog.write_bars if bars else catalog.write_quote_ticks)(list(rows))


def _quotes(identity: InstrumentId, count: int, seed: int) -> Any:
    columns = [column.tolist() for column in market.quotes(count, seed).values()]
    for ts, bid, ask, size in zip(*columns, strict=True):
        yield QuoteTick(
            identity, Price(bid / 100, 2), Price(ask / 100, 2), Quantity(size, 0), Quantity(size, 0), ts, ts
        )


def _bars(name: str, count: int) -> Any:
    """A bar a minute, of twelve prices each."""
    prices = market.quotes(12 * count)["bid"].reshape(count, 12)
    kind, volume = BarType.from_str(name + BARS), Quantity.from_int(10_000)
    columns = np.stack([prices[:, 0], prices.max(axis=1), prices.min(axis=1), prices[:, -1]], axis=1).tolist()
    for n, of_bar in enumerate(columns):
        ts = (market.START + 60 * (n + 1)) * market.NANOS
        yield Bar(kind, *(Price(each / 100, 2) for each in of_bar), volume, ts, ts)


def trial(catalog: str, setting: dict[str, Any]) -> dict[str, float]:
    """One run as a script does it: everything loaded, one engine, thrown away."""
    backtest, data, instruments = v2.engine(), ParquetDataCatalog(catalog), names(setting["instruments"])
    for name in instruments[1:]:
        backtest.add_instrument(equity(name))
    for name in instruments:
        rows = data.query_bars([name + BARS]) if setting.get("bars") else data.query_quote_ticks([name])
        backtest.add_data(rows, sort=False, validate=False)
    backtest.sort_data()
    backtest.add_strategy(Turns(TurnsConfig(**setting)))
    backtest.run()
    figures = v2.figures(backtest)
    backtest.dispose()
    return figures
