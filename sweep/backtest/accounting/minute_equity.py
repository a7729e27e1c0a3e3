"""Equity at the end of each minute, and the extremes of trades, from the fills and the prices of the minutes.

A position's PnL at a price is what its fills paid and received, fees included, plus what it would bring now. Changes
within a day are added to the equity that was read at the end of the day before, so rounding, interest and rates of
bookings are right at each day's end whatever they are within it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import Any

import numpy as np

from sweep.backtest.accounting.accounts import Accounts, Rates
from sweep.backtest.accounting.expiration import exercises
from sweep.backtest.accounting.fill_replay import FillReplay, Settlement, Stretches, Terms
from sweep.backtest.accounting.market_minutes import Floats, MarketMinutes
from sweep.backtest.metrics.equity_path import EquityPath

type Worth = Callable[[str], float]  # of a unit of a currency


class RateSeries(Rates):
    """Exchange rates at the end of each minute."""

    def __init__(self, pairs: Mapping[tuple[str, str], tuple[Floats, Floats]]) -> None:
        super().__init__({})
        sides: dict[tuple[str, str], tuple[Any, Any]] = {}
        for (base, quote), (bid, ask) in pairs.items():
            sides.setdefault((base, quote), (bid, ask))
            sides.setdefault((quote, base), (1 / ask, 1 / bid))
        self.sides = sides

    def series(self, amounts: Floats, source: str, target: str) -> Floats:
        """Amounts in `target`: what is held sold at the bid, what is owed bought at the ask; NaN without a rate."""
        bid, ask = self.rate(source, target) or (np.nan, np.nan)
        return np.where(amounts < 0, amounts * np.asarray(ask, float), amounts * np.asarray(bid, float))


def rates_of(accounts: Accounts, minutes: MarketMinutes) -> RateSeries:
    """Rates of the trial's pairs, before a pair's first data at its first."""
    pairs: dict[tuple[str, str], tuple[Floats, Floats]] = {}
    for pair in accounts.pairs:
        sides = minutes.prices(str(pair.id))
        first = np.flatnonzero(~np.isnan(sides[0]))
        if len(first):
            bid, ask = (np.where(np.isnan(side), side[first[0]], side) for side in sides)
            pairs[str(pair.base_currency), str(pair.quote_currency)] = bid, ask
    return RateSeries(pairs)


def equity_path(
    accounts: Accounts, minutes: MarketMinutes, start: Decimal, equity: Sequence[Decimal], fills: Sequence[Any]
) -> EquityPath:
    """Equity within the days; `equity` has that at each day's end so far."""
    count = len(minutes.minutes)
    places, worth = minutes.places([f.ts_event for f in fills]).tolist(), cache(partial(rate_now, accounts))
    settled = settlements(accounts, minutes)
    replay = FillReplay(accounts.instruments, fills, places, count, settled=settled, worth=worth)
    amounts = {currency: steps(places, paid, count) for currency, (places, paid) in replay.payments.items()}
    gross: dict[str, Floats] = {}
    for name, stretches in replay.stretches.items():
        currency, values = replay.terms[name].currency, open_values(stretches, replay.terms[name], minutes.prices(name))
        amounts[currency] = amounts[currency] + values[0] + values[1]
        gross[currency] = gross.get(currency, np.zeros(count)) + abs(values[0]) + abs(values[1])
    for currency, amount in accounts.starting_balances().items():
        amounts[currency] = amounts.get(currency, np.zeros(count)) + float(amount)
    rates = None if {*amounts, *gross} <= {accounts.currency} else rates_of(accounts, minutes)
    ends = minutes.day_ends[: len(equity)]
    exercised = exercises(accounts.cache.orders(), accounts.instruments) if replay.expired else ()
    lows, highs = extremes(replay, minutes, worth, exercised)
    return EquityPath(
        minutes.minutes[: ends[-1] if ends else 0],
        anchored(in_currency(amounts, accounts.currency, rates, count), float(start), list(map(float, equity)), ends),
        in_currency(gross, accounts.currency, rates, count)[: ends[-1] if ends else 0],
        lows,
        highs,
        sum(amount * worth(currency) for currency, amount in replay.traded.items()),
    )


def settlements(accounts: Accounts, minutes: MarketMinutes) -> list[Settlement]:
    """Ends of the positions that the engine left open at their expiration."""
    left = [p for p in accounts.cache.positions_open() if accounts.is_settled(p)]
    places = minutes.places([accounts.instruments[str(p.instrument_id)].expiration_ns for p in left]).tolist()
    return [
        Settlement(str(p.instrument_id), str(p.id), place, accounts.expired(p.instrument_id).as_double())
        for p, place in zip(left, places, strict=True)
    ]


def steps(places: Sequence[int], amounts: Sequence[float], count: int) -> Floats:
    """Sum of the amounts until each minute."""
    return np.bincount(places, weights=amounts, minlength=count + 1)[:count].cumsum()


