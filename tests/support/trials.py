"""Resolved backtests for tests, as plain data."""

from copy import deepcopy
from typing import Any

STRATEGIES = "tests.support.strategies"
FREE = {"type": "MakerTakerFeeModel", "maker_rate": 0, "taker_rate": 0}


def venue(name: str = "ARCA", **keys: Any) -> dict[str, Any]:
    """A NETTING margin account of 100,000 USD without fees or leverage."""
    return {
        "name": name,
        "oms_type": "NETTING",
        "account_type": "MARGIN",
        "base_currency": "USD",
        "starting_balances": ["100_000 USD"],
        "default_leverage": 1,
        "fee_model": FREE,
    } | keys


def strategy(name: str = "Scripted", config: str | None = "ScriptedConfig", **values: Any) -> dict[str, Any]:
    """A strategy of tests/support/strategies.py."""
    path = None if config is None else f"{STRATEGIES}:{config}"
    return {"path": f"{STRATEGIES}:{name}", "config_path": path, "config": values}


def trial(
    catalog: str,
    plan: dict[str, Any],
    *,
    instruments: tuple[str, ...] = ("SPY.ARCA",),
    venues: list[dict[str, Any]] | None = None,
    start: str = "2026-05-04T00:00:00Z",
    end: str = "2026-05-09T00:00:00Z",
    data: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """A backtest on quotes of these instruments, in the week of 4 May 2026."""
    quotes = [{"type": "QuoteTick", "instruments": list(instruments)}]
    return deepcopy(
        {
            "catalog": catalog,
            "period": {"start": start, "end": end},
            "data": quotes if data is None else data,
            "venues": [venue()] if venues is None else venues,
            "strategy": plan,
        }
    )
