"""Median and percentile pruners: a trial must be among the best share of the trials at each rung."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from sweep.search.pruners.base import Bracket, Cut, Pruner
from sweep.spec.objectives import Goal

STARTUP = 5  # trials at a rung before one is pruned


def create(options: Mapping[str, Any], goal: Goal, seed: int) -> Pruner:
    """Create the pruner from its section of a spec; the median without `percentile`."""
    startup = options.get("startup_trials")
    rule = share((options.get("percentile") or 50.0) / 100, STARTUP if startup is None else startup)
    rungs = options["rungs"]
    return Pruner(rungs, goal, [Bracket([rule] * len(rungs))], seed)


def share(fraction: float, startup: int) -> Cut:
    """Keep the best `fraction` (0 to 1) of the trials at a rung, at least one; none pruned before `startup` values."""

    def cut(values: Sequence[float]) -> float | None:
        if len(values) < max(1, startup):
            return None
        return sorted(values, reverse=True)[max(1, ceil(fraction * len(values))) - 1]

    return cut
