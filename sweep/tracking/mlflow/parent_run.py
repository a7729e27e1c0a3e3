"""The sweep itself as MLflow shows it: its parent run, its experiment, the running series of its trials. Pure."""

import csv
import io
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sweep.common.escaping import for_markdown
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Row
from sweep.results.labels import cut, label, text
from sweep.results.stress import sentences, stressed
from sweep.spec.metric_table import MAIN_METRICS, formatted
from sweep.tracking.mlflow.trial_run import NOTE, RunRecord, common, epoch, metric_name, ms, rounded
from sweep.tracking.mlflow.ui_views import link
from sweep.trial import State

type Value = tuple[int, State | None, float | None, float | None]  # as `Ledger.values` gives it
JUDGED = (  # figures of the verdict that are metrics of the parent
    "sharpe", "luck_mean", "luck_95", "p", "objective_p", "deflated_sharpe", "halves_loss", "pbo",
    "walk_forward_sharpe", "neighbour_ratio", "median_sharpe", "minimum_backtest_years", "years",
)  # fmt: skip

PASSED = {True: "passed", False: "failed", None: "no meaning"}  # a criterion of the verdict
TAGS = "sweep.tags"  # names of the tags that people gave to the sweep, parted by blanks

type Points = dict[tuple[str, int], tuple[float, int]]  # (metric, step): value, ms


def experiment(facts: SweepFacts) -> dict[str, str]:
    """Tags of the experiment: what the UI opens with."""
    metric = facts.objective["metric"]
    return {
        "mlflow.experimentKind": "custom_model_development",  # no GenAI layout, no prompt for one
        "mlflow.experiment.primaryMetric.name": metric_name(metric),
        "mlflow.note.content": f"Sweeps named `{facts.name}`: one parent run each, below it runs of its trials. "
        "A parent's description links to the comparison of its trials.",
    }


def parent(facts: SweepFacts) -> RunRecord:
    """The parent run as it is created; everything else of it grows with the sweep."""
    objective = facts.objective
    created = epoch(facts.created)
    tags = {
        "sweep.objective": f"{objective['direction']} {objective['metric']}",
        "sweep.catalog": facts.data,
        "sweep.engine": facts.engine,
    }
    return RunRecord(facts.id, "RUNNING", created, created, common(facts, "sweep") | tags, {}, {})


def tags(facts: SweepFacts, count: Mapping[str, int], best: Row | None, place: str) -> dict[str, str]:
    """Tags of the parent that change while the sweep runs; `place` is its experiment."""
    leader = {"sweep.best": f"#{best.number}"} if best else {}
    note = cut("\n\n".join(_note(facts, count, best, place)), NOTE)
    rest = {"sweep.children": facts.children or "all", "mlflow.note.content": note}
    return dict(facts.tags) | leader | verdict(facts) | unseen(facts) | rest


def verdict(facts: SweepFacts) -> dict[str, str]:
    """Tags of the verdict that was noted when the sweep ended; its criteria are in the description."""
    if not (noted := facts.verdict):
        return {}
    centre = noted["choice"]["centre"]
    choice = {"sweep.plateau": f"#{centre['trial']}"} if centre else {}
    return {"sweep.verdict": noted["verdict"]} | choice


def unseen(facts: SweepFacts) -> dict[str, str]:
    """Tags of the lock-box: whether it is closed, or how often it was opened and what each look showed."""
    box: Mapping[str, Any] | None = facts.lockbox
    if not box:
        return {}
    looks = facts.looks
    times = "closed" if not looks else "opened once" if len(looks) == 1 else f"opened {len(looks)} times"
    period = {"sweep.lockbox.period": f"{box['period']['start']} … {box['period']['end']}"}
    tags = {f"sweep.lockbox.look_{n}": _look(look) for n, look in enumerate(looks, 1)}
    return {"sweep.lockbox": times} | period | tags


def _look(look: Mapping[str, Any]) -> str:
    metrics: Mapping[str, Any] = look["metrics"] or {}
    outcome = look["failure"] or f"pnl_total {text(metrics.get('pnl_total'))}"
    return f"#{look['trial']} by {look['by']} at {look['at']}: {outcome}"


