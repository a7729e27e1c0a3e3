"""Daily closes of a benchmark, and the figures of a trial beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, Self

import numpy as np

from sweep.ledger.facts import SweepFacts
from sweep.results.statistics.arrays import Floats
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.trial import Metrics, Result

FEWEST = 3  # days: two points always lie on a line
STILL = 1e-12  # deviation of returns that is rounding alone


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Closes of a series of prices by trading day."""

    source: str  # an instrument, or the name of a file
    closes: Mapping[str, float]  # by ISO date

    @classmethod
    def of(cls, plain: Mapping[str, Any] | None) -> Self | None:
        """The inverse of `plain`; None for none."""
        return cls(plain["source"], plain["closes"]) if plain else None

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return {"source": self.source, "closes": dict(self.closes)}

    def figures(self, days: Sequence[str], returns: Sequence[float], year: int) -> Metrics:
        """Every name of BENCHMARK from daily net returns, of which `year` make a year."""
        return compared(*self._pairs(days, returns), year)

    def _pairs(self, days: Sequence[str], returns: Sequence[float]) -> tuple[Floats, Floats]:
        """Returns of the trial and of the benchmark, of the days on which both are defined. The first day is none."""
        pairs = [
            (r, self.closes[day] / self.closes[before] - 1)
            for before, day, r in zip(days, days[1:], returns[1:], strict=False)
            if before in self.closes and day in self.closes
        ]
        both = np.array(pairs, np.float64).reshape(-1, 2)
        return both[:, 0], both[:, 1]


def compared(returns: Floats, others: Floats, year: int) -> Metrics:
    """Beta, alpha and correlation of returns to others; None where they are undefined."""
    figures: Metrics = dict.fromkeys(BENCHMARK)
    if len(returns) < FEWEST or others.std() <= STILL:
        return figures
    own, other = returns - returns.mean(), others - others.mean()
    beta = float(own @ other / (other @ other))
    figures |= {"beta": beta, "alpha": float(returns.mean() - beta * others.mean()) * year}
    if returns.std() > STILL:
        figures["correlation"] = float(np.clip(own @ other / np.sqrt((own @ own) * (other @ other)), -1, 1))
    return {name: value if value is not None and isfinite(value) else None for name, value in figures.items()}


def with_comparison(benchmark: Benchmark | None, result: Result) -> Result:
    """A result with the figures beside this benchmark instead of those that it has; as it is where there is none."""
    if benchmark is None or not result.metrics:
        return result
    figures = benchmark.figures(result.days, result.returns, int(result.stats.get("days_per_year", 252)))
    metrics = {name: value for name, value in result.metrics.items() if name not in BENCHMARK} | figures
    return replace(result, metrics=metrics)


def without_comparison(facts: SweepFacts, result: Result) -> Result:
    """A result without its figures beside the benchmark of its sweep."""
    if facts.benchmark is None:
        return result
    return replace(result, metrics={name: v for name, v in result.metrics.items() if name not in BENCHMARK})
