"""Hyperband: brackets of successive halving that differ in how many rungs a trial passes freely."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from sweep.search.pruners.base import Bracket, Pruner
from sweep.search.pruners.halving import FACTOR, halving
from sweep.spec.objectives import Goal


def create(options: Mapping[str, Any], goal: Goal, seed: int) -> Pruner:
    """Create the pruner from its section of a spec: bracket n passes its first n rungs; strict ones get more trials."""
    rungs, factor = options["rungs"], options.get("reduction_factor") or FACTOR
    rule = halving(factor, options.get("startup_trials") or 0)
    size = len(rungs) + 1
    brackets = [
        Bracket([None] * n + [rule] * (len(rungs) - n), ceil(size * factor ** (size - 1 - n) / (size - n)))
        for n in range(size)
    ]
    return Pruner(rungs, goal, brackets, seed)
