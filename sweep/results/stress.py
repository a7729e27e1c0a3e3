"""Distribution of the objective under each perturbation, and the word for it (docs/stress.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from sweep.ledger.facts import SweepFacts

HOLDS, WEAKENS, BREAKS, NO_GAIN, NOT_TESTED = "holds", "weakens", "breaks", "no gain", "not tested"
LOW = 0.05  # the quantile that is shown beside the median
ENOUGH = 0.5  # share of the gain that has to be left
NEUTRAL = {"profit_factor": 1.0}  # values of metrics that are neither gain nor loss; 0 for the others


@dataclass(frozen=True, slots=True)
class StressResult:
    """One test of one leader."""

    name: str
    size: str  # of the perturbation, for people
    word: str
    trials: int = 0
    failed: int = 0
    refused: int = 0  # of more trials, whose values the strategy or a model does not take
    median: float | None = None  # of the objective
    low: float | None = None  # its quantile on the bad side: one in twenty is worse
    reason: str = ""  # why it was not tested

    def figures(self) -> dict[str, float | None]:
        """Median and 5 % quantile by name."""
        return {"median": self.median, "low": self.low}


@dataclass(frozen=True, slots=True)
class StressedTrial:
    """One of the best trials, and what each test has shown."""

    trial: int
    value: float | None  # of the objective, unperturbed
    tests: tuple[StressResult, ...]

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """The inverse of `plain`."""
        return cls(plain["trial"], plain["value"], tuple(StressResult(**test) for test in plain["tests"]))

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @property
    def broken(self) -> list[str]:
        """Names of the tests that break it."""
        return [test.name for test in self.tests if test.word == BREAKS]


def stressed(facts: SweepFacts) -> list[StressedTrial]:
    """The tested trials of a sweep, the best first."""
    return [StressedTrial.of(dict(plain)) for plain in facts.stress]


def judged(
    name: str, size: str, values: Sequence[float | None], *, metric: str, direction: str, unperturbed: float | None
) -> StressResult:
    """The result of a test from the objective of its trials; None for one that FAILED or has no value."""
    if not values:
        return StressResult(name, size, NOT_TESTED, reason="no trial has ended with figures or a failure")
    numbers = [value for value in values if value is not None]
    sides = [LOW, 0.5] if direction == "maximize" else [1 - LOW, 0.5]
    low, median = map(float, np.quantile(numbers, sides)) if numbers else (None, None)
    word = judge([kept(v, metric, direction, unperturbed) for v in values], metric, direction, unperturbed)
    return StressResult(name, size, word, len(values), len(values) - len(numbers), median=median, low=low)


def judge(shares: Sequence[float], metric: str, direction: str, unperturbed: float | None) -> str:
    """The word for the shares of the gain that are left."""
    if not gains(metric, direction, unperturbed):
        return NO_GAIN
    ordered = np.sort(np.asarray(shares))
    low, median = np.quantile(np.maximum(ordered, -1e300), [LOW, 0.5])
    return HOLDS if low >= ENOUGH else WEAKENS if median >= ENOUGH else BREAKS


def gains(metric: str, direction: str, value: float | None) -> bool:
    """True if there is something to lose: a maximised metric above its neutral value, or a minimised one above 0."""
    return value is not None and value > (NEUTRAL.get(metric, 0.0) if direction == "maximize" else 0.0)


def kept(value: float | None, metric: str, direction: str, unperturbed: float | None) -> float:
    """Share of the unperturbed gain that is left; of a minimised metric the unperturbed value in the new one."""
    if value is None or not gains(metric, direction, unperturbed):
        return float("-inf")
    base = float(unperturbed or 0.0)
    if direction == "minimize":
        return base / value if value > 0 else 1.0
    neutral = NEUTRAL.get(metric, 0.0)
    return (value - neutral) / (base - neutral)


def sentences(trials: Sequence[StressedTrial]) -> Iterator[str]:
    """Outcome of the tests of each trial, a line each."""
    for trial in trials:
        tested = [test for test in trial.tests if test.word in {HOLDS, WEAKENS, BREAKS}]
        if not tested:
            yield f"trial {trial.trial} was tested without a word: it has no gain to keep, or nothing to change"
            continue
        groups = {word: [t.name for t in tested if t.word == word] for word in (HOLDS, WEAKENS, BREAKS)}
        parts = [f"{word} under {', '.join(names)}" for word, names in groups.items() if names]
        yield f"trial {trial.trial} {'; '.join(parts)}"
