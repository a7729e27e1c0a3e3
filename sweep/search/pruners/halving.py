"""Successive halving without a barrier (ASHA): a trial must be among the best 1/factor at each rung."""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Any

from sweep.search.pruners.base import Bracket, Cut, Pruner
from sweep.spec.objectives import Goal

FACTOR = 3


def create(options: Mapping[str, Any], goal: Goal, seed: int) -> Pruner:
    """Create the pruner from its section of a spec."""
    rungs = options["rungs"]
    return Pruner(rungs, goal, [Bracket([rule_of(options)] * len(rungs))], seed)


def rule_of(options: Mapping[str, Any]) -> Cut:
    """The rule with the factor and startup trials of a spec."""
    return halving(options.get("reduction_factor") or FACTOR, options.get("startup_trials") or 0)


def halving(factor: int, startup: int) -> Cut:
    """Successive halving without a barrier: goes on who is among the best 1/factor of the values and itself."""

    def cut(values: Sequence[float]) -> float | None:
        if len(values) < max(1, startup):
            return None
        return sorted(values, reverse=True)[max(1, floor((len(values) + 1) / factor)) - 1]

    return cut
