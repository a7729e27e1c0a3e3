"""Successive halving without a barrier (ASHA): a trial must be among the best 1/factor at each rung."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat
from math import floor
from typing import Any

from sweep.search.pruners.base import Bracket, Cut, Pruner
from sweep.spec.objectives import Goal

FACTOR = 3


def create(options: Mapping[str, Any], goal: Goal, seed: int) -> Pruner:
    """Create the pruner from its section of a spec; of a list of factors each rung has one, the last all others."""
    rungs, startup = options["rungs"], options.get("startup_trials") or 0
    cuts = [halving(factor, startup) for _, factor in zip(rungs, factors(options), strict=False)]
    return Pruner(rungs, goal, [Bracket(cuts)], seed)


def factors(options: Mapping[str, Any]) -> Iterator[int]:
    """The factor of each rung, of as many as are asked for."""
    factor: int | Sequence[int] = options.get("reduction_factor") or FACTOR
    listed = [factor] if isinstance(factor, int) else factor
    return chain(listed, repeat(listed[-1]))


def halving(factor: int, startup: int) -> Cut:
    """Successive halving without a barrier: goes on who is among the best 1/factor of the values and itself."""

    def cut(values: Sequence[float]) -> float | None:
        if len(values) < max(1, startup):
            return None
        return sorted(values, reverse=True)[max(1, floor((len(values) + 1) / factor)) - 1]

    return cut
