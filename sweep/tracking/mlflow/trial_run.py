"""A trial as the MLflow run that shall mirror it. Pure: the same row of the ledger gives the same record."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import accumulate
from math import floor, isfinite, log10
from operator import mul

from sweep.common.escaping import for_markdown, for_mlflow
from sweep.common.json_values import digest
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Row
from sweep.results.labels import cut, label, text
from sweep.spec.components import places
from sweep.spec.constraints.formula import is_formula
from sweep.spec.metric_table import DEFAULT_COLUMNS, METRIC_TABLE, TROUBLES, of_strategy, row_of
from sweep.tracking.mlflow.trial_params import params
from sweep.trial import ISOLATED, State

# the part of a metric's name before the slash is its section in the MLflow UI
GROUPS = tuple(dict.fromkeys(metric.group for metric in METRIC_TABLE.values()))
OTHER = "extra"  # the group of metrics that a spec adds
EQUITY = "equity/return"  # metric of the best trials: the return since the start, day by day
DIGITS, DECIMALS = 6, 2  # significant digits of a metric, and at least so many decimals: money to the cent
HIDDEN = "mlflow.sweep"  # the UI does not show tags whose names begin with "mlflow."

STATUS = {
    State.COMPLETE: "FINISHED",
    State.PRUNED: "FINISHED",
    State.FAILED: "FAILED",
}  # a pruned trial ended as it should

type MetricPoint = tuple[str, int, float, int]  # (metric, step, value, ms)
type Texts = Mapping[str, str]  # params, or tags, by their names

KEY, PARAM, TAG, NAME, NOTE = (
    250,
    6000,
    8000,
    120,
    6000,
)  # characters; MLflow refuses longer ones, names and notes are ours


@dataclass(frozen=True)
class RunRecord:
    """A run as it shall stand in MLflow."""

    name: str
    status: str
    start: int  # ms since the epoch
    end: int  # ms; also the time of every metric, so that writing them again changes nothing
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]

    @cached_property
    def digest(self) -> str:
        """Hash of all of it: a run that carries it and has ended is this record."""
        content = [self.name, self.status, self.start, self.end, self.tags, self.params, self.metrics]
        return digest([dict(part) if isinstance(part, Mapping) else part for part in content])


def child(row: Row, facts: SweepFacts, parent: str) -> RunRecord:
    """The record of an ended trial below the sweep's parent run."""
    if row.state is None:
        raise ValueError(f"trial {row.number} has not ended")
    end = ms(row.ended or row.started) or epoch(facts.created)
    return RunRecord(
        name=cut(for_mlflow(f"#{row.number} {label(row.params)}".rstrip()), NAME),
        status=STATUS[row.state],
        start=ms(row.started) or end,
        end=end,
        tags={name: for_mlflow(value) for name, value in _tags(row, facts)} | {"mlflow.parentRunId": parent},
        params={
            param_name(name): cut(for_mlflow(text(value)), PARAM) for name, value in params(facts, row.params).items()
        },
        metrics=dict(_metrics(row, facts.objective.get("metric", ""))),
    )


def common(facts: SweepFacts, kind: str) -> dict[str, str]:
    """Tags of every run of a sweep; `kind` is "sweep" or "trial"."""
    return {
        "sweep.id": facts.id,
        "sweep.kind": kind,
        "mlflow.source.name": places.label(facts.backtest),
        "mlflow.source.type": "LOCAL",
    }


def _tags(row: Row, facts: SweepFacts) -> Iterator[tuple[str, str]]:
    yield from common(facts, "trial").items()
    yield "sweep.trial", str(row.number)
    if repeat := facts.repeat:
        yield "sweep.setting", digest(repeat.setting(row.params))[:8]  # the same for all of its repeats
    yield "sweep.key", row.key
    yield "sweep.state", str(row.state)
    yield f"{HIDDEN}.attempt", str(row.attempt)
    yield f"{HIDDEN}.worker", cut(row.worker, TAG)
    if row.replay not in ("", ISOLATED):
        yield "sweep.replay", cut(row.replay, TAG)
    if row.reason:
        yield "sweep.reason", str(row.reason)
    if troubles := [f"{name}={count}" for name in TROUBLES if (count := row.metrics.get(name))]:
        yield "sweep.troubles", " ".join(troubles)
    if row.warnings:
        yield "sweep.warnings", cut("\n".join(row.warnings), TAG)
    if row.message or row.warnings:
        yield "mlflow.note.content", note(row)


def note(row: Row) -> str:
    """Description of a run in Markdown: why its trial FAILED, and its warnings."""
    message = for_markdown(cut(row.message, NOTE // 4))
    parts = [f"**{row.reason}**: {message}" if row.reason else message]
    if row.trace:
        parts.append(f"```\n{row.trace[-NOTE // 2 :].replace('```', chr(8242) * 3)}\n```")
    parts += [f"- {for_markdown(warning)}" for warning in row.warnings]
    return cut("\n\n".join(filter(None, parts)), NOTE)


def _metrics(row: Row, objective: str) -> Iterator[tuple[str, float]]:
    """The objective comes first, then the columns of the leaderboard: the UI keeps the order.

    A FAILED trial has no figures; those of a PRUNED one are of a part of the period, and stand apart.
    """
    if row.state is not State.FAILED:
        first = (name for name in (objective, *DEFAULT_COLUMNS) if name in row.metrics)
        for name in dict.fromkeys((*first, *row.metrics)):
            if (value := row.metrics[name]) is not None:
                yield metric_name(name) if row.state is State.COMPLETE else f"pruned/{name}", rounded(value)
    yield "trial/number", float(row.number)
    if row.started and row.ended:
        yield "trial/seconds", round(row.ended - row.started, 3)


def rounded(value: float) -> float:
    """A figure with the digits that people read; the ledger and its tables have all of them."""
    if not value or not isfinite(value):
        return float(value)
    return round(float(value), max(DECIMALS, DIGITS - 1 - floor(log10(abs(value)))))


def equity(days: Sequence[str], returns: Sequence[float]) -> list[MetricPoint]:
    """The equity curve as (metric, step, value, ms): a step a day, at the time of the day, which charts show."""
    growth = accumulate((1 + value for value in returns), mul)
    return [
        (EQUITY, step, rounded(value - 1), epoch(f"{day[:10]}T00:00:00+00:00"))
        for step, (day, value) in enumerate(zip(days, growth, strict=True), 1)
    ]


def metric_name(name: str) -> str:
    """The name of a metric in MLflow, in its group."""
    if place := of_strategy(name):
        return f"strategies/{place[0]}/{place[1]}"
    metric = row_of(name)
    return f"{metric.group}/{name}" if metric else f"{OTHER}/{param_name(name) if is_formula(name) else name}"


def param_name(name: str) -> str:
    """The spec's own name of a parameter, as far as MLflow allows it."""
    return cut(re.sub(r"[^\w. :-]|^\.", "_", name), KEY)


def ms(seconds: float | None) -> int:
    """UNIX seconds as milliseconds."""
    return round((seconds or 0.0) * 1000)


def epoch(moment: str) -> int:
    """ISO 8601 time as milliseconds since the epoch."""
    return ms(datetime.fromisoformat(moment).timestamp())
