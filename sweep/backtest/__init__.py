"""One trial that cannot lie: plain data in, plain data out. The only place that builds engines.

The engine is imported when it is needed, so that importing this package costs nothing.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

from sweep.backtest.data.trading_days import TradingDay
from sweep.backtest.records import NOTHING, BacktestRecord, Hooks
from sweep.errors import Problem
from sweep.trial import Result, Rung

os.environ.setdefault("NAUTILUS_WORKER_THREADS", "1")  # read once, at the engine's first use of its catalog

__all__ = [
    "against_sharing",
    "check",
    "component_parameters",
    "currency_digits",
    "engine_version",
    "history_kinds",
    "price_chart",
    "run",
    "run_together",
    "sources",
    "trading_days",
]


def run(backtest: Mapping[str, Any], rungs: Sequence[Rung] = (), *, look: Hooks = NOTHING) -> Result:
    """The figures of one isolated backtest. Raises TrialError when any guard trips: never a figure that failed one.

    At a rung whose bounds it does not keep it ends; otherwise rungs change nothing. `look` is how to look into it.
    """
    from sweep.backtest.engine.backtest_run import run as replay

    return replay(backtest, rungs, look=look)


def run_together(
    settings: Sequence[tuple[Mapping[str, Any], Sequence[Rung]]], begins: Callable[[], None] = lambda: None
) -> list[Result | str]:
    """For backtests that differ in the strategy's config alone: the figures each has alone, or why it must run alone.

    One pass over the market for all of them; `begins` is called before each part of it. Raises nothing for a trial.
    """
    from sweep.backtest.shared.shared_run import run as replay

    return replay(settings, begins=begins)


def price_chart(trial: BacktestRecord, backtest: Mapping[str, Any]) -> str:
    """Candles and trades of a trial of a resolved backtest as JSON. TrialError where its market cannot be read."""
    from sweep.backtest.chart.price_chart import price_chart as draw

    return draw(trial, backtest)


def currency_digits(currency: str) -> int:
    """Decimals of amounts in a currency."""
    from nautilus_trader.model import Currency

    return Currency.from_str(currency).precision


def against_sharing(backtest: Mapping[str, Any]) -> list[str] | None:
    """Every reason why settings of this backtest must not share a pass over the market; none where they may.

    None where it cannot be built.
    """
    from sweep.backtest.shared.eligibility import against

    return against(backtest)


def check(backtest: Mapping[str, Any]) -> list[Problem]:
    """Every mistake that can be known without replaying: venues, models, strategy, parameters. Reads no data."""
    from sweep.backtest.setup.builder import check as problems

    return problems(backtest)


def component_parameters(component: Mapping[str, Any]) -> frozenset[str]:
    """Names of the parameters that the class of a component declares; none where it cannot be imported."""
    from sweep.backtest.setup.components import parameter_names

    return parameter_names(component)


def trading_days(backtest: Mapping[str, Any]) -> list[TradingDay]:
    """The trading days of a backtest by the calendar of its instruments, holidays included. Reads no market data.

    Raises TrialError where they cannot be known: `check` says why.
    """
    from sweep.backtest.setup.calendar_days import trading_days as days_of

    return days_of(backtest)


def sources(backtest: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of the source of each user module that fixes the result, by module name."""
    from sweep.backtest.user_code.source_snapshot import sources as hashes

    return hashes(backtest)


def history_kinds(backtest: Mapping[str, Any]) -> list[str]:
    """Kinds of data whose history user code asks for (`request_quotes` …), by its source."""
    from sweep.backtest.user_code.source_checks.requests import requested

    return requested(backtest)


def engine_version() -> str:
    """The engine that gives the figures, e.g. "nautilus_trader 2.0.0rc7"."""
    return f"nautilus_trader {version('nautilus_trader')}"
