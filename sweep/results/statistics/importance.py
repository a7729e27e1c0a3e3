"""Parameter importance: Optuna's PED-ANOVA over the COMPLETE trials.

Of an adaptive study it is a hint and no measurement: a study looks where it was good, so that a parameter whose bad
values it left early can look unimportant. A grid and a random search have no such bias.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from sweep.common.import_tricks import import_without
from sweep.common.json_values import Plain
from sweep.spec.space import Choice, Dimension, LogRange, Space

importances: Any = import_without(
    "optuna.importance", without="sklearn"
)  # a second, for evaluators that are not used here
optuna.logging.set_verbosity(optuna.logging.ERROR)

FEWEST = 10  # trials; of fewer nothing is said


def importance(space: Space, trials: Sequence[tuple[Mapping[str, Plain], float]], direction: str) -> dict[str, float]:
    """Each parameter's share of what tells the best tenth of the trials from the rest, the largest first; adds up to 1.

    Empty for fewer than ten trials, or when all values are the same.
    """
    if len(trials) < FEWEST or len({value for _, value in trials}) == 1:
        return {}
    axes = {d.name: (d, distribution(d)) for d in space.dimensions}
    study = _Study(direction, [_trial(number, axes, *trial) for number, trial in enumerate(trials)])
    shares = importances.get_param_importances(study, evaluator=importances.PedAnovaImportanceEvaluator())
    return {name: float(share) for name, share in shares.items()}


class _Study(optuna.Study):
    """Trials as they are. A storage copies and compares each, which takes four fifths of the time of a report."""

    def __init__(self, direction: str, trials: list[FrozenTrial]) -> None:
        storage = InMemoryStorage()
        study = optuna.create_study(storage=storage, direction=StudyDirection[direction.upper()])
        super().__init__(study.study_name, storage)
        self._all = trials

    def get_trials(  # the arguments are Optuna's
        self,
        deepcopy: bool = True,  # noqa: ARG002
        states: Container[TrialState] | None = None,  # noqa: ARG002
    ) -> list[FrozenTrial]:
        """All of them: they are complete, and nobody changes them."""
        return self._all


class _Choices(CategoricalDistribution):
    """Choices that are compared at once with themselves."""

    def __eq__(self, other: object) -> bool:
        return self is other or super().__eq__(other)

    __hash__ = CategoricalDistribution.__hash__


def _trial(
    number: int, axes: Mapping[str, tuple[Dimension, BaseDistribution]], params: Mapping[str, Plain], value: float
) -> FrozenTrial:
    common = {name: axis for name, axis in axes.items() if name in params}
    return FrozenTrial(
        number=number, trial_id=number, state=TrialState.COMPLETE, value=value, datetime_start=None,
        datetime_complete=None, user_attrs={}, system_attrs={}, intermediate_values={},
        params={name: position(d, params[name]) for name, (d, _) in common.items()},
        distributions={name: axis for name, (_, axis) in common.items()},
    )  # fmt: skip


def distribution(dimension: Dimension) -> BaseDistribution:
    """Bounds of a dimension's positions."""
    if isinstance(dimension, Choice):
        return _Choices([str(n) for n in range(len(dimension))])
    if len(dimension):
        return IntDistribution(0, len(dimension) - 1)
    return FloatDistribution(dimension.low, dimension.high, log=isinstance(dimension, LogRange))


def position(dimension: Dimension, value: Plain) -> Any:
    """A value as its place among the dimension's values, or as itself where there are no steps."""
    if isinstance(dimension, Choice):
        return str(next(n for n, v in enumerate(dimension.values) if type(v) is type(value) and v == value))
    if len(dimension):
        return next(n for n in range(len(dimension)) if dimension[n] == value)
    return value
