"""The same market and the same strategy on NautilusTrader 2, as scripts run it."""

import os
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

os.environ.setdefault("NAUTILUS_WORKER_THREADS", "1")

from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig
from nautilus_trader.common import LoggerConfig, LogLevel
from nautilus_trader.execution import MakerTakerFeeModel
from nautilus_trader.model import (
    AccountType,
    ClientId,
    Currency,
    CustomData,
    DataType,
    Equity,
    Money,
    NautilusDataType,
    OmsType,
    Price,
    Quantity,
    QuoteTick,
    Symbol,
    Venue,
    register_custom_data_class,
)
from nautilus_trader.persistence import ParquetDataCatalog

from benchmarks.peers import market
from benchmarks.peers.follow import SPY, Follow, FollowConfig, Signal

BALANCE = 1_000_000
ROWS = 2_000_000  # of a file


def write(path: str, count: int, every: int = market.EVERY) -> None:
    """A catalog with `count` quotes and the signals among them."""
    register_custom_data_class(Signal)
    Path(path).mkdir(parents=True)
    catalog = ParquetDataCatalog(path)
    catalog.write_instruments([_spy()])
    columns = list(market.quotes(count).values())
    for first in range(0, count, ROWS):
        rows = zip(*(column[first : first + ROWS].tolist() for column in columns), strict=True)
        catalog.write_quote_ticks(
            [
                QuoteTick(SPY, Price(b / 100, 2), Price(a / 100, 2), Quantity(s, 0), Quantity(s, 0), ts, ts)
                for ts, b, a, s in rows
            ]
        )
    columns = [column.tolist() for column in market.signals(count, every=every).values()]
    times = [{"ts_event": ts, "ts_init": ts} for ts in columns[0]]
    scored = [Signal(score=float(x), side=s, **at) for at, x, s in zip(times, *columns[1:], strict=True)]
    catalog.write_custom_data([CustomData(DataType("Signal"), each) for each in scored])


def _spy() -> Equity:
    return Equity(
        SPY,
        Symbol("SPY"),
        Currency.from_str("USD"),
        2,
        Price.from_str("0.01"),
        0,
        0,
        lot_size=Quantity.from_int(1),
        margin_init=Decimal(1),
        margin_maint=Decimal("0.5"),
    )


def free() -> MakerTakerFeeModel:
    """No fees, which NautilusTrader 2 wants to be said."""
    return MakerTakerFeeModel(maker_rate=Decimal(0), taker_rate=Decimal(0))


def engine() -> BacktestEngine:
    """An engine with its venue and instrument, without data."""
    backtest = BacktestEngine(BacktestEngineConfig(logging=LoggerConfig(stdout_level=LogLevel.OFF), run_analysis=False))
    backtest.add_venue(
        Venue("XNAS"),
        oms_type=OmsType.NETTING,
        account_type=AccountType.MARGIN,
        base_currency=Currency.from_str("USD"),
        starting_balances=[Money(BALANCE, Currency.from_str("USD"))],
        fee_model=free(),
    )
    backtest.add_instrument(_spy())
    return backtest


def load(catalog: str) -> tuple[list[Any], list[Any]]:
    """All quotes and all signals of a catalog."""
    register_custom_data_class(Signal)
    data = ParquetDataCatalog(catalog)
    return data.query_quote_ticks([str(SPY)]), data.query_custom_data(NautilusDataType.Custom("Signal"))


def fill(backtest: BacktestEngine, data: tuple[list[Any], list[Any]]) -> None:
    """Hand the engine its data."""
    backtest.add_data(data[0], sort=False, validate=False)
    if data[1]:
        backtest.add_data(data[1], client_id=ClientId("SIGNALS"), sort=False)
    backtest.sort_data()


def figures(backtest: BacktestEngine) -> dict[str, float]:
    """The figures of a run."""
    (balance,) = backtest.cache.account_for_venue(SPY.venue).balances_total().values()
    filled = sum(order.filled_qty.as_decimal() > 0 for order in backtest.cache.orders())
    return {"pnl": round(float(balance.as_decimal()) - BALANCE, 2), "filled": filled}


def trial(catalog: str, setting: dict[str, Any]) -> dict[str, float]:
    """One run as a script does it: everything loaded, one engine, thrown away."""
    backtest = engine()
    fill(backtest, load(catalog))
    backtest.add_strategy(Follow(FollowConfig(**setting)))
    backtest.run()
    result = figures(backtest)
    backtest.dispose()
    return result


def reset(catalog: str, settings: Iterable[dict[str, float]]) -> Iterator[dict[str, float]]:
    """The how-to's fastest pattern: one engine, loaded once, reset between the runs."""
    backtest, data = engine(), load(catalog)
    fill(backtest, data)
    for n, setting in enumerate(settings):
        if n:
            backtest.reset()
            backtest.clear_strategies()
        backtest.add_strategy(Follow(FollowConfig(**setting)))
        backtest.run()
        yield figures(backtest)
