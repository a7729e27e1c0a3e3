"""A made-up market, the same on every machine: SPY by the second, and scored events that know a bit of its future.

How it is made, so that nobody has to guess what a backtest on it can find:

- the mid price is a random walk, most volatile at the open and again before the close, calm and wild by turns;
- an event pushes the price for some minutes, the harder the higher its score. The score also says how often the bias of
  the event is right: a coin toss at `FAIR`, `BEST` of the time at 100, and a little worse than a coin below;
- where the bias is right the price first dips the other way, then goes, then gives part back: a stop too near is hit by
  the dip, a target too far is not reached. Where it is wrong the price just goes the other way and stays.

So low scores lose, high ones win and are few, and a week of it is short enough for luck to blur all of that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np

SEED = 69
FIRST_DAY = date(2026, 5, 4)
DAYS = 5
OPEN = time(13, 30)  # UTC; 09:30 in New York
SECONDS = 23_400  # a session of 6.5 hours, one quote a second
EVENTS = 60  # per session, on average
START_PRICE = 725.0
DAILY_VOLATILITY = 0.0075
FAIR, BEST, WORST = 65.0, 0.80, 0.44  # the score whose bias is a coin toss; how often it is right at 100, and at least
PUSH = 0.0024, 0.0005  # of the price: at a score of 100, and at least
DIP, RAMP, FADE = 90, 480, 2400  # seconds: of a first move the other way, of the push, and of what is given back
NANOS = 1_000_000_000

type Floats = np.ndarray[Any, np.dtype[np.float64]]
type Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Event:
    """One scored event."""

    ts: int  # UNIX nanoseconds; never that of a quote
    score: float  # 0 to 100
    bias: str  # bullish, bearish or neutral
    conviction: float  # 0 to 1
    premium: float  # USD
    price: float  # mid of the last quote


@dataclass(frozen=True, slots=True)
class DemoSession:
    """One day: quotes as arrays of one length (prices in cents, sizes in shares), and its events by time."""

    ts: Ints
    bid: Ints
    ask: Ints
    bid_size: Ints
    ask_size: Ints
    events: tuple[Event, ...]


def weekday(n: int) -> date:
    """The n-th day of the market, from 0."""
    return FIRST_DAY + timedelta(days=n // 5 * 7 + n % 5)


def sessions(days: int = DAYS, seed: int = SEED) -> Iterator[DemoSession]:
    """The days in order; the same numbers on every run, and the first ones whatever comes after them."""
    random = np.random.RandomState(seed)  # its stream is frozen: the same with every numpy
    price = START_PRICE
    for n in range(days):
        day, price = _session(random, weekday(n), price)
        yield day
        price *= float(np.exp(0.002 * random.standard_normal()))  # over night


def _session(random: Any, day: date, price: float) -> tuple[DemoSession, float]:
    opened = int(datetime.combine(day, OPEN, UTC).timestamp())
    at, scores, sides = _signals(random)
    returns = _volatility(random) * random.standard_normal(SECONDS) + _pushes(random, at, scores, sides)
    mid = price * np.exp(np.cumsum(returns))
    spread = _spread(random)
    bid = np.rint(100 * mid - spread / 2).astype(np.int64)
    sizes = 100 * np.maximum(1, np.rint(np.exp(random.normal(1.6, 0.7, (2, SECONDS))))).astype(np.int64)
    ts = (opened + np.arange(SECONDS, dtype=np.int64)) * NANOS
    events = _events(random, ts[at], scores, sides, (2 * bid + spread)[at] / 200)
    return DemoSession(ts, bid, bid + spread, sizes[0], sizes[1], events), float(mid[-1])


def _volatility(random: Any) -> Floats:
    """Standard deviation of each second's log return: U-shaped over the day, in clusters of minutes."""
    x = np.linspace(0, 1, SECONDS)
    shape = 0.7 + 1.6 * np.exp(-x / 0.06) + 0.5 * np.exp(-(1 - x) / 0.08)
    steps = random.standard_normal(SECONDS // 60)
    level = np.empty_like(steps)
    last = 0.0
    for n, step in enumerate(steps):
        last = level[n] = 0.95 * last + 0.08 * step
    shape = shape * np.repeat(np.exp(level), 60)
    return shape * DAILY_VOLATILITY / np.sqrt(np.sum(shape**2))


def _signals(random: Any) -> tuple[Ints, Floats, Ints]:
    """The second of the session, the strength and the direction (1, -1, 0) of the day's events."""
    count = int(np.clip(random.poisson(EVENTS), EVENTS - 12, EVENTS + 12))
    at: Ints = np.sort(random.permutation(SECONDS - 120)[:count] + 60).astype(np.int64)
    scores: Floats = np.asarray(random.beta(3.2, 2.4, count) * 100, np.float64).round(1)
    sides = np.where(random.random_sample(count) < 0.12, 0, np.where(random.random_sample(count) < 0.5, -1, 1))
    return at, scores, sides.astype(np.int64)


def _pushes(random: Any, at: Ints, scores: Floats, sides: Ints) -> Floats:
    """Log returns by which the events move the price, second by second."""
    strength = (scores - FAIR) / (100 - FAIR)
    right = random.random_sample(len(at)) < np.maximum(WORST, 0.5 + (BEST - 0.5) * strength)
    size = np.maximum(PUSH[1], PUSH[0] * strength) * np.exp(0.4 * random.standard_normal(len(at)))
    pushed = np.zeros(SECONDS + DIP + RAMP + FADE + 1)
    for second, side, is_right, by in zip(at, sides, right, size, strict=True):
        dip, ramp, fade = np.cumsum((second + 1, DIP, RAMP))
        if is_right:
            pushed[dip:ramp] -= 0.45 * side * by / DIP
            pushed[ramp:fade] += 1.45 * side * by / RAMP
            pushed[fade : fade + FADE] -= 0.6 * side * by / FADE
        else:
            pushed[dip:fade] -= side * by / (DIP + RAMP)
    return pushed[:SECONDS]


def _spread(random: Any) -> Ints:
    """Cents between bid and ask: mostly one, at the open up to four."""
    opening = 2.5 * np.exp(-np.arange(SECONDS) / 240)
    return (1 + (random.random_sample(SECONDS) < 0.25) + np.rint(opening * random.random_sample(SECONDS))).astype(
        np.int64
    )


def _events(random: Any, ts: Ints, scores: Floats, sides: Ints, mids: Floats) -> tuple[Event, ...]:
    late = random.randint(1, 1000, len(ts)) * 1_000_000  # milliseconds after the quote
    conviction = np.clip(scores / 100 + 0.12 * random.standard_normal(len(ts)), 0, 1)
    premium = 50_000 * np.exp(scores / 30 + 0.6 * random.standard_normal(len(ts)))
    bias = {1: "bullish", -1: "bearish", 0: "neutral"}
    rows = zip(ts + late, scores, sides, conviction, premium, mids, strict=True)
    return tuple(
        Event(int(t), float(s), bias[int(b)], round(float(c), 2), round(float(p), -2), round(float(m), 3))
        for t, s, b, c, p, m in rows
    )
