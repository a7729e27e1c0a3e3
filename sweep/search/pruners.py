"""Where a trial is pruned, decided when it is asked: bounds at each rung, from what the trials before it came to there.

A decision may use what the window allows and nothing else, and that is known when the trial is asked. So the bounds
travel with the trial as plain data: no round trip while it runs, and the same decision wherever it runs. A value at
a bound goes on. Every trial that has reached a rung counts there, whether it was pruned later or not.
"""

from binascii import crc32
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from sweep.spec.objectives import Goal
from sweep.spec.rungs import day_of
from sweep.trial import Result, Rung, State

type Cut = Callable[[Sequence[float]], float | None]  # values at a rung, more is better → the least that goes on

STARTUP = 5  # trials at a rung before one is pruned against a share of them


def share(kept: float, startup: int) -> Cut:
    """Keep the best `kept` (0 to 1) of what reached the rung, at least one; nothing is cut before `startup` values."""

    def cut(values: Sequence[float]) -> float | None:
        if len(values) < max(1, startup):
            return None
        return sorted(values, reverse=True)[max(1, ceil(kept * len(values))) - 1]

    return cut


def halving(factor: int, startup: int) -> Cut:
    """Successive halving without a barrier: goes on who is among the best 1/factor of the values and itself."""

    def cut(values: Sequence[float]) -> float | None:
        if len(values) < max(1, startup):
            return None
        return sorted(values, reverse=True)[max(1, floor((len(values) + 1) / factor)) - 1]

    return cut


@dataclass(frozen=True, slots=True)
class Bracket:
    """Trials that are compared with each other alone."""

    cuts: Sequence[Cut | None]  # one for each rung; None: nobody is pruned there
    weight: int = 1  # how many of all trials are in it, against the others' weights


class Pruner:
    """Learns what trials came to at each rung, and sets the bounds of the next."""

    def __init__(self, places: Sequence[float], goal: Goal, brackets: Sequence[Bracket], seed: int) -> None:
        self._places, self._brackets, self._seed = places, brackets, seed
        ((self._metric, direction),) = goal.objectives
        self._sign = 1.0 if direction == "maximize" else -1.0
        self._values: list[list[list[float]]] = [[[] for _ in places] for _ in brackets]

    def learn(self, number: int, result: Result) -> None:
        """Take the next result, in the order of asking; a FAILED one has no values."""
        if result.state is State.FAILED:
            return
        values = self._values[self.bracket(number)]
        for reached, value in zip(values, result.rungs, strict=False):
            if value is not None:
                reached.append(self._sign * value)

    def rungs(self, number: int) -> tuple[Rung, ...]:
        """The rungs of trial `number`, with the bounds that it has to keep there."""
        bracket = self.bracket(number)
        places = zip(self._places, self._brackets[bracket].cuts, self._values[bracket], strict=True)
        return tuple(self._rung(at, cut(values) if cut else None) for at, cut, values in places)

    def _rung(self, at: float, least: float | None) -> Rung:
        if least is None:
            return Rung(at, self._metric)
        return Rung(at, self._metric, lower=least) if self._sign > 0 else Rung(at, self._metric, upper=-least)

    def bracket(self, number: int) -> int:
        """The bracket of a trial, drawn from its number once and for all."""
        weights = [b.weight for b in self._brackets]
        place = crc32(f"{self._seed}_{number}".encode()) % sum(weights)
        return next(n for n in range(len(weights)) if place < sum(weights[: n + 1]))


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


class Wilcoxon(Pruner):
    """Each day against the same day of the best trial so far, whose daily returns travel with the trial."""

    def __init__(self, places: Sequence[float], goal: Goal, level: float) -> None:
        super().__init__(places, goal, (), 0)
        self._goal, self._level = goal, level
        self._best: tuple[float, Sequence[float]] | None = None  # objective and daily returns

    def learn(self, number: int, result: Result) -> None:  # noqa: ARG002 (all are compared with one)
        """Take the next result; what breaks a bound is nobody's rival."""
        scores = self._goal.scores(result.metrics) if result.state is State.COMPLETE else None
        if scores and self._goal.is_feasible(result.metrics) and (not self._best or scores[0] > self._best[0]):
            self._best = scores[0], result.returns

    def rungs(self, number: int) -> tuple[Rung, ...]:  # noqa: ARG002 (all are compared with one)
        """The rungs, each with the rival's days since the one before."""
        if not self._best:
            return tuple(Rung(at, self._metric) for at in self._places)
        returns, since, found = self._best[1], 0, list[Rung]()
        for at in self._places:
            until = day_of(at, len(returns))
            days = returns[since:until] if until < len(returns) else ()  # at the last day there is no rung
            found.append(Rung(at, self._metric, p=self._level, against=tuple(days)))
            since = until
        return tuple(found)


def pruner(given: Mapping[str, Any], goal: Goal, seed: int) -> Pruner:
    """The pruner that a spec describes."""
    kind, places = given["type"], given["rungs"]
    if kind == "threshold":
        return Threshold(places, goal, given.get("lower"), given.get("upper"))
    if kind == "wilcoxon":
        return Wilcoxon(places, goal, given.get("p_threshold") or 0.1)
    factor, startup = given.get("reduction_factor") or 3, given.get("startup_trials")
    if kind in {"median", "percentile"}:
        rule = share((given.get("percentile") or 50.0) / 100, STARTUP if startup is None else startup)
    else:
        rule = halving(factor, startup or 0)
    brackets = [Bracket([rule] * len(places))]
    if kind == "hyperband":  # bracket n passes its first n rungs freely; the strict ones are given more trials
        size = len(places) + 1
        brackets = [
            Bracket([None] * n + [rule] * (len(places) - n), ceil(size * factor ** (size - 1 - n) / (size - n)))
            for n in range(size)
        ]
    return Pruner(places, goal, brackets, seed)
