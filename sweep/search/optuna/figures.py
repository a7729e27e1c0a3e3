"""Figures of Optuna's visualization for the trials of a ledger."""

# plotly has no complete types
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import optuna
from optuna import visualization
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState

from sweep.errors import InputError, Problem, did_you_mean
from sweep.ledger.ledger import Ledger
from sweep.search.optuna.export import study_of
from sweep.spec.space import Space

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

type Plot = Literal["history", "contour", "slice", "parallel"]
PLOTS: dict[str, Any] = {
    "history": visualization.plot_optimization_history,
    "contour": visualization.plot_contour,
    "slice": visualization.plot_slice,
    "parallel": visualization.plot_parallel_coordinate,
}


def figure(kind: Plot, ledger: Ledger, space: Space, params: Sequence[str] | None = None) -> "Figure":
    """A figure of the first objective. `params` are the parameters that it shows; all by default.

    A parameter may be named without `strategy.`. InputError for one that the space does not have.
    """
    options: dict[str, Any] = {}
    if params is not None:
        options["params"] = [_full(name, space) for name in params]
    goal = ledger.facts.goal
    if not goal.is_single:
        options |= {"target": _first, "target_name": goal.objectives[0][0]}
    study = _quietly(ledger, space)
    if kind == "contour" and len(varied := _varied(study)) < 2:
        rule = "needs two parameters with several values each"
        raise InputError(Problem("plot_contour", rule, varied, "plot_slice shows a single one"))
    with warnings.catch_warnings(action="ignore"):  # some of it is experimental
        return PLOTS[kind](study, **options)


def _quietly(ledger: Ledger, space: Space) -> optuna.Study:
    """The study; Optuna does not announce it."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return study_of(ledger, space, InMemoryStorage())
    finally:
        optuna.logging.set_verbosity(level)


def _varied(study: optuna.Study) -> list[str]:
    """Parameters with several values among the COMPLETE trials."""
    trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    names = {name for trial in trials for name in trial.params}
    return sorted(name for name in names if len({str(trial.params.get(name)) for trial in trials}) > 1)


def _first(trial: FrozenTrial) -> float:
    return trial.values[0]


def _full(name: str, space: Space) -> str:
    names = [d.name for d in space.dimensions]
    for full in (name, f"strategy.{name}"):
        if full in names:
            return full
    raise InputError(Problem("params", "is not a parameter of the space", name, did_you_mean(name, names)))
