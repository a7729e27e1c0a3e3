"""What a finished backtest hands back."""

from dataclasses import asdict, dataclass, field
from typing import Any

from sweep.trial import Metrics


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures of one backtest that tripped no guard. Plain data throughout."""

    metrics: Metrics  # every name of measure.METRICS
    days: tuple[str, ...]  # sessions with market data, ISO dates on the instruments' calendar, ascending
    returns: tuple[float, ...]  # net return of each day, a fraction, marked to market
    steps: tuple[str, ...] = ()  # of a short backtest: starts of the parts of its days with market data, ISO times
    step_returns: tuple[float, ...] = ()  # net return of each of them
    warnings: tuple[str, ...] = ()
    stats: dict[str, Any] = field(default_factory=dict[str, Any])  # the engine's own statistics, for the tearsheet
    timing: dict[str, float] = field(default_factory=dict[str, float])  # seconds: plan, decode, feed, run, measure
    rungs: tuple[float | None, ...] = ()  # the metric at each rung that was reached
    fills: str = ""  # the trail of its fills (sweep/backtest/accounting/fill_digest.py)
    pruned: bool = False  # the figures are those of the days up to the last of these rungs

    def plain(self) -> dict[str, Any]:
        """As a dict of plain values, under the names that a Result has."""
        found = asdict(self)
        del found["pruned"]  # there it is a state
        return found
