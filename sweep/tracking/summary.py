"""The sweep itself as MLflow shows it: its parent run, its experiment, the running series of its trials. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sweep.ledger import Row
from sweep.tracking.record import NOTE, Record, common, cut, epoch, label, ms, text
from sweep.trial import State

type Value = tuple[int, State | None, float | None, float | None]  # as `Ledger.values` gives it
type Points = dict[tuple[str, int], tuple[float, int]]  # (metric, step): value, ms

CHILDREN = "Every trial is a child run. To compare trials: select them, Compare, Parallel Coordinates."


def experiment(facts: Mapping[str, Any]) -> dict[str, str]:
    """Tags of the experiment: what the UI opens with."""
    metric = facts["objective"]["metric"]
    return {
        "mlflow.experimentKind": "custom_model_development",  # no GenAI layout, no prompt for one
        "mlflow.experiment.primaryMetric.name": f"best/{metric}",
        "mlflow.note.content": f"Sweeps named `{facts['name']}`, one parent run each. {CHILDREN}",
    }


def parent(facts: Mapping[str, Any]) -> Record:
    """The parent run as it is created; everything else of it grows with the sweep."""
    objective = facts["objective"]
    created = epoch(facts["created"])
    tags = {"sweep.objective": f"{objective['direction']} {objective['metric']}"}
    return Record(facts["id"], "RUNNING", created, created, common(facts, "sweep") | tags, {}, {})


def tags(facts: Mapping[str, Any], count: Mapping[str, int], best: Row | None) -> dict[str, str]:
    """Tags of the parent that change while the sweep runs."""
    counts = {f"sweep.{state.lower()}": str(count.get(state, 0)) for state in (*State, "RUNNING")}
    leader = {"sweep.best": f"#{best.number}"} if best else {}
    return counts | leader | {"mlflow.note.content": cut("\n\n".join(_note(facts, count, best)), NOTE)}


def _note(facts: Mapping[str, Any], count: Mapping[str, int], best: Row | None) -> Iterator[str]:
    metric, direction = facts["objective"]["metric"], facts["objective"]["direction"]
    yield f"**{sum(count.values())} trials**: " + ", ".join(f"{n} {state}" for state, n in count.items())
    if best:
        value = text(best.metrics[metric])
        yield f"**Best** ({direction} `{metric}`): #{best.number} `{label(best.params)}`, {metric} = {value}"
    yield f"{CHILDREN} The whole table: artifacts `leaderboard.csv`, `trials.parquet`."


def series(values: Iterable[Value], metric: str, direction: str, *, whole: bool) -> Points:
    """`trial/METRIC` and the best so far, `best/METRIC`, with the trial's number as the step.

    The best so far goes up to the first trial that has not ended: what comes later cannot change it. With `whole`
    it leaves such trials out.
    """
    sign = 1 if direction == "maximize" else -1
    points: Points = {}
    best: float | None = None
    settled = True
    for number, state, value, ended in values:
        settled = settled and (whole or state is not None)
        if state is not State.COMPLETE or value is None:
            continue
        points[f"trial/{metric}", number] = float(value), ms(ended)
        if settled:
            best = value if best is None or sign * value > sign * best else best
            points[f"best/{metric}", number] = float(best), ms(ended)
    return points


def leader(best: Row | None, objective: str) -> Points:
    """The other figures of the best trial, `best/METRIC`, at its number."""
    if best is None:
        return {}
    figures = {name: value for name, value in best.metrics.items() if value is not None and name != objective}
    return {(f"best/{name}", best.number): (float(value), ms(best.ended)) for name, value in figures.items()}


def status(facts: Mapping[str, Any], count: Mapping[str, int]) -> str:
    """How the parent run stands when nobody works on the sweep any more."""
    if not facts.get("finished") or count.get("RUNNING"):
        return "KILLED"
    return "FINISHED" if count.get(State.COMPLETE) else "FAILED"


def leaderboard(rows: Sequence[Row]) -> bytes:
    """The rows as CSV, in their order."""
    params = list(dict.fromkeys(name for row in rows for name in row.params))
    metrics = list(dict.fromkeys(name for row in rows for name in row.metrics))
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["rank", "number", *params, *metrics, "warnings", "key"])
    for rank, row in enumerate(rows, 1):
        cells = [row.params.get(name) for name in params] + [row.metrics.get(name) for name in metrics]
        table.writerow([rank, row.number, *cells, len(row.warnings), row.key])
    return out.getvalue().encode()
