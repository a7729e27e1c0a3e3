"""Dimensions of a space as Optuna knows them, and the way between its values and those of the spec."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optuna import Trial
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from sweep.common.json_values import Plain, is_number
from sweep.spec.exact_arithmetic import exact
from sweep.spec.space import Choice, Dimension, LogRange, Range

type Distribution = CategoricalDistribution | IntDistribution | FloatDistribution


@dataclass(frozen=True)
class Axis:
    """One dimension and its distribution.

    Steps are searched by their place, which is exact: 0.3 and not 0.30000000000000004, before and after a restart.
    """

    dimension: Dimension
    distribution: Distribution

    @property
    def name(self) -> str:
        return self.dimension.name

    @classmethod
    def of(cls, dimension: Dimension) -> "Axis":
        """The axis of a dimension."""
        return cls(dimension, distribution(dimension))

    def suggest(self, trial: Trial) -> Any:
        """Return the sampler's suggestion for a trial as Optuna's own value."""
        match self.distribution:
            case CategoricalDistribution(choices=choices):
                return trial.suggest_categorical(self.name, choices)
            case IntDistribution(low=low, high=high, log=log):
                return trial.suggest_int(self.name, low, high, log=log)
            case FloatDistribution(low=low, high=high, log=log):
                return trial.suggest_float(self.name, low, high, log=log)

    def plain(self, value: Any) -> Plain:
        """The value of the spec for one of Optuna's."""
        if isinstance(self.dimension, Choice):
            values = self.dimension.values
            return value if is_direct(values) else values[texts(values).index(value)]
        return self.dimension[value] if len(self.dimension) else value

    def value(self, plain: Plain) -> Any:
        """The inverse of `plain`."""
        if isinstance(self.dimension, Choice):
            return plain if is_direct(self.dimension.values) else text(plain)
        return place(self.dimension, plain) if len(self.dimension) else plain


def distribution(dimension: Dimension) -> Distribution:
    """Optuna distribution of a dimension: a list is categorical, steps are indices, other ranges are continuous."""
    if isinstance(dimension, Choice):
        values: Any = dimension.values if is_direct(dimension.values) else texts(dimension.values)
        return CategoricalDistribution(values)
    if len(dimension):
        return IntDistribution(0, len(dimension) - 1)
    is_log = isinstance(dimension, LogRange)
    if dimension.integral:
        return IntDistribution(int(dimension.low), int(dimension.high), log=is_log)
    return FloatDistribution(dimension.low, dimension.high, log=is_log)


def place(steps: Range | LogRange, value: Plain) -> int:
    """The place of a value among the steps of a range."""
    if isinstance(steps, Range) and steps.step is not None and is_number(value):
        return int((exact(value) - exact(steps.low)) / exact(steps.step))
    return [steps[n] for n in range(len(steps))].index(value)


def is_direct(values: Sequence[Plain]) -> bool:
    """True if Optuna can hold the values of a list as they are: scalars, none of which equals another (1 and true)."""
    scalars = all(v is None or isinstance(v, str | int | float) for v in values)
    return scalars and len(set(values)) == len(values)  # type: ignore[arg-type]


def texts(values: Sequence[Plain]) -> list[str]:
    """Values that Optuna cannot hold, as text."""
    return [text(v) for v in values]


def text(value: Plain) -> str:
    return json.dumps(value, sort_keys=True)
