"""A setting that is run several times: how its trials stand for it. Pure.

Each repeat is a trial of its own. One of them stands for the setting: the one at the median, or at a low quantile, of
the main objective. So what a search learns of a setting, and what a leaderboard shows of it, are figures of a real
trial, which can be replayed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median, pstdev
from typing import Any, Protocol, Self

from sweep.common.json_values import Plain, is_mapping
from sweep.common.units import counted, quantile
from sweep.spec.constraints.formula import value_of
from sweep.spec.metric_table import is_lower_better
from sweep.spec.objectives import Figures, Goal
from sweep.spec.space import Choice, Space
from sweep.trial import Params, State


class Ended(Protocol):
    """A trial that has ended."""

    @property
    def state(self) -> State | None: ...
    @property
    def metrics(self) -> Figures: ...


class RecordedTrial(Ended, Protocol):
    """A trial as the ledger knows it."""

    @property
    def number(self) -> int: ...
    @property
    def params(self) -> Params: ...


@dataclass(frozen=True, slots=True)
class Repeat:
    """Parameter that varies from repeat to repeat, and the quantile of the repeats that represents a set."""

    over: str  # a parameter of the backtest
    values: tuple[Plain, ...]
    score: float = 0.5  # a share of the repeats, from the worst on: 0 is the worst of them, 0.5 the median

    @classmethod
    def of(cls, search: Any) -> Self | None:
        """From the search of a spec, or from what the ledger keeps of it."""
        rules: Any = search.get("repeat") if is_mapping(search) else None
        return cls(rules["over"], tuple(counted(rules["values"])), quantile(rules.get("score", 0.5))) if rules else None

    def setting(self, params: Params) -> dict[str, Plain]:
        """The parameters without what is repeated."""
        return {name: value for name, value in params.items() if name != self.over}

    def representative(self, trials: Sequence[Ended], goal: Goal) -> int:
        """The position of the trial that stands for a setting; one without the objective is the worst of all."""

        def rank(n: int) -> tuple[float, int]:
            trial = trials[n]
            scores = goal.scores(trial.metrics) if trial.state is State.COMPLETE else None
            return (scores[0] if scores else float("-inf")), n

        return sorted(range(len(trials)), key=rank)[int(self.score * (len(trials) - 1))]


@dataclass(frozen=True, slots=True)
class Setting[T: RecordedTrial]:
    """A setting and all of its trials."""

    params: Params
    trials: tuple[T, ...]  # by number
    chosen: T  # stands for them

    def spread(self, metric: str, *, high_is_worse: bool) -> dict[str, float | None]:
        """Median, standard deviation and worst value of a metric over the COMPLETE trials."""
        complete = [value_of(metric, t.metrics) for t in self.trials if t.state is State.COMPLETE]
        values = [float(v) for v in complete if v is not None]
        if not values:
            return {"median": None, "spread": None, "worst": None}
        worst = max(values) if high_is_worse else min(values)
        return {"median": median(values), "spread": pstdev(values), "worst": worst}

    def distribution(self, goal: Goal) -> dict[str, dict[str, float | None]]:
        """Median, spread and worst of every metric; the worst of an objective by its direction."""
        fewer = {name: way == "minimize" for name, way in goal.objectives}
        names = dict.fromkeys(name for t in self.trials for name in t.metrics)
        return {n: self.spread(n, high_is_worse=fewer.get(n, is_lower_better(n))) for n in names}

    def plain(self, goal: Goal) -> dict[str, Any]:
        """As JSON."""
        return {
            "params": dict(self.params),
            "trial": self.chosen.number,
            "trials": [t.number for t in self.trials],
            "failed": sum(t.state is not State.COMPLETE for t in self.trials),
            "metrics": self.distribution(goal),
        }


def varied(space: Space, search: Any) -> Space:
    """The space of all that differs from trial to trial: the settings of a search, and what it repeats."""
    if (repeat := Repeat.of(search)) is None:
        return space
    return replace(space, dimensions=(*space.dimensions, Choice(repeat.over, repeat.values)))


def settings[T: RecordedTrial](rows: Iterable[T], repeat: Repeat, goal: Goal) -> list[Setting[T]]:
    """The settings whose every repeat has ended, by their first trial."""
    groups: dict[str, list[T]] = {}
    for row in rows:
        if row.state is not None and repeat.over in row.params and row.params[repeat.over] in repeat.values:
            groups.setdefault(json.dumps(repeat.setting(row.params), sort_keys=True), []).append(row)
    whole = [tuple(g) for g in groups.values() if len(g) == len(repeat.values)]
    return [Setting(repeat.setting(g[0].params), g, g[repeat.representative(g, goal)]) for g in whole]


def standing[T: RecordedTrial](rows: Iterable[T], repeat: Repeat | None, goal: Goal) -> list[T]:
    """The COMPLETE trials that count: all of them, or one for each setting where settings are repeated."""
    if repeat is None:
        return [row for row in rows if row.state is State.COMPLETE]
    chosen = [s.chosen for s in settings(rows, repeat, goal)]
    return [row for row in chosen if row.state is State.COMPLETE]
