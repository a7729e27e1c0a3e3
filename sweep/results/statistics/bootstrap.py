"""Resampling of days that keeps what neighbouring days have in common."""

from math import ceil, log10, sqrt

import numpy as np

from sweep.results.statistics.arrays import Floats, Ints, Returns

SAMPLED = 200  # series that the block length is taken from


def indices(periods: int, samples: int, block: float, seed: int = 0) -> Ints:
    """Positions (samples x periods) of a stationary bootstrap: circular blocks of geometric length, `block` on average.

    Politis and Romano, "The Stationary Bootstrap" (1994).
    """
    random = np.random.default_rng(seed)
    begins = random.random((samples, periods)) < 1 / max(1.0, block)
    begins[:, 0] = True
    starts = random.integers(periods, size=(samples, periods))
    here = np.arange(periods)
    latest = np.maximum.accumulate(np.where(begins, here, 0), axis=1)
    return (np.take_along_axis(starts, latest, axis=1) + here - latest) % periods


def counts(periods: int, samples: int, block: float, seed: int = 0) -> Floats:
    """Count of each period in each sample (samples x periods): sums over samples are `counts @ values`."""
    return counted(indices(periods, samples, block, seed))


def counted(drawn: Ints) -> Floats:
    """Count of each period in each sample, of the positions that were drawn."""
    samples, periods = len(drawn), drawn.shape[1]
    places = (drawn + periods * np.arange(samples)[:, None]).reshape(samples * periods)
    return np.bincount(places, minlength=samples * periods).reshape(samples, periods).astype(np.float64)


def block_length(returns: Returns) -> float:
    """Mean block length that suits the trials' dependence over time: the median over up to 200 of them, at least 1.

    Politis and White, "Automatic Block-Length Selection for the Dependent Bootstrap" (2004), corrected by Patton,
    Politis and White (2009), for the stationary bootstrap.
    """
    varied = np.flatnonzero(np.ptp(returns, axis=0) > 0)
    if not varied.size or returns.shape[0] < 10:
        return 1.0
    chosen = varied[np.unique(np.linspace(0, varied.size - 1, min(SAMPLED, varied.size)).astype(int))]
    return max(1.0, float(np.median(block_lengths(np.asarray(returns[:, chosen], np.float64)))))


def block_lengths(returns: Floats) -> Floats:
    """The automatic block length of each column."""
    periods = returns.shape[0]
    quiet = max(5, int(log10(periods)))  # so many autocorrelations in a row must be insignificant
    furthest = ceil(sqrt(periods)) + quiet
    covariance, correlation = _autocovariances(returns, min(furthest, periods - 2))
    reach = _reach(correlation < 2 * sqrt(log10(periods) / periods), quiet)
    lag: Floats = np.arange(1.0, covariance.shape[0])[:, None]
    taper = np.clip(2 * (1 - lag / reach), 0, 1)
    weighted = 2 * taper * covariance[1:]
    spectrum = covariance[0] + weighted.sum(axis=0)
    slope = (lag * weighted).sum(axis=0)
    length = np.cbrt(np.divide(slope**2, spectrum**2, out=np.zeros_like(slope), where=spectrum != 0) * periods)
    return np.minimum(length, ceil(min(3 * sqrt(periods), periods / 3)))


def _autocovariances(returns: Floats, furthest: int) -> tuple[Floats, Floats]:
    centred = returns - returns.mean(axis=0)
    periods = len(centred)
    products = np.array([(centred[lag:] * centred[: periods - lag]).sum(axis=0) for lag in range(furthest + 1)])
    squares = np.concatenate([np.zeros((1, centred.shape[1])), np.cumsum(centred**2, axis=0)])
    lags = np.arange(furthest + 1)
    norms = np.sqrt((squares[-1] - squares[lags + 1]) * squares[periods - lags - 1])
    correlation = np.divide(np.abs(products), norms, out=np.zeros_like(products), where=norms > 0)
    return products / periods, correlation


def _reach(insignificant: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], quiet: int) -> Floats:
    """Twice the first lag (at least 1) that begins a run of insignificant ones, at most the furthest lag."""
    furthest = len(insignificant) - 1
    runs = np.array([insignificant[lag : lag + quiet].all(axis=0) for lag in range(furthest - quiet + 1)])
    first = np.where(runs.any(axis=0), runs.argmax(axis=0), furthest)
    return np.minimum(2 * np.maximum(first, 1), furthest).astype(np.float64)
