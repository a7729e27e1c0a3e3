"""Pruners by the names that specs use."""

from collections.abc import Callable, Mapping
from typing import Any

from sweep.search.pruners import halving, hyperband, percentile, threshold, wilcoxon
from sweep.search.pruners.base import Pruner
from sweep.spec.objectives import Goal

PRUNERS: Mapping[str, Callable[[Mapping[str, Any], Goal, int], Pruner]] = {
    "median": percentile.create,
    "percentile": percentile.create,
    "asha": halving.create,
    "successive_halving": halving.create,
    "hyperband": hyperband.create,
    "threshold": threshold.create,
    "wilcoxon": wilcoxon.create,
}


def create(options: Mapping[str, Any], goal: Goal, seed: int) -> Pruner:
    """Create the pruner that the section `search.pruner` of a spec describes."""
    return PRUNERS[options["type"]](options, goal, seed)
