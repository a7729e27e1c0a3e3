"""The trials of a sweep side by side, as arrays: what a verdict is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from sweep.common.json_values import is_number
from sweep.results.statistics.arrays import Flags, Floats, Ints, Returns
from sweep.trial import Params

ROUNDING = 1e-12
ENOUGH_TRADES = 30  # closed positions; of fewer other draws say nothing


@dataclass(frozen=True, slots=True)
class ClosedPositions:
    """Closed positions of all trials by the day of their close, so that days can be drawn for all trials together."""

    trials: Ints  # column of its trial
    days: Ints  # row of the day of its close
    pnls: Floats  # after fees, money

    def of(self, columns: Ints) -> Self:
        """Those of some trials, whose columns are counted anew."""
        place = np.full(max(self.trials.max(initial=0), columns.max(initial=0)) + 1, -1)
        place[columns] = np.arange(columns.size)
        trials = place[self.trials]
        inside = trials >= 0
        return replace(self, trials=trials[inside], days=self.days[inside], pnls=self.pnls[inside])

    def without_edge(self) -> Self:
        """The same, each trial's PnL less its mean."""
        count = np.bincount(self.trials)
        means = np.bincount(self.trials, self.pnls) / np.maximum(count, 1)
        deviations = self.pnls - means[self.trials]
        return replace(self, pnls=np.where(np.abs(deviations) > ROUNDING * np.abs(self.pnls), deviations, 0.0))

    def sums(self, values: Floats, periods: int, trials: int) -> Floats:
        """Sum of a value of each position over the days (days x trials)."""
        cells = np.bincount(self.days * trials + self.trials, values, periods * trials)
        return cells.reshape(periods, trials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """COMPLETE trials on one calendar, and how they were chosen. Columns of all arrays are in the same order."""

    numbers: Ints  # of the trials, ascending
    returns: Returns  # days x trials: net return of each day, a fraction; 0 on a day without any
    objective: Floats  # of each trial, with the sign that makes more better; NaN where it does not exist
    trades: Floats  # closed positions of each trial
    places: Floats  # trials x dimensions, from `positions` for a grid, else from `scaled`
    best: int | None  # column of the best trial by the objective
    searched: int  # all trials of the search, with those that failed, were pruned or have not ended
    year: int = 252  # trading days
    is_grid: bool = True
    is_adaptive: bool = False  # later trials were chosen by the results of earlier ones
    startup: int = 0  # so many trials of an adaptive search were chosen before it knew anything
    days: tuple[str, ...] = ()  # ISO dates of the rows
    closed: Floats | None = None  # of the best: PnL of each closed position over the equity at the start
    parts: Returns | None = None  # of short data: net returns of parts of the days, in the same columns
    part: int = 0  # their length, minutes
    sharpe: float | None = None  # of the best: annual, from its own days, as its metric says
    no_best: str = ""  # why no trial is the best, where none is
    chosen_by: str = ""  # the objective
    is_maximized: bool = True
    positions: ClosedPositions | None = (
        None  # of all trials, where the objective is one of trades and they are recorded
    )
    equity: Floats | None = None  # of each trial at the start, money
    is_eligible: Flags | None = None  # trials that trade as much as the bounds of the spec ask for; None: all

    @property
    def periods(self) -> int:
        return self.returns.shape[0]

    @property
    def trials(self) -> int:
        return self.returns.shape[1]


def positions(params: Sequence[Params]) -> Floats:
    """Steps of each trial along each parameter of a grid; values that are no numbers have no order: two steps apart."""
    columns = [_steps([p.get(name) for p in params]) for name in _names(params)]
    return np.array(columns, np.float64).reshape(len(columns), len(params)).T


def _steps(values: Sequence[Any]) -> list[float]:
    """Places along one parameter; where it does not exist, two steps before the first."""
    present = [v for v in values if v is not None]
    if present and all(map(is_number, present)):
        place = {v: float(n) for n, v in enumerate(sorted(set(present)))} | {None: -2.0}
        return [place[v] for v in values]
    place = {name: 2.0 * n for n, name in enumerate(dict.fromkeys(map(repr, values)))}
    return [place[repr(v)] for v in values]


def scaled(params: Sequence[Params], space: Mapping[str, Any]) -> Floats:
    """Each parameter scaled to [0, 1] over the trials, by logarithms where the space says so; else a column a value."""
    columns: list[Any] = [c for name in _names(params) for c in _scale([p.get(name) for p in params], space.get(name))]
    return np.array(columns, np.float64).reshape(len(columns), len(params)).T


def _scale(values: Sequence[Any], dimension: Any) -> list[Floats]:
    """Columns of one parameter; where it does not exist it is 0, and another column tells."""
    present = np.array([v is not None for v in values])
    if not all(is_number(v) for v in values if v is not None) or not present.any():
        named = dict.fromkeys(map(repr, values))
        return [np.array([repr(v) == name for v in values]) / np.sqrt(2) for name in named]
    numbers = np.array([v for v in values if v is not None], np.float64)
    if isinstance(dimension, Mapping) and "log" in dimension and numbers.min() > 0:
        numbers = np.log(numbers)
    column = np.zeros(len(values))
    column[present] = (numbers - numbers.min()) / (np.ptp(numbers) or 1.0)
    return [column] if present.all() else [column, present.astype(np.float64)]


def _names(params: Sequence[Params]) -> list[str]:
    return list(dict.fromkeys(name for p in params for name in p))
