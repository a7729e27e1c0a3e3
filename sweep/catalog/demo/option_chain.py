"""A made-up chain of options that expire on their own day (0DTE), priced from the made-up path of SPY.

How it is made, so that nobody has to guess what a backtest on it can find:

- a contract is worth what Black and Scholes (1973) say for the mid price of that second, without interest, at a
  volatility of `VOLATILITY` a year of 252 days of 390 minutes, whatever the strike: no smile;
- time runs out by the minute until four in New York, where only intrinsic value is left;
- the spread is `SPREAD` of the value, at least a cent, rounded outwards to cents; nobody bids less than a cent;
- `STRIKES` strikes a dollar apart on either side of the first price of the day, each quoted every `EVERY` seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from sweep.catalog.demo.stock import NANOS, SECONDS, SEED, DemoSession, Floats, Ints

VOLATILITY = 0.13
YEAR = 252 * 390 * 60  # seconds of trading
SPREAD = 0.02
STRIKES = 15
EVERY = 5


@dataclass(frozen=True, slots=True)
class Contract:
    """One option on one day: quotes as arrays of one length (prices in cents, sizes in contracts)."""

    strike: int  # USD
    is_call: bool
    expires: int  # UNIX nanoseconds
    ts: Ints
    bid: Ints
    ask: Ints
    bid_size: Ints
    ask_size: Ints


def chain(day: DemoSession) -> Iterator[Contract]:
    """The day's contracts by strike, puts before calls; the same numbers on every run."""
    mid = (day.bid + day.ask) / 200
    middle = round(float(mid[0]))
    random = np.random.RandomState((SEED + int(day.ts[0]) // NANOS) % 2**32)
    for n, strike in enumerate(range(middle - STRIKES, middle + STRIKES + 1)):
        at = np.arange(n % EVERY, SECONDS, EVERY)
        for is_call in (False, True):
            value = black_scholes(mid[at], strike, (SECONDS - at) / YEAR, VOLATILITY, is_call=is_call)
            bid, ask = quoted(value)
            sizes = random.randint(5, 200, (2, len(at))).astype(np.int64)
            expires = int(day.ts[0]) + SECONDS * NANOS
            yield Contract(strike, is_call, expires, day.ts[at], bid, ask, sizes[0], sizes[1])


def black_scholes(spot: Any, strike: float, years: Any, volatility: float, *, is_call: bool) -> Floats:
    """Value of a European option without interest and dividends (Black and Scholes, 1973); elementwise."""
    deviation = volatility * np.sqrt(years)
    d1 = np.log(spot / strike) / deviation + deviation / 2
    call = spot * ndtr(d1) - strike * ndtr(d1 - deviation)
    return call if is_call else call - spot + strike  # put-call parity


def quoted(value: Floats) -> tuple[Ints, Ints]:
    """Bid and ask in cents."""
    cents = 100 * np.maximum(value, 0)
    half = np.maximum(0.5, SPREAD / 2 * cents)
    bid = np.maximum(np.floor(cents - half + 1e-6), 1).astype(np.int64)
    ask = np.ceil(cents + half - 1e-6).astype(np.int64)
    return bid, np.maximum(ask, bid + 1)
