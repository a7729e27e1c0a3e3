"""The engine's own `EmaCross` over quotes, as scripts run it: no Python is called while the market passes."""

from typing import Any

from nautilus_trader.model import Quantity
from nautilus_trader.persistence import ParquetDataCatalog
from nautilus_trader.trading import EmaCrossConfig

from benchmarks.peers import v2
from benchmarks.peers.follow import SPY


def config(setting: dict[str, Any]) -> EmaCrossConfig:
    """The config of one setting."""
    return EmaCrossConfig(instrument_id=SPY, trade_size=Quantity.from_int(100), **setting)


def trial(catalog: str, setting: dict[str, Any]) -> dict[str, float]:
    """One run as a script does it: everything loaded, one engine, thrown away."""
    backtest = v2.engine()
    backtest.add_data(ParquetDataCatalog(catalog).query_quote_ticks([str(SPY)]), sort=False, validate=False)
    backtest.sort_data()
    backtest.add_builtin_strategy("EmaCross", config(setting))
    backtest.run()
    figures = v2.figures(backtest)
    backtest.dispose()
    return figures
