"""A trial as the MLflow run that shall mirror it. Pure: the same row of the ledger gives the same record."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sweep.common.escaping import for_markdown, for_mlflow
from sweep.common.json_values import digest
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Row
from sweep.results.labels import cut, label, text
from sweep.spec.components import places
from sweep.spec.constraints.formula import is_formula
from sweep.spec.metric_table import METRIC_TABLE, TROUBLES, of_strategy
from sweep.trial import ISOLATED, State

# the part of a metric's name before the slash is its section in the MLflow UI
GROUPS = tuple(dict.fromkeys(metric.group for metric in METRIC_TABLE.values()))
OTHER = "extra"  # the group of metrics that a spec adds

STATUS = {
    State.COMPLETE: "FINISHED",
    State.PRUNED: "FINISHED",
    State.FAILED: "FAILED",
}  # a pruned trial ended as it should

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
        params={param_name(name): cut(for_mlflow(text(value)), PARAM) for name, value in row.params.items()},
        metrics=dict(_metrics(row)),
    )


def common(facts: SweepFacts, kind: str) -> dict[str, str]:
    """Tags of every run of a sweep; `kind` is "sweep" or "trial"."""
    return {
        "sweep.id": facts.id,
        "sweep.kind": kind,
        "sweep.catalog": facts.data,
        "sweep.engine": facts.engine,
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
    yield "sweep.attempt", str(row.attempt)
    yield "sweep.worker", cut(row.worker, TAG)
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


def _metrics(row: Row) -> Iterator[tuple[str, float]]:
    """A FAILED trial has no figures; those of a PRUNED one are of a part of the period, and stand apart."""
    if row.state is not State.FAILED:
        for name, value in row.metrics.items():
            if value is not None:
                yield metric_name(name) if row.state is State.COMPLETE else f"pruned/{name}", float(value)
    yield "trial/number", float(row.number)
    if row.started and row.ended:
        yield "trial/seconds", round(row.ended - row.started, 3)


def metric_name(name: str) -> str:
    """The name of a metric in MLflow, in its group."""
    if place := of_strategy(name):
        return f"strategies/{place[0]}/{place[1]}"
    metric = METRIC_TABLE.get(name)
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
