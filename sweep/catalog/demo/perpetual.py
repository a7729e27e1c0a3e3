"""A made-up perpetual on bitcoin with its funding, the same on every machine.

How it is made, so that nobody has to guess what a backtest on it can find:

- the mid price is a slow random walk with a fast ripple around it that comes back within an hour or so: what a grid
  lives on. On two of the days the walk has a drift for six hours: what a grid dies of;
- the spread is ten cents or more, a quote every `EVERY` seconds, round the clock;
- funding is paid every eight hours at a rate that is announced at the start of the eight hours: the higher the price
  over its mean since the start, the more longs pay.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from sweep.catalog.demo.stock import NANOS, SEED, Floats, Ints

FIRST_DAY = date(2026, 5, 4)
DAYS = 7
EVERY = 5  # seconds
FUNDING_HOURS = 8
START_PRICE = 80_000.0
ROWS = DAYS * 86_400 // EVERY


@dataclass(frozen=True, slots=True)
class Perpetual:
    """Quotes as arrays of one length (prices in tenths of a dollar, sizes in thousandths of a bitcoin), and funding."""

    ts: Ints
    bid: Ints
    ask: Ints
    bid_size: Ints
    ask_size: Ints
    funding: tuple[tuple[int, int, str], ...]  # announced (ns), paid (ns), rate


def perpetual() -> Perpetual:
    """The week; the same numbers on every run."""
    random = np.random.RandomState(SEED)
    mid = START_PRICE * np.exp(_walk(random) + _ripple(random))
    spread = 1 + random.geometric(0.5, ROWS).astype(np.int64)
    bid = np.rint(10 * mid - spread / 2).astype(np.int64)
    sizes = np.maximum(1, np.rint(1000 * np.exp(random.normal(0.0, 1.0, (2, ROWS))))).astype(np.int64)
    opened = int(datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC).timestamp())
    ts = (opened + EVERY * np.arange(ROWS, dtype=np.int64)) * NANOS
    return Perpetual(ts, bid, bid + spread, sizes[0], sizes[1], _funding(random, ts, mid))


def _walk(random: Any) -> Floats:
    """Log price without the ripple: 1.5 % a day, and a drift of 3 % within six hours on two of the days."""
    steps: Floats = 0.015 * np.sqrt(EVERY / 86_400) * random.standard_normal(ROWS)
    for day, sign in ((2, 1), (4, -1)):
        start, length = (day * 24 + int(random.randint(0, 12))) * 3600 // EVERY, 6 * 3600 // EVERY
        steps[start : start + length] += sign * 0.03 / length
    return np.asarray(np.cumsum(steps), np.float64)


def _ripple(random: Any) -> Floats:
    """Comes back by half in a quarter of an hour; 0.25 % wide."""
    back = 0.5 ** (EVERY / 900)
    noise = 0.0025 * np.sqrt(1 - back**2) * random.standard_normal(ROWS)
    ripple = np.empty(ROWS)
    last = 0.0
    for n, step in enumerate(noise.tolist()):
        last = ripple[n] = back * last + step
    return ripple


def _funding(random: Any, ts: Ints, mid: Floats) -> tuple[tuple[int, int, str], ...]:
    """The announced rates and their payment times: 0.01 % and 2 % of the premium over the mean, within 0.3 %."""
    interval, rates = FUNDING_HOURS * 3600 // EVERY, list[tuple[int, int, str]]()
    for n in range(0, ROWS - interval, interval):
        premium = float(mid[n] / np.mean(mid[: n + 1]) - 1)
        rate = np.clip(0.0001 + 0.02 * premium + 0.00005 * random.standard_normal(), -0.003, 0.003)
        rates.append((int(ts[n]), int(ts[n + interval]), f"{rate:.6f}"))
    return tuple(rates)
