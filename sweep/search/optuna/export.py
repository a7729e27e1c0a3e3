"""A sweep as an Optuna study in a file, for optuna-dashboard and for Optuna itself."""

import warnings
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from sweep.errors import InputError, Problem, SweepError
from sweep.ledger.ledger import Ledger, Row
from sweep.search.optuna.distributions import is_direct, text, texts
from sweep.spec.objectives import Goal
from sweep.spec.space import Choice, Dimension, LogRange, Space
from sweep.trial import Params, State

SQLITE = {".db", ".sqlite", ".sqlite3"}  # what a file is by its name; any other is a journal


def export(ledger: Ledger, space: Space, path: Path) -> int:
    """Write every ended trial in the order of asking, with its rungs, bounds and metrics; how many there are."""
    if path.exists():
        raise InputError(Problem("--optuna", "exists already", str(path), "name a new file"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _written(ledger, space, path)
    except (OSError, StorageInternalError, SQLAlchemyError) as error:
        path.unlink(missing_ok=True)  # half a study
        why = str(error).partition("\n")[0]
        raise SweepError(f"{path} cannot be written: {why}") from error


def _written(ledger: Ledger, space: Space, path: Path) -> int:
    storage = _storage(path)
    try:
        return len(study_of(ledger, space, storage).get_trials(deepcopy=False))
    finally:
        storage.remove_session()
        if isinstance(storage, RDBStorage):
            storage.engine.dispose()


def study_of(ledger: Ledger, space: Space, storage: BaseStorage) -> optuna.Study:
    """A study of every ended trial in the order of asking."""
    facts = ledger.facts
    goal = facts.goal
    study = optuna.create_study(
        storage=storage,
        study_name=facts.id,
        directions=[StudyDirection[way.upper()] for _, way in goal.objectives],
    )
    with warnings.catch_warnings(action="ignore"):  # it says that it is experimental
        study.set_metric_names([metric for metric, _ in goal.objectives])
    for name in ("engine", "data", "search", "metric_constraints"):
        study.set_user_attr(name, getattr(facts, name))
    for params, row in _asked(ledger):
        study.add_trial(frozen(params, row, space, goal))
    return study


def _storage(path: Path) -> BaseStorage:
    if path.suffix in SQLITE:
        return RDBStorage(f"sqlite:///{path}")
    return JournalStorage(JournalFileBackend(str(path)))


def _asked(ledger: Ledger) -> Iterator[tuple[Params, Row]]:
    """The ended trials in the order of asking: of a study the sequence of asks, of a grid the trials."""
    rows = {row.number: row for row in ledger.rows() if row.state}
    asks = ledger.asked_for()
    if asks:
        yield from ((params, rows[number]) for number, params in asks if number in rows)
    else:
        yield from ((row.params, row) for row in rows.values())


def frozen(params: Params, row: Row, space: Space, goal: Goal) -> FrozenTrial:
    """A trial as Optuna keeps it, its parameters as the spec writes them."""
    dimensions = [d for d in space.dimensions if d.name in params and params[d.name] in d]
    values = goal.values(row.metrics) if row.state is State.COMPLETE else None
    state = TrialState.PRUNED if row.state is State.PRUNED else TrialState.COMPLETE if values else TrialState.FAIL
    steps = {n: value for n, value in enumerate(row.rungs, 1) if value is not None}
    notes: dict[str, Any] = {"number": row.number, "key": row.key, **row.metrics}
    if row.reason:
        notes |= {"reason": str(row.reason), "message": row.message}
    violations = {"constraints": [b.violation(row.metrics) for b in goal.bounds]} if goal.bounds else {}
    trial = optuna.create_trial(
        state=state,
        values=values if state is not TrialState.PRUNED else list(steps.values())[-1:] or None,
        params={d.name: shown(d, params[d.name]) for d in dimensions},
        distributions={d.name: axis(d) for d in dimensions},
        intermediate_values=steps if goal.is_single else {},
        user_attrs=notes,
        system_attrs=violations if state is TrialState.COMPLETE else {},
    )
    if row.started and row.ended:
        trial.datetime_start, trial.datetime_complete = map(datetime.fromtimestamp, (row.started, row.ended))
    return trial


def axis(dimension: Dimension) -> BaseDistribution:
    """The distribution of a dimension in the spec's own values."""
    if isinstance(dimension, Choice):
        values: Any = dimension.values if is_direct(dimension.values) else texts(dimension.values)
        return CategoricalDistribution(values)
    is_log, step = isinstance(dimension, LogRange), getattr(dimension, "step", None)
    if dimension.integral:
        return IntDistribution(int(dimension.low), int(dimension.high), log=is_log, step=step or 1)
    return FloatDistribution(dimension.low, dimension.high, log=is_log, step=step)


def shown(dimension: Dimension, value: Any) -> Any:
    """A value as its axis takes it."""
    return text(value) if isinstance(dimension, Choice) and not is_direct(dimension.values) else value
