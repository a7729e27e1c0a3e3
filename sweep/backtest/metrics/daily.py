"""Figures of daily net returns. Each is None where it does not exist; docs/metrics.md has the formulas."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import ceil, floor, isfinite, sqrt
from statistics import fmean, stdev

from sweep.trial import Metrics

SHORTEST_YEAR = 350  # calendar days from the first to the last trading day that pass for a year
ENOUGH_FOR_TAILS = 20  # days, below which 5 % of them is less than one


def daily_returns(start: Decimal, equity: Sequence[Decimal]) -> tuple[float, ...]:
    """Each day's change as a fraction of the equity at the end of the day before."""
    return tuple(float(b / a - 1) for a, b in zip((start, *equity), equity, strict=False))


def return_figures(returns: Sequence[float], days_per_year: int) -> Metrics:
    """Ratios and the shape of the distribution."""
    deviation = deviation_of(returns)
    return {
        "sharpe_ratio": sharpe_ratio(returns, days_per_year, deviation),
        "sortino_ratio": sortino_ratio(returns, days_per_year),
        "volatility": None if deviation is None else deviation * sqrt(days_per_year),
        "skewness": skewness(returns, deviation),
        "kurtosis": kurtosis(returns, deviation),
        "worst_day": min(returns, default=None),
        "best_day": max(returns, default=None),
        **tail_figures(returns),
    }


def deviation_of(returns: Sequence[float]) -> float | None:
    """Standard deviation of a sample; None with fewer than two days. It is exact, and takes longer than the rest."""
    return stdev(returns) if len(returns) > 1 else None


def sharpe_ratio(returns: Sequence[float], days_per_year: int, deviation: float | None = None) -> float | None:
    """Annualised; None with fewer than two days, or without any variation. `deviation` is given where it is known."""
    if not (deviation := deviation_of(returns) if deviation is None else deviation):
        return None
    return finite(fmean(returns) / deviation * sqrt(days_per_year))


def sortino_ratio(returns: Sequence[float], days_per_year: int) -> float | None:
    """Annualised, against a target of 0; None with fewer than two days, or without a losing one."""
    if len(returns) < 2 or not (downside := sqrt(fmean(min(r, 0.0) ** 2 for r in returns))):
        return None
    return finite(fmean(returns) / downside * sqrt(days_per_year))


def skewness(returns: Sequence[float], deviation: float | None = None) -> float | None:
    """Without bias (G1), as pandas computes it; None with fewer than three days, or without variation."""
    n = len(returns)
    if n < 3 or not (deviation := deviation_of(returns) if deviation is None else deviation):
        return None
    mean = fmean(returns)
    return finite(n / (n - 1) / (n - 2) * sum(((r - mean) / deviation) ** 3 for r in returns))


def kurtosis(returns: Sequence[float], deviation: float | None = None) -> float | None:
    """Excess without bias (G2), as pandas computes it; None with fewer than four days, or without variation."""
    n = len(returns)
    if n < 4 or not (deviation := deviation_of(returns) if deviation is None else deviation):
        return None
    mean = fmean(returns)
    fourth = sum(((r - mean) / deviation) ** 4 for r in returns)
    less = 3 * (n - 1) ** 2 / (n - 2) / (n - 3)
    return finite(n * (n + 1) / (n - 1) / (n - 2) / (n - 3) * fourth - less)


def tail_figures(returns: Sequence[float]) -> Metrics:
    """Value at risk and the like; None with too few days."""
    if len(returns) < ENOUGH_FOR_TAILS:
        return {"var_5": None, "cvar_5": None, "tail_ratio": None}
    ascending = sorted(returns)
    low, high = quantile(ascending, 0.05), quantile(ascending, 0.95)
    worst = ascending[: floor(0.05 * (len(ascending) - 1)) + 1]
    return {"var_5": low, "cvar_5": fmean(worst), "tail_ratio": abs(high) / abs(low) if low else None}


def quantile(ascending: Sequence[float], share: float) -> float:
    """Linear between two values."""
    place = share * (len(ascending) - 1)
    below, above = ascending[floor(place)], ascending[ceil(place)]
    return below + (above - below) * (place - floor(place))


def max_drawdown_daily(start: Decimal, equity: Sequence[Decimal]) -> float:
    """The deepest fall from a peak of the days' ends (the start is the first peak), a positive fraction."""
    peak, deepest = start, Decimal(0)
    for value in equity:
        peak = max(peak, value)
        deepest = max(deepest, 1 - value / peak)
    return float(deepest)


def ulcer_index(start: Decimal, equity: Sequence[Decimal]) -> float | None:
    """Root of the mean square of the drawdowns at the days' ends; None without a day."""
    peak, squares = start, list[float]()
    for value in equity:
        peak = max(peak, value)
        squares.append(float(1 - value / peak) ** 2)
    return sqrt(fmean(squares)) if squares else None


def cagr(start: Decimal, end: Decimal, days: Sequence[str]) -> float | None:
    """Growth per year of 365.25 calendar days, first and last day included; None below a year."""
    if not days or (span := (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days + 1) < SHORTEST_YEAR:
        return None
    return finite(float(end / start) ** (365.25 / span) - 1)


def finite(value: float) -> float | None:
    return value if isfinite(value) else None
