"""Volatility of the instruments of a strategy, from their closes before a backtest begins."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import mean, stdev
from typing import Any

from sweep.common.units import days, nanos
from sweep.errors import Problem

INVERSE = "inverse_volatility"
CLOSES = "closes"  # in a backtest: instrument → [end of a trading day in ns, last price of that day]; of the plan
LOOKBACK = "20d"  # as many daily returns
FEWEST = 2  # of which there is a standard deviation


def weight(backtest: Mapping[str, Any], instruments: Sequence[str]) -> Fraction:
    """1 over the standard deviation of the daily returns, of several instruments of their mean."""
    return 1 / Fraction(stdev(returns(backtest, instruments)))


def returns(backtest: Mapping[str, Any], instruments: Sequence[str]) -> list[Fraction]:
    """Daily returns from close to close, of trading days that ended by the start of the backtest."""
    section, start = backtest["portfolio"], nanos(backtest["period"]["start"])
    period: Mapping[str, str] = section.get("period") or {}
    begin, end = (nanos(period["start"]), min(start, nanos(period["end"]))) if period else (0, start)
    closes = [{at: price for at, price in backtest[CLOSES].get(name, ()) if begin < at <= end} for name in instruments]
    shared = sorted(set[int].intersection(*map(set, closes)))
    if not period:
        shared = shared[-lookback(section) - 1 :]
    exact = [{at: Fraction(str(price)) for at, price in close.items()} for close in closes]
    return [mean([close[b] / close[a] - 1 for close in exact]) for a, b in pairwise(shared)]


def lookback(section: Mapping[str, Any]) -> int:
    """Number of daily returns that are looked back on; 0 with a named period."""
    return 0 if section.get("period") else days(section.get("lookback") or LOOKBACK)


def mistakes(backtest: Mapping[str, Any], instruments: Sequence[str]) -> Iterator[Problem]:
    """Reasons for which the volatility of these instruments is not known when the backtest begins."""
    section, start = backtest["portfolio"], backtest["period"]["start"]
    period: Mapping[str, str] = section.get("period") or {}
    try:
        least, end = lookback(section), nanos(period["end"]) if period else 0
    except (TypeError, ValueError, KeyError) as error:
        key = "period" if period else "lookback"
        yield Problem(f"portfolio.{key}", str(error), section[key])
        return
    if end > nanos(start):
        rule = f"must end by the start of the backtest ({start}): later prices are not known then"
        yield Problem("portfolio.period", rule, dict(period), "name an earlier period, or write lookback")
        return
    where, names = "portfolio.period" if period else "portfolio.lookback", " and ".join(instruments)
    if not period and least < FEWEST:
        yield Problem(where, f"must be at least {FEWEST}d, of which there is a volatility", section.get("lookback"))
        return
    daily = returns(backtest, instruments)
    if len(daily) < max(least, FEWEST):
        rule = f"needs {least or FEWEST} daily returns of {names} before {start}; the catalog has {len(daily)}"
        yield Problem(where, rule, remedy="shorten it, start the backtest later, or add earlier data to the catalog")
    elif not stdev(daily):
        yield Problem(where, f"has no volatility of {names}: its price did not move before {start}")
