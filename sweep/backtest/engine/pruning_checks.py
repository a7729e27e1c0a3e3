"""Checks at the ends of trading days of whether a replay is pruned."""

from collections.abc import Sequence
from typing import Any

from sweep.spec.constraints.formula import value_of
from sweep.spec.rungs import day_of
from sweep.trial import Metrics, Rung


class RungSchedule:
    """The rungs of one replay, and what it came to at each. One at the last day or after it is never reached."""

    def __init__(self, rungs: Sequence[Rung], days: int) -> None:
        """`days` is how many days with market data the replay has."""
        self._left = [(day, rung) for rung in rungs if (day := day_of(rung.at, days)) < days]
        self._rival: list[float] = []  # returns of the days until the rung
        self.values: list[float | None] = []

    def is_due(self, days: int) -> bool:
        """Return True if a rung stands at the end of this day, counted from 1."""
        return bool(self._left) and self._left[0][0] <= days

    def judge(self, days: int, figures: Metrics, returns: Sequence[float]) -> bool:
        """Take the figures, and the daily returns, at the end of this day; whether every rung there is passed.

        A figure that does not exist, such as the win rate before the first trade, is no reason to end.
        """
        while self.is_due(days):
            _, rung = self._left.pop(0)
            value = value_of(rung.metric, figures)
            self.values.append(value)
            self._rival += rung.against
            if value is not None and not keeps(rung, value):
                return False
            if rung.p is not None and is_worse(returns, self._rival, rung.p):
                return False
        return True


def keeps(rung: Rung, value: float) -> bool:
    """Return True if a value lies within the bounds; at a bound is within."""
    return (rung.lower is None or value >= rung.lower) and (rung.upper is None or value <= rung.upper)


def is_worse(returns: Sequence[float], rival: Sequence[float], level: float) -> bool:
    """Return True if days are lower than a rival's: by their sum, and by Wilcoxon's signed-rank test (1945).

    One-sided; days that are equal count half for either side. Fewer than four days can say nothing at a level of 0.1.
    """
    differences = [own - other for own, other in zip(returns, rival, strict=True)]
    if len(differences) < 2 or sum(differences) >= 0:
        return False
    from scipy import stats

    tested: Any = stats.wilcoxon(differences, alternative="less", zero_method="zsplit")  # pyright: ignore[reportUnknownMemberType]
    return bool(tested.pvalue < level)
