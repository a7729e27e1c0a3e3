"""Sweeps of simulated trades whose truth is known, for the calibration of objectives of trades."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from sweep.results.statistics.trial_panel import ClosedPositions, Panel, positions

type Floats = NDArray[np.float64]

CAPITAL = 100_000.0
DAYS, SIGNALS, STEPS = 250, 4, 60  # signals of a day; steps of the price after each of them
SHARES = (1.0, 0.8, 0.6, 0.4, 0.25, 0.15, 0.08, 0.025)  # of the signals that a setting trades: 1,000 to 25 trades
TARGETS, STOPS = (4.0, 8.0, 16.0), (4.0, 8.0, 16.0, 32.0)  # in deviations of a step


def brackets(seed: int, edge: float, fewest: int = 0) -> Panel:
    """A grid of score thresholds, targets and stops on the same signals: each trade is over within its day.

    Prices after a signal are a random walk; with an edge they drift by its score. `fewest` is a bound on the trades.
    """
    random = np.random.default_rng(seed)
    score = random.random(DAYS * SIGNALS)
    steps = random.standard_normal((score.size, STEPS)) + edge * score[:, None]
    price, day = np.cumsum(steps, axis=1), np.repeat(np.arange(DAYS), SIGNALS)
    settings = list(product(SHARES, TARGETS, STOPS))
    trades = [
        (day[score >= 1 - share], outcomes(price[score >= 1 - share], target, stop)) for share, target, stop in settings
    ]
    params = [{"share": share, "target": target, "stop": stop} for share, target, stop in settings]
    return panel(trades, DAYS, positions(params), fewest)


def outcomes(price: Floats, target: float, stop: float) -> Floats:
    """PnL of trades that end at the first step beyond the target or the stop, or at the last step.

    At the price of that step: at the target or the stop itself a random walk would have an edge.
    """
    ended = (price >= target) | (price <= -stop)
    ended[:, -1] = True
    return 10 * price[np.arange(len(price)), ended.argmax(axis=1)]


def followed(sides: Floats, returns: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Day of the close, and PnL, of the positions of a strategy that is always in the market; the last stays open."""
    last = np.flatnonzero(np.diff(sides))
    sums = np.concatenate([[0], np.cumsum(sides * returns)])[last + 1]
    return last, CAPITAL * np.diff(sums, prepend=0)


def panel(trades: list[tuple[NDArray[np.int64], Floats]], days: int, places: Floats, fewest: int = 0) -> Panel:
    """The sweep of these trades by setting."""
    number = np.repeat(np.arange(len(trades)), [pnls.size for _, pnls in trades])
    closed = ClosedPositions(
        number, np.concatenate([at for at, _ in trades]), np.concatenate([pnls for _, pnls in trades])
    )
    returns = closed.sums(closed.pnls, days, len(trades)) / CAPITAL
    count = np.bincount(number, minlength=len(trades)).astype(np.float64)
    return Panel(
        numbers=np.arange(len(trades)), returns=returns, objective=returns.sum(axis=0), trades=count, places=places,
        best=0, searched=len(trades), positions=closed, equity=np.full(len(trades), CAPITAL),
        is_eligible=count >= fewest,
    )  # fmt: skip
