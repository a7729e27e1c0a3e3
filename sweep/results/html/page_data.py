"""Data behind the charts and the table of the report: columns of plain values, compact as JSON."""

import json
from collections.abc import Iterable, Sequence
from math import isfinite, sqrt
from typing import Any

import numpy as np

from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Row
from sweep.results.importance import Shares
from sweep.results.statistics.arrays import Floats
from sweep.results.statistics.findings import Findings
from sweep.results.statistics.trial_panel import Panel
from sweep.results.verdict_store import Judgement
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.metric_table import DEFAULT_COLUMNS, is_lower_better, row_of
from sweep.trial import State

STATES = ("COMPLETE", "FAILED", "PRUNED", "RUNNING")
SPLITS = 2_000  # points of the scatter plot of halves
BARS = 40
FIGURES = 150_000  # of all trials: 2,000 trials have all of their metrics in the page


def data(
    facts: SweepFacts, rows: Sequence[Row], judged: Judgement, sheets: Iterable[int], shares: Shares
) -> dict[str, Any]:
    """Everything that the page's script knows."""
    params = names(rows, "params")
    metrics = kept(facts, rows)
    objective = dict(facts.objective)
    choice, findings, panel = judged.choice, judged.findings, judged.panel
    columns = leading(facts, metrics, rows)
    content: dict[str, Any] = {
        "objective": objective, "states": STATES, "short": short(params), "columns": columns,
        "units": units(metrics) | {"neighbours": units(metrics).get(objective["metric"])},
        "lower": [name for name in metrics if is_lower_better(name)],
        "infeasible": _infeasible(facts, rows), "bounds": facts.goal.bounds_text,
        "sheets": sorted(sheets),
        "trials": _trials(rows, params, metrics, judged), "workers": sorted({row.worker for row in rows}),
        "best": choice.best.number if choice.best else None, "median": choice.median.number if choice.median else None,
        "centre": choice.by_plateau[0].number if choice.by_plateau else None,
    }  # fmt: skip
    content |= {"importance": {m: s for m, s in shares.items() if s}, "pareto": pareto(facts, rows)}
    if findings.luck:
        content["luck"] = _luck(findings)
    if findings.walk:
        content["walk"] = _walk(panel, findings)
    if findings.splits:
        content["halves"] = _halves(panel, findings)
    return content


def kept(facts: SweepFacts, rows: Sequence[Row]) -> list[str]:
    """The metrics that a page has room for: all, or of very many trials those that it shows and is asked for first."""
    metrics = names(rows, "metrics")
    if len(metrics) * len(rows) <= FIGURES:
        return metrics
    goal = facts.goal
    main = {*leading(facts, metrics, rows), *(m for m, _ in goal.objectives), *(b.metric for b in goal.bounds)}
    return [name for name in metrics if name in main]


