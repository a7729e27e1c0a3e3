"""White's Reality Check: null distribution of the best Sharpe ratio of a search without an edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from sweep.results.statistics.arrays import Floats, Returns, chunks, standardised
from sweep.results.statistics.bootstrap import block_length, counts, indices
from sweep.results.statistics.sharpe import expected_maximum, sharpe

SAMPLES = 1_000
TOTALS = ("pnl_total", "pnl_realized", "return_total")  # objectives that add up the days
DRAWN_AGAIN = (*TOTALS, "sortino_ratio")  # objectives that daily returns decide, apart from the Sharpe ratio

# objectives that the order of the days decides: the direction that is judged; drawdowns are those of the days' ends
PATHS = {"max_drawdown": "min", "max_drawdown_daily": "min", "recovery_factor": "max", "calmar_ratio": "max"}
PATH_SAMPLES = (200, 500)  # fewest and most
PATH_CELLS = 300_000_000  # days x trials x samples: some seconds


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


def objective_chance(
    returns: Returns, best: int, objective: str, block: float, *, samples: int = SAMPLES, seed: int = 0
) -> float:
    """Chance of a best objective as high as that of a trial, in a search without an edge: White's own Reality Check.

    `objective` is one of DRAWN_AGAIN. The samples are those of `luck`; totals are not divided by a deviation, so that
    trials of large positions decide what chance gives.
    """
    periods, trials = returns.shape
    weights = counts(periods, samples, block, seed)
    maxima = np.full(samples, -np.inf)
    for part in chunks(max(periods, samples), trials):
        values = np.asarray(returns[:, part], np.float64)
        drawn = _objective(values - values.mean(axis=0), weights / periods, objective)
        np.maximum(maxima, drawn.max(axis=1), out=maxima)
    own = np.asarray(returns[:, [best]], np.float64)
    observed = _objective(own, np.full((1, periods), 1 / periods), objective)[0, 0]
    return float((1 + (maxima >= observed).sum()) / (1 + samples))


def _objective(returns: Floats, weights: Floats, objective: str) -> Floats:
    """The objective (per period) of each trial in each sample; 0 for one without a losing day."""
    mean = weights @ returns
    if objective in TOTALS:
        return mean
    downside = np.sqrt(weights @ np.minimum(returns, 0) ** 2)
    return np.divide(mean, downside, out=np.zeros_like(mean), where=downside > 0)


def path_samples(periods: int, trials: int) -> int:
    """Number of samples of equity paths that take some seconds; 0 where that is too few of them."""
    fewest, most = PATH_SAMPLES
    samples = min(most, PATH_CELLS // max(1, periods * trials))
    return samples if samples >= fewest else 0


def path_chances(
    returns: Returns, best: Mapping[str, int], year: int, block: float, *, samples: int, seed: int = 0
) -> dict[str, float]:
    """Chance of a best of each of PATHS as good as that of a trial (its column), in a search without an edge.

    Each sample draws blocks of days for all trials jointly, of returns without their means, and follows the equity.
    """
    values = np.asarray(returns, np.float64)
    growth = np.log1p(np.maximum(values - values.mean(axis=0), -1 + 1e-9))
    maxima: dict[str, list[float]] = {name: [] for name in best}
    for days in indices(len(values), samples, block, seed):
        drawn = path_figures(growth[days], year)
        for name, reached in maxima.items():
            reached.append(float(drawn[name].max()))
    own = path_figures(np.log1p(np.maximum(values[:, list(best.values())], -1 + 1e-9)), year)
    return {
        name: float((1 + (np.array(maxima[name]) >= own[name][n] - 1e-12).sum()) / (1 + samples))
        for n, name in enumerate(best)
    }


def path_figures(growth: Floats, year: int) -> dict[str, Floats]:
    """PATHS of each column of logarithmic returns, more is better; 0 for one without a drawdown."""
    equity = np.cumsum(growth, axis=0)
    fall = 1 - np.exp((equity - np.maximum.accumulate(np.maximum(equity, 0), axis=0)).min(axis=0))
    gains = {"recovery_factor": np.expm1(equity[-1]), "calmar_ratio": np.expm1(equity[-1] * year / len(growth))}
    ratios = {n: np.divide(g, fall, out=np.zeros_like(fall), where=fall > 0) for n, g in gains.items()}
    return {"max_drawdown": -fall, "max_drawdown_daily": -fall, **ratios}


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
