"""Threshold pruner: fixed bounds at every rung."""

from collections.abc import Mapping, Sequence
from typing import Any

from sweep.search.pruners.base import Pruner
from sweep.spec.objectives import Goal
from sweep.trial import Result, Rung


def create(options: Mapping[str, Any], goal: Goal, _: int) -> Pruner:
    """Create the pruner from its section of a spec."""
    return Threshold(options["rungs"], goal, options.get("lower"), options.get("upper"))


class Threshold(Pruner):
    """Fixed bounds, the same at every rung."""

    def __init__(self, places: Sequence[float], goal: Goal, lower: float | None, upper: float | None) -> None:
        ((metric, _),) = goal.objectives
        self._fixed = tuple(Rung(at, metric, lower, upper) for at in places)

    def learn(self, number: int, result: Result) -> None:
        """Nothing to learn."""

    def rungs(self, number: int) -> tuple[Rung, ...]:  # noqa: ARG002 (the same for all)
        """The rungs with their fixed bounds."""
        return self._fixed
