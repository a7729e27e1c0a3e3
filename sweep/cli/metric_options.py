"""Options of commands that name metrics of the trials of a sweep."""

from collections.abc import Sequence

from sweep.errors import InputError, Problem, did_you_mean
from sweep.results.sweep_reader import SweepReader
from sweep.spec.components.metric_names import metric_names
from sweep.spec.constraints.formula import is_formula


def require_metrics(report: SweepReader, option: str, names: Sequence[str]) -> None:
    """InputError with each of the names that is no metric of the trials."""
    metrics = metric_names(report.facts.backtest, benchmark=report.facts.benchmark is not None)
    metrics += [metric for metric, _ in report.goal.objectives if is_formula(metric)]
    unknown = [name for name in names if name not in metrics]
    if unknown:
        raise InputError([Problem(option, "is not a metric", name, did_you_mean(name, metrics)) for name in unknown])


def listed(text: str | None) -> list[str]:
    """Names from a list with commas."""
    return list(dict.fromkeys(name.strip() for name in (text or "").split(",") if name.strip()))
