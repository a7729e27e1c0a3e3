"""Configs of the engine's parts from plain data: every key by the engine's own name, strictly."""

from collections.abc import Mapping
from typing import Any

from nautilus_trader.common import CacheConfig
from nautilus_trader.data import DataEngineConfig
from nautilus_trader.execution import ExecutionEngineConfig
from nautilus_trader.portfolio import PortfolioConfig
from nautilus_trader.risk import RiskEngineConfig

from sweep.backtest.user_code import classes
from sweep.common.json_values import is_mapping
from sweep.errors import Problem

PARTS: dict[str, Any] = {
    "cache": CacheConfig,
    "data_engine": DataEngineConfig,
    "risk_engine": RiskEngineConfig,
    "exec_engine": ExecutionEngineConfig,
    "portfolio": PortfolioConfig,
}
REFUSED = {  # keys whose effect would be a wrong figure, or none
    "exec_engine.load_cache": "a trial begins with nothing",
    "exec_engine.external_clients": "their orders would never be filled",
    "exec_engine.purge_closed_orders_interval_mins": "figures are computed from all orders",
    "exec_engine.purge_closed_orders_buffer_mins": "figures are computed from all orders",
    "exec_engine.purge_closed_positions_interval_mins": "figures are computed from all positions",
    "exec_engine.purge_closed_positions_buffer_mins": "figures are computed from all positions",
    "exec_engine.purge_account_events_interval_mins": "figures are computed from all account events",
    "exec_engine.purge_account_events_lookback_mins": "figures are computed from all account events",
    "exec_engine.purge_from_database": "a trial has no database",
    "data_engine.external_clients": "their data would never come",
}


def build(settings: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """The config of each part that has settings; mistakes go to `problems`."""
    configs: dict[str, Any] = {}
    for part, values in settings.items():
        where = f"engine.{part}"
        if not is_mapping(values):
            problems.append(Problem(where, "must be a mapping", values))
            continue
        refused = {key: why for key in values if (why := REFUSED.get(f"{part}.{key}"))}
        problems += [
            Problem(f"{where}.{k}", f"cannot be set: {why}", values[k], "leave it out") for k, why in refused.items()
        ]
        if not refused and (config := classes.build(PARTS[part], values, where, problems)):
            configs[part] = config
    return configs