def units(metrics: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Unit and decimals of the metrics of the table; the user's own have none."""
    rows = {name: row_of(name) for name in metrics}
    return {name: (metric.unit, metric.digits) for name, metric in rows.items() if metric}


def _infeasible(facts: SweepFacts, rows: Sequence[Row]) -> list[int]:
    """Numbers of the COMPLETE trials that break a bound on a metric."""
    goal = facts.goal
    complete = (row for row in rows if row.state is State.COMPLETE) if goal.bounds else ()
    return [row.number for row in complete if not goal.is_feasible(row.metrics)]


def pareto(facts: SweepFacts, rows: Sequence[Row]) -> dict[str, Any] | None:
    """Of several objectives: their names, and the numbers of the trials on the front, the preferred one first."""
    goal = facts.goal
    if goal.is_single:
        return None
    complete = [row for row in rows if row.state is State.COMPLETE]
    front = [complete[n].number for n in goal.ranked([row.metrics for row in complete])]
    return {"objectives": [list(o) for o in goal.objectives], "front": front}


def names(rows: Iterable[Row], kind: str) -> list[str]:
    """The names of all params, or metrics, in the order they are met."""
    return list(dict.fromkeys(name for row in rows for name in getattr(row, kind)))


def short(params: Sequence[str]) -> dict[str, str]:
    """The last part of each parameter's name where that is unambiguous, else the whole name."""
    last = [name.rpartition(".")[2] for name in params]
    return {name: part if last.count(part) == 1 else name for name, part in zip(params, last, strict=True)}


def leading(facts: SweepFacts, metrics: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The metrics of a leaderboard, as far as the trials have them: the objective, the user's own, ours."""
    own = (*(str(metric["name"]) for metric in facts.backtest.get("metrics", ())), *BENCHMARK)
    ours = (name for name in DEFAULT_COLUMNS if any(row.metrics.get(name) is not None for row in rows))
    return [m for m in dict.fromkeys((facts.objective["metric"], *own, *ours)) if m in metrics]


def _trials(rows: Sequence[Row], params: Sequence[str], metrics: Sequence[str], judged: Judgement) -> dict[str, Any]:
    first = min((row.started for row in rows if row.started), default=0.0)
    workers = {worker: n for n, worker in enumerate(sorted({row.worker for row in rows}))}
    neighbours: dict[int, float | None] = {
        s.number: s.neighbours for s in map(judged.standing, range(judged.panel.trials))
    }
    return {
        "number": [row.number for row in rows],
        "state": [STATES.index(row.state or "RUNNING") for row in rows],
        "params": {
            name: [plain_value(row.params[name]) if name in row.params else None for row in rows] for name in params
        },
        "metrics": {name: [rounded(row.metrics.get(name)) for row in rows] for name in metrics},
        "neighbours": [rounded(neighbours.get(row.number)) for row in rows],
        "worker": [workers[row.worker] for row in rows],
        "start": [round(row.started - first, 3) if row.started and row.ended else None for row in rows],
        "end": [round(row.ended - first, 3) if row.started and row.ended else None for row in rows],
    }


def plain_value(value: Any) -> Any:
    """A parameter as the page shows it: numbers as they are, all else as text."""
    return value if type(value) in {int, float} else str(value)


def rounded(value: float | None) -> float | int | None:
    """Six significant digits: as much as a screen shows."""
    if value is None or isinstance(value, int) or not isfinite(value):
        return value if isinstance(value, int) else None
    return float(f"{value:.6g}")


def _list(values: Floats, digits: int = 4) -> list[float]:
    return [float(v) for v in np.round(values, digits)]


def _luck(findings: Findings) -> dict[str, Any]:
    year, drawn, f = sqrt(findings.year), findings.luck, findings.figures
    if drawn is None:
        return {}
    return {
        "sharpe": _list(drawn.observed * year, 3), "maxima": _list(drawn.maxima * year, 3),
        "best": f["sharpe"], "mean": f["luck_mean"], "q95": f["luck_95"],
    }  # fmt: skip


def _walk(panel: Panel, findings: Findings) -> dict[str, Any]:
    if findings.walk is None or panel.best is None:
        return {}
    best = np.cumsum(np.asarray(panel.returns[:, panel.best], np.float64))
    starts = [panel.days[w.test_start] for w in findings.walk.windows]
    return {
        "days": panel.days, "best": _list(best), "stitched": _list(np.cumsum(findings.walk.returns)), "starts": starts,
    }  # fmt: skip


def _halves(panel: Panel, findings: Findings) -> dict[str, Any]:
    if findings.splits is None:
        return {}
    year, s = sqrt(panel.year), findings.splits
    some = slice(None, None, max(1, s.logits.size // SPLITS))
    counts, edges = np.histogram(s.logits, BARS)
    return {
        "inside": _list(s.in_sample[some] * year, 3), "outside": _list(s.out_of_sample[some] * year, 3),
        "at": _list((edges[:-1] + edges[1:]) / 2, 3), "counts": [int(n) for n in counts],
    }  # fmt: skip


def as_json(content: Any) -> str:
    """As short JSON."""
    return json.dumps(content, allow_nan=False, separators=(",", ":"))
