"""White's Reality Check: null distribution of the best Sharpe ratio of a search without an edge."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from sweep.results.statistics.arrays import Floats, Returns, chunks, standardised
from sweep.results.statistics.bootstrap import block_length, counts
from sweep.results.statistics.sharpe import expected_maximum, sharpe

SAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Luck:
    """The best Sharpe ratio (per period) of a search without an edge, over the bootstrap's samples."""

    observed: Floats  # of each trial
    maxima: Floats  # the best of each sample, ascending
    block: float  # mean length of the blocks, periods

    @property
    def mean(self) -> float:
        return float(self.maxima.mean())

    @property
    def quantile_95(self) -> float:
        return float(np.quantile(self.maxima, 0.95))

    @property
    def p_values(self) -> Floats:
        """For each trial the chance of a best at least this high without an edge: adjusted for the whole search."""
        reached = self.maxima.size - np.searchsorted(self.maxima, self.observed, side="left")
        return (1 + reached) / (1 + self.maxima.size)

    @property
    def p(self) -> float:
        """The Reality Check: that chance for the highest ratio of the search."""
        return float(self.p_values.min())


def luck(returns: Returns, *, samples: int = SAMPLES, block: float | None = None, seed: int = 0) -> Luck:
    """White's Reality Check on the highest Sharpe ratio of all trials (days x trials), by a joint stationary bootstrap.

    White, "A Reality Check for Data Snooping" (2000), with the trials' standard deviations as in Hansen (2005);
    adjusted p-values by the maximum as in Romano and Wolf (2005). All trials are resampled by the same days, so that
    what settings have in common needs no "effective number of trials". Nothing is assumed of the distribution of
    returns; that it stays the same over time is. Trials without variation take part with a ratio of 0.
    """
    periods, trials = returns.shape
    block = block_length(returns) if block is None else block
    weights = counts(periods, samples, block, seed)
    maxima = np.full(samples, -np.inf)
    for part in chunks(max(periods, samples), trials):
        np.maximum(maxima, (weights @ standardised(returns[:, part])).max(axis=1) / periods, out=maxima)
    return Luck(sharpe(returns), np.sort(maxima), block)


def interval(returns: Floats, block: float, *, samples: int = 2_000, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the Sharpe ratio of one series, percentiles of a stationary bootstrap. Knows of no search."""
    weights = counts(len(returns), samples, block, seed) / len(returns)
    values = np.asarray(returns, np.float64)
    mean = weights @ values
    spread = np.sqrt(np.maximum(weights @ values**2 - mean**2, 0) * len(values) / (len(values) - 1))
    ratios = np.divide(mean, spread, out=np.zeros_like(mean), where=spread > 1e-15)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(low), float(high)


def implied_trials(expected: float, periods: int) -> float:
    """Effective number of trials by the bootstrap: independent trials with the same expected best."""
    goal = expected * sqrt(periods - 1)
    if goal <= 0:
        return 1.0
    low, high = 1.0, 1e12
    while high / low > 1 + 1e-9:
        middle = sqrt(low * high)
        low, high = (middle, high) if expected_maximum(middle) < goal else (low, middle)
    return low
