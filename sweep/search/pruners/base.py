"""Pruners: the bounds that a trial must keep at each rung, from the values of earlier trials at that rung.

The bounds are fixed when the trial is asked for and travel with it as plain data: no round trip while it runs, and the
same decision wherever it runs. They use the results that the search window allows, and no others. A value equal to
a bound passes. Every trial that has reached a rung counts there, whether it was pruned later or not.
"""

from binascii import crc32
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sweep.spec.objectives import Goal
from sweep.trial import Result, Rung, State

type Cut = Callable[[Sequence[float]], float | None]  # values at a rung, higher is better → the lowest that passes


@dataclass(frozen=True, slots=True)
class Bracket:
    """Group of trials that are compared with each other only."""

    cuts: Sequence[Cut | None]  # one for each rung; None: no trial is pruned there
    weight: int = 1  # its share of all trials, relative to the other brackets' weights


class Pruner:
    """Bounds of the next trial from the values of earlier trials at each rung."""

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
