"""Metrics of a user's own."""

import random
import re
from contextlib import suppress
from dataclasses import FrozenInstanceError
from zlib import crc32

from sweep.backtest.records import BacktestRecord


def overwriting(trial):
    try:
        trial.figures["pnl_total"] = 123_456_789.0
    except TypeError:
        pass
    else:
        return 1.0
    for name in ("orders", "fills", "positions", "days", "balances"):
        if hasattr(getattr(trial, name), "append"):
            return 2.0
    if trial.config and hasattr(trial.config.get("orders"), "append"):
        return 3.0
    object.__setattr__(trial.fills[0], "price", 0.0)
    return 0.0


def digging(trial):
    """Writes into all that it reaches through the functions of its record."""
    whole = trial.mids.__closure__[0].cell_contents
    reached = [whole, whole.events.__wrapped__.args[0], *whole.mids.__wrapped__.__closure__]
    whole.figures["pnl_total"] = 123_456_789.0
    for each in reached:
        for name in ("equity", "days", "warnings", "entries"):
            with suppress(AttributeError, TypeError, FrozenInstanceError):
                getattr(each, name).clear()
            with suppress(AttributeError, TypeError, FrozenInstanceError):
                setattr(each, name, [])
    return 1.0


def exiting(trial):
    raise SystemExit(3)


def beyond_all_floats(trial):
    return 10**400


def fills_per_day(trial: BacktestRecord, factor: float = 1.0) -> float:
    return factor * len(trial.fills) / len(trial.days)


def twice_the_fees(trial: BacktestRecord) -> float:
    return 2 * (trial.figures["fees"] or 0.0)


def failing(_trial: BacktestRecord) -> float:
    raise ZeroDivisionError("no trades")


def not_a_number(_trial: BacktestRecord) -> float:
    return float("nan")


def nothing(_trial: BacktestRecord) -> None:
    return None


def without_a_trial() -> float:
    return 0.0


def everything(trial: BacktestRecord) -> int:
    """A checksum of all that a trial tells, but for its balances and the random end of ids of positions."""
    rows = (trial.days, trial.orders, trial.fills, trial.positions, trial.mids(), trial.events("Score"))
    figures = (trial.currency, trial.equity_start, dict(trial.figures), dict(trial.config), trial.returns)
    return crc32(re.sub(r"-\w{8}(-\w{4}){3}-\w{12}", "", f"{figures} {rows}").encode())


def lowest_balance(trial: BacktestRecord) -> float:
    try:
        return min((balance.total for balance in trial.balances), default=0.0)
    except BaseException:  # noqa: BLE001 (as careless code does)
        return 0.0


def drawn(_trial: BacktestRecord) -> float:
    random.seed(5)
    return random.random()


class WithoutTextError(Exception):
    """An exception whose text cannot be shown."""

    def __str__(self) -> str:
        raise self


def without_text(_: object) -> float:
    """A metric that raises one."""
    raise WithoutTextError
