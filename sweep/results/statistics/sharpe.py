"""Sharpe ratios and how far they can be trusted. Ratios are per period (a day), never annualised, unless it is said.

`skew` is the third standardised moment, `kurtosis` the fourth (Pearson's: 3 for a normal distribution).
"""

from math import ceil, e, inf, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from sweep.results.statistics.arrays import Floats, Returns, chunks, deviation

NORMAL = NormalDist()  # scipy's takes a second to import


class Moments(NamedTuple):
    """Moments of a series of returns."""

    sharpe: float
    periods: int
    skew: float = 0.0
    kurtosis: float = 3.0
    autocorrelation: float = 0.0  # of neighbouring periods

    @classmethod
    def of(cls, returns: Floats) -> "Moments":
        """The sample moments of one series; a series without variation is taken as normal."""
        values = np.asarray(returns, np.float64)
        if values.size < 2 or not np.ptp(values):
            return cls(0.0, values.size)
        centred = values - values.mean()
        rho = float(centred[1:] @ centred[:-1] / (centred @ centred))
        ratio = float(values.mean() / values.std(ddof=1))
        scores = centred / values.std()
        return cls(ratio, values.size, float(np.mean(scores**3)), float(np.mean(scores**4)), rho)


def sharpe(returns: Returns) -> Floats:
    """Mean over standard deviation (ddof 1) of each column; 0 for a column without variation (no trade)."""
    periods, trials = returns.shape
    ratios = np.zeros(trials)
    for part in chunks(periods, trials) if periods > 1 else ():
        values = np.asarray(returns[:, part], np.float64)
        spread = deviation(values)
        np.divide(values.mean(axis=0), spread, out=ratios[part], where=spread > 0)
    return ratios


def standard_error(m: Moments) -> float:
    """Standard error of a Sharpe ratio of independent returns that need not be normal.

    Mertens (2002), as in Bailey and López de Prado, "The Sharpe Ratio Efficient Frontier" (2012), eq. 8.
    """
    return sqrt(max(0.0, 1 - m.skew * m.sharpe + (m.kurtosis - 1) / 4 * m.sharpe**2) / (m.periods - 1))


def standard_error_ar1(m: Moments) -> float:
    """Standard error of a Sharpe ratio of returns that follow an AR(1) process.

    López de Prado, Lipton and Zoonekynd, "How to use the Sharpe ratio" (2026), eq. 3.
    """
    rho = m.autocorrelation
    level = (1 + rho) / (1 - rho)
    tilt = (1 + rho + rho**2) / (1 - rho**2) * m.skew * m.sharpe
    tails = (1 + rho**2) / (1 - rho**2) * (m.kurtosis - 1) / 4 * m.sharpe**2
    return sqrt(max(0.0, level - tilt + tails) / m.periods)


def probabilistic(m: Moments, benchmark: float = 0.0) -> float:
    """Probabilistic Sharpe ratio: confidence that the true ratio exceeds the benchmark, for one strategy, no search.

    Bailey and López de Prado (2012), eq. 9: the error is taken at the observed ratio.
    """
    error = standard_error(m)
    return float(NORMAL.cdf((m.sharpe - benchmark) / error)) if error else float(m.sharpe > benchmark)


def probabilistic_ar1(m: Moments, benchmark: float = 0.0) -> float:
    """Probabilistic Sharpe ratio with the error at the benchmark, for returns that follow an AR(1) process.

    López de Prado, Lipton and Zoonekynd (2026).
    """
    return float(NORMAL.cdf((m.sharpe - benchmark) / standard_error_ar1(m._replace(sharpe=benchmark))))


def power(m: Moments, alternative: float, alpha: float = 0.05, benchmark: float = 0.0) -> float:
    """Power of a test at level alpha against a true ratio of `alternative` (the same paper's 1 - beta)."""
    hurdle = benchmark + NORMAL.inv_cdf(1 - alpha) * standard_error_ar1(m._replace(sharpe=benchmark))
    return float(1 - NORMAL.cdf((hurdle - alternative) / standard_error_ar1(m._replace(sharpe=alternative))))


def expected_maximum(trials: float) -> float:
    """Expected maximum of so many independent standard normal values; 0 for one.

    Bailey, Borwein, López de Prado and Zhu, "Pseudo-mathematics and financial charlatanism" (2014), eq. 4. Its error is
    2.3 % for 10 trials, below 1 % from 100 on.
    """
    if trials <= 1:
        return 0.0
    return float(
        (1 - np.euler_gamma) * NORMAL.inv_cdf(1 - 1 / trials) + np.euler_gamma * NORMAL.inv_cdf(1 - 1 / (trials * e))
    )


def deflated(m: Moments, trials: float, variance: float) -> float:
    """Deflated Sharpe ratio: the probabilistic one against the best that so many independent trials would have shown.

    Bailey and López de Prado, "The Deflated Sharpe Ratio" (2014), eq. 9. `variance` is that of the trials' ratios.
    Trials of a grid are far from independent, so that the raw number of them makes it strict; with the expected
    maximum of a bootstrap (`sweep.results.statistics.reality_check`) it is `probabilistic(m, that)`.
    """
    return probabilistic(m, sqrt(variance) * expected_maximum(trials))


def minimum_track_record(m: Moments, benchmark: float = 0.0, alpha: float = 0.05) -> float:
    """Periods after which the probabilistic Sharpe ratio would reach 1 - alpha; infinite at or below the benchmark.

    Bailey and López de Prado (2012), eq. 11.
    """
    if m.sharpe <= benchmark:
        return inf
    spread = 1 - m.skew * m.sharpe + (m.kurtosis - 1) / 4 * m.sharpe**2
    return 1 + spread * float(NORMAL.inv_cdf(1 - alpha) / (m.sharpe - benchmark)) ** 2


def minimum_track_record_ar1(m: Moments, benchmark: float = 0.0, alpha: float = 0.05) -> float:
    """The same with the error at the benchmark, for returns that follow an AR(1) process (2026)."""
    if m.sharpe <= benchmark:
        return inf
    error = standard_error_ar1(m._replace(sharpe=benchmark, periods=1))
    return (error * float(NORMAL.inv_cdf(1 - alpha)) / (m.sharpe - benchmark)) ** 2


def minimum_backtest_years(trials: float, target: float = 1.0) -> float:
    """Years of data below which luck alone is expected to show an annual Sharpe ratio of `target` among the trials.

    Bailey, Borwein, López de Prado and Zhu (2014), theorem 2; for independent trials.
    """
    return (expected_maximum(trials) / target) ** 2


def most_trials(years: float, target: float = 1.0) -> int:
    """The most independent trials for which so many years are enough in the sense of `minimum_backtest_years`."""
    low, high = 1, 2
    while minimum_backtest_years(high, target) <= years and high < 2**60:
        low, high = high, 2 * high
    while high - low > 1:
        middle = ceil((low + high) / 2)
        low, high = (middle, high) if minimum_backtest_years(middle, target) <= years else (low, middle)
    return low


def annual_factor(periods: int, autocorrelation: float = 0.0) -> float:
    """Factor that scales a ratio to `periods` periods, for an AR(1) process; the square root for 0.

    Lo, "The Statistics of Sharpe Ratios" (2002).
    """
    rho = autocorrelation
    if not rho:
        return sqrt(periods)
    return sqrt(periods) / sqrt(1 + 2 * rho / (1 - rho) * (1 - (1 - rho**periods) / (periods * (1 - rho))))