def _note(facts: SweepFacts, count: Mapping[str, int], best: Row | None, place: str) -> Iterator[str]:
    metric, direction = facts.objective["metric"], facts.objective["direction"]
    if facts.note:
        yield for_markdown(facts.note)
    if best and (value := best.metrics[metric]) is not None:
        text = f"{metric} = {formatted(value, metric)}"
        yield f"**Best** ({direction} `{metric}`): #{best.number} `{label(best.params)}`, {text}"
    word = f" · **{facts.verdict['verdict'].capitalize()}**" if facts.verdict else ""
    yield f"**{sum(count.values())} trials**: " + ", ".join(f"{n} {state}" for state, n in count.items()) + word
    yield _links(facts, place)
    if judged := facts.verdict:
        criteria = [f"- {c['name']}: {PASSED[c['passed']]}: {c['sentence']}" for c in judged["criteria"]]
        notes = [f"- {for_markdown(note)}" for note in judged.get("notes", ())]
        yield "\n".join([f"**Verdict**: {judged['sentence']}", "", *criteria, *notes])
    if trials := stressed(facts):
        yield "\n".join(["**Stress tests**", "", *(f"- {sentence}" for sentence in sentences(trials))])


def _links(facts: SweepFacts, place: str) -> str:
    """Address of the comparison of the trials, and the names of the files with all of them."""
    files = "`leaderboard.csv`, `trials.parquet`, `returns.parquet`, `report.html`"
    policy = facts.children or "all"
    if policy == "none":
        return f"No trial has a run of its own (`tracking.children: none`). All of them as files: {files}."
    table, charts = (link(place, facts.id, charts=charts)[1:] for charts in (False, True))
    here = "Compare the trials" if policy == "all" else f"Compare the best trials (`tracking.children: {policy}`)"
    return f"{here}: [table]({table}), [charts]({charts}). All of them as files: {files}."


def series(values: Iterable[Value], metric: str, direction: str, *, whole: bool, broken: Container[int] = ()) -> Points:
    """`trial/METRIC` and the best so far, `best/METRIC`, with the trial's number as the step.

    Trials that break a bound, `broken`, are never the best.

    The best so far goes up to the first trial that has not ended: what comes later cannot change it. With `whole`
    it leaves such trials out. Its time is when the last of those trials ended: should one be run again and change
    it, MLflow shows the later value.
    """
    sign = 1 if direction == "maximize" else -1
    leaders: Points = {}
    trials: Points = {}
    best: float | None = None
    settled, at = True, 0
    for number, state, value, ended in values:
        settled = settled and (whole or state is not None)
        at = max(at, ms(ended))
        if state is not State.COMPLETE or value is None:
            continue
        trials[f"trial/{metric}", number] = rounded(value), ms(ended)
        if settled and number not in broken:
            best = value if best is None or sign * value > sign * best else best
            leaders[f"best/{metric}", number] = rounded(best), at
    return leaders | trials  # the UI keeps the order


def leader(best: Row | None, ended: int, at: int) -> Points:
    """The main figures of the best trial, `leader/METRIC`, with the count of ended trials as the step; `at` in ms."""
    figures = {name: best.metrics.get(name) for name in MAIN_METRICS} if best else {}
    return {(f"leader/{name}", ended): (rounded(value), at) for name, value in figures.items() if value is not None}


def last(facts: SweepFacts, best: Row | None, ended: int, at: int) -> Points:
    """Metrics of the ended sweep: those of the best trial, and those of the verdict as `verdict/METRIC`."""
    figures: dict[str, Any] = facts.verdict["figures"] if facts.verdict else {}
    judged = {(f"verdict/{n}", ended): (rounded(figures[n]), at) for n in JUDGED if figures.get(n) is not None}
    return leader(best, ended, at) | judged | _unseen(figures, ended, at) | _stressed(facts, ended, at)


def _stressed(facts: SweepFacts, ended: int, at: int) -> Points:
    """Median and 5 % quantile of the objective under each stress test of the best tested trial."""
    tests = [test for trial in stressed(facts)[:1] for test in trial.tests]
    figures = [(f"{test.name}_{name}", value) for test in tests for name, value in test.figures().items()]
    return {(f"stress/{name}", ended): (rounded(value), at) for name, value in figures if value is not None}


def _unseen(figures: Mapping[str, Any], ended: int, at: int) -> Points:
    """Figures on days that no search saw, `lockbox/FIGURE` and `walk_forward/FIGURE`."""
    groups = {"lockbox_": "lockbox", "forward_": "walk_forward", "cpcv_": "cpcv"}
    return {
        (f"{group}/{name.removeprefix(start)}", ended): (rounded(value), at)
        for start, group in groups.items()
        for name, value in figures.items()
        if name.startswith(start) and value is not None
    }


def status(facts: SweepFacts, count: Mapping[str, int]) -> str:
    """Status of the parent run once no driver works on the sweep any more."""
    if not facts.finished or count.get("RUNNING"):
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
