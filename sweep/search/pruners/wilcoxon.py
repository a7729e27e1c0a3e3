"""Wilcoxon pruner: a signed-rank test of a trial's daily returns against those of the best trial so far."""

from collections.abc import Mapping, Sequence
from typing import Any

from sweep.search.pruners.base import Pruner
from sweep.spec.objectives import Goal
from sweep.spec.rungs import day_of
from sweep.trial import Result, Rung, State

LEVEL = 0.1  # p-value below which a trial is pruned


def create(options: Mapping[str, Any], goal: Goal, _: int) -> Pruner:
    """Create the pruner from its section of a spec."""
    return Wilcoxon(options["rungs"], goal, options.get("p_threshold") or LEVEL)


class Wilcoxon(Pruner):
    """Rungs that carry the daily returns of the best trial so far, which the trial is tested against."""

    def __init__(self, places: Sequence[float], goal: Goal, level: float) -> None:
        super().__init__(places, goal, (), 0)
        self._goal, self._level = goal, level
        self._best: tuple[float, Sequence[float]] | None = None  # objective and daily returns

    def learn(self, number: int, result: Result) -> None:  # noqa: ARG002 (all are compared with one)
        """Take the next result; a trial that breaks a bound is no rival."""
        scores = self._goal.scores(result.metrics) if result.state is State.COMPLETE else None
        if scores and self._goal.is_feasible(result.metrics) and (not self._best or scores[0] > self._best[0]):
            self._best = scores[0], result.returns

    def rungs(self, number: int) -> tuple[Rung, ...]:  # noqa: ARG002 (all are compared with one)
        """The rungs, each with the rival's days since the one before."""
        if not self._best:
            return tuple(Rung(at, self._metric) for at in self._places)
        returns, since, rungs = self._best[1], 0, list[Rung]()
        for at in self._places:
            until = day_of(at, len(returns))
            days = returns[since:until] if until < len(returns) else ()  # at the last day there is no rung
            rungs.append(Rung(at, self._metric, p=self._level, against=tuple(days)))
            since = until
        return tuple(rungs)