def open_values(stretches: Stretches, terms: Terms, prices: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Value of the long positions at the bid and of the short ones at the ask, at each minute."""
    values: list[Floats] = []
    quantities, count = np.array(stretches.quantities), len(prices[0])
    for price, is_side in zip(prices, (quantities > 0, quantities < 0), strict=True):
        own = np.where(is_side, quantities, 0.0)
        held = steps([*stretches.starts, *stretches.ends], [*own, *-own], count)
        held[abs(held) < 1e-12] = 0.0  # what is left of sums of floats
        values.append(np.where(held == 0, 0.0, held * terms.worth(price)))
    return values[0], values[1]


def in_currency(amounts: Mapping[str, Floats], currency: str, rates: RateSeries | None, count: int) -> Floats:
    """Sum of amounts by currency."""
    total = np.zeros(count)
    for name, series in amounts.items():
        total += series if rates is None or name == currency else rates.series(series, name, currency)
    return total


def anchored(raw: Floats, start: float, equity: Sequence[float], ends: Sequence[int]) -> Floats:
    """Changes within days on top of the equity at the end of the day before; at its own end a day has its own."""
    if not ends:
        return raw[:0]
    last = np.array(ends) - 1
    shift = np.concatenate(([0.0], equity[:-1] - raw[last[:-1]])) if len(ends) > 1 else np.zeros(1)
    path = raw[: ends[-1]] + np.repeat(shift, np.diff([0, *ends]))
    path[last] = equity
    return np.where(np.isnan(path), start, path)


def extremes(
    replay: FillReplay, minutes: MarketMinutes, worth: Worth, exercised: Sequence[tuple[str, str]] = ()
) -> tuple[Floats, Floats]:
    """Lowest and highest PnL of each closed trade, at the minutes at whose end it was open and at its close.

    `exercised` are the two orders of each exercise: the option and what it delivered are one trade.
    """
    lows, highs = np.zeros(replay.trades), np.zeros(replay.trades)
    for name, stretches in replay.stretches.items():
        rate = worth(replay.terms[name].currency)
        low, high = (rate * c for c in extremes_of(stretches, replay.terms[name], minutes.prices(name)))
        np.fmin.at(lows, stretches.trades, low)
        np.fmax.at(highs, stretches.trades, high)
    results = {number: worth(currency) * pnl for number, currency, pnl in replay.closed}
    groups = joined(replay, exercised)
    alone = [number for number in results if not any(number in group for group in groups)]
    own = np.array([results[number] for number in alone])
    ends = [extremes_together(replay, minutes, worth, group, results) for group in groups if group <= results.keys()]
    return (
        np.append(np.fmin(lows[alone], own), [low for low, _ in ends]),
        np.append(np.fmax(highs[alone], own), [high for _, high in ends]),
    )


def extremes_of(stretches: Stretches, terms: Terms, prices: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Lowest and highest PnL of a trade within each stretch; NaN for one without a minute's end."""
    quantity, cash = np.array(stretches.quantities), np.array(stretches.cash)
    starts, ends = np.array(stretches.starts), np.array(stretches.ends)
    pairs = np.column_stack((starts, ends)).ravel()
    sides: list[Floats] = []
    for reduce in (np.fmin.reduceat, np.fmax.reduceat):
        bid, ask = (reduce(np.append(terms.worth(price), np.nan), pairs)[::2] for price in prices)
        sides.append(np.where(starts < ends, cash + quantity * np.where(quantity > 0, bid, ask), np.nan))
    at_least, at_most = sides
    is_long = quantity > 0
    return np.where(is_long, at_least, at_most), np.where(is_long, at_most, at_least)


def joined(replay: FillReplay, exercised: Iterable[tuple[str, str]]) -> list[set[int]]:
    """Numbers of the trades that are one because options were exercised."""
    groups: list[set[int]] = []
    for orders in exercised:
        group = {number for order in orders for number in replay.expired.get(order, ())}
        apart = [other for other in groups if other.isdisjoint(group)]
        groups = [*apart, group.union(*(other for other in groups if not other.isdisjoint(group)))]
    return groups


def extremes_together(
    replay: FillReplay, minutes: MarketMinutes, worth: Worth, group: set[int], results: dict[int, float]
) -> tuple[float, float]:
    """Lowest and highest PnL of several trades together, from the first minute to the last."""
    total, is_open = np.zeros(replay.length), np.zeros(replay.length, bool)
    for name, s in replay.stretches.items():
        rate, terms, (bid, ask) = worth(replay.terms[name].currency), replay.terms[name], minutes.prices(name)
        for start, end, quantity, cash, number in zip(s.starts, s.ends, s.quantities, s.cash, s.trades, strict=True):
            if number in group:
                own = slice(start, end)
                total[own] += rate * (cash + quantity * terms.worth((bid if quantity > 0 else ask)[own]))
                is_open[own] = True
    for number in group:
        total[replay.ends[number] :] += results[number]
    pnls = [*total[is_open], sum(results[number] for number in group), 0.0]
    return float(np.nanmin(pnls)), float(np.nanmax(pnls))


def rate_now(accounts: Accounts, currency: str) -> float:
    """Value of a unit of a currency at the present rates."""
    return 1.0 if currency == accounts.currency else float(accounts.in_reporting_currency({currency: Decimal(1)}))
