"""Metrics of the user's own: functions by import path over a finished trial, checked before anything runs."""

import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from math import isfinite
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any

from sweep.backtest.records import BacktestRecord, Unavailable
from sweep.common.import_path import ImportPathError, load
from sweep.common.json_values import is_list, is_mapping
from sweep.errors import Problem, Reason, TrialError, described, did_you_mean, shorten
from sweep.trial import Metrics

LARGEST = 2**63 - 1  # integer that tables and MLflow hold; beyond it a figure is a float


@dataclass(frozen=True, slots=True)
class CustomMetric:
    """One metric of the spec."""

    name: str
    function: Callable[..., Any]
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def measure(self, trial: BacktestRecord) -> float | int | None:
        """The figure. Raises TrialError, with the metric's name, when there is none."""
        try:
            return _figure(self.name, self.function(trial, **deepcopy(dict(self.config))))
        except (TrialError, KeyboardInterrupt):
            raise
        except BaseException as error:  # user code, which may also exit
            message = f"metric {self.name} raised {described(error)}"
            raise TrialError(Reason.METRIC, message, traceback.format_exc()) from error


def _figure(name: str, value: Any) -> float | int | None:
    """The value of a metric, if it is a figure."""
    if value is None:
        return None
    if not isinstance(value, bool) and isinstance(value, Real):
        with suppress(OverflowError):  # an integer beyond all floats
            if isfinite(value):
                return int(value) if isinstance(value, Integral) and abs(int(value)) <= LARGEST else float(value)
    rule = "must give a finite number, or None where there is none"
    raise TrialError(Reason.METRIC, f"metric {name} {rule} (was {_shown(value)})")


def _shown(value: object) -> str:
    return f"an integer of {value.bit_length()} bits" if isinstance(value, int) else shorten(value)


def measure(own: Sequence[CustomMetric], trial: BacktestRecord) -> Metrics:
    """The figures by name, in the order of the spec; each function sees those before it among the trial's figures."""
    values: Metrics = {}
    for metric in own:
        values[metric.name] = metric.measure(read_only(trial, values))
    return values


def read_only(trial: BacktestRecord, more: Metrics) -> BacktestRecord:
    """A record in which nothing can be changed, with further figures; what its functions give is a copy each time."""
    lists = ("days", "orders", "fills", "positions", "balances")
    rows: dict[str, Sequence[Any]] = {name: getattr(trial, name) for name in lists}
    return replace(
        trial,
        **{name: each if isinstance(each, Unavailable) else tuple(map(copy, each)) for name, each in rows.items()},
        figures=MappingProxyType({**trial.figures, **more}),
        config=_frozen(trial.config),
        mids=lambda: tuple(trial.mids()),
        events=partial(_copies, trial.events),
    )


def _copies(events: Callable[[str], Sequence[Any]], name: str) -> Sequence[Any]:
    return tuple(deepcopy(list(events(name))))


def _frozen(value: Any) -> Any:
    """Plain data that cannot be changed."""
    if is_mapping(value):
        return MappingProxyType({key: _frozen(inner) for key, inner in value.items()})
    return tuple(map(_frozen, value)) if is_list(value) else value


def build(sections: Sequence[Mapping[str, Any]], problems: list[Problem]) -> tuple[CustomMetric, ...]:
    """The metrics of a spec; every reason why one cannot be called goes to `problems`."""
    metrics: list[CustomMetric] = []
    for n, item in enumerate(sections):
        try:
            function = load(item["path"])
        except ImportPathError as error:
            problems.append(error.at(f"metrics.{n}.path"))
            continue
        config = dict(item.get("config") or {})
        problems += refusals(f"metrics.{n}", item["path"], function, config)
        metrics.append(CustomMetric(str(item["name"]), function, config))
    return tuple(metrics)


def refusals(where: str, path: str, function: Any, config: Mapping[str, Any]) -> list[Problem]:
    """Reasons for which a function cannot be called with a trial and these values."""
    if not callable(function) or isinstance(function, type):
        return [Problem(f"{where}.path", "must be a function of a finished trial", path)]
    parameters = list(inspect.signature(function).parameters.values())
    positional = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    if not parameters or parameters[0].kind not in positional:
        return [Problem(f"{where}.path", "must take a finished trial as its first argument", path)]
    others = parameters[1:]
    if any(p.kind is p.VAR_KEYWORD for p in others):
        return []
    names = [p.name for p in others]
    unknown = [
        Problem(f"{where}.config.{name}", f"{path} has no argument {name!r}", config[name], did_you_mean(name, names))
        for name in config
        if name not in names
    ]
    needed = [p.name for p in others if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]
    return unknown + [
        Problem(f"{where}.config.{name}", f"{path} needs a value for {name!r}") for name in needed if name not in config
    ]
