"""View of a sweep in the MLflow UI, opened by our link: a shared view, stored as a tag of the experiment.

The table has the trials by the objective, with figures and parameters side by side; the charts begin with the equity
of the best and parallel coordinates over all of them. MLflow's own start page shows neither. Format: MLflow 3.17.
"""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sweep.ledger.facts import SweepFacts
from sweep.spec.metric_table import DEFAULT_COLUMNS
from sweep.tracking.mlflow.trial_run import EQUITY, GROUPS, OTHER, metric_name, param_name

OVERVIEW = "sweep"  # the section of charts that comes first
STORED = {  # of MLflow's page in a browser; else the assistant opens by itself, and clicks are reported
    "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": True,
    "mlflow.assistant.panelOpen_v1": False,
    "mlflow.settings.telemetry.enabled_v1": False,
}
STYLE = (  # no assistant; on a phone MLflow's navigation, which is fixed, would take half of the screen
    "[data-assistant-ui]{display:none!important}@media(max-width:600px){#root aside:has(+main){display:none!important}}"
)
HEAD = b"<head>"


def tag(facts: SweepFacts, params: Sequence[str], *, bounded: bool = False) -> dict[str, str]:
    """The tag of the experiment that keeps the view of a sweep with these parameters."""
    return {f"mlflow.sharedViewState.{facts.id}": json.dumps(state(facts, params, bounded=bounded))}


def link(experiment: str, sweep: str, *, charts: bool = False) -> str:
    """The part of the view's address after the host."""
    query = {"workflowType": "machine_learning", "viewStateShareKey": sweep}
    return f"/#/experiments/{experiment}/runs?{urlencode(query | ({'compareRunsMode': 'CHART'} if charts else {}))}"


def run_page(experiment: str, run: str) -> str:
    """The part of the address of a run's page after the host."""
    return f"/#/experiments/{experiment}/runs/{run}?workflowType=machine_learning"


def state(facts: SweepFacts, params: Sequence[str], *, bounded: bool = False) -> dict[str, Any]:
    """The view as MLflow's UI keeps it; where it is `bounded`, of the trials that keep the bounds on metrics."""
    objective, sweep = facts.objective, facts.id
    metrics = [metric_name(name) for name in dict.fromkeys((objective["metric"], *DEFAULT_COLUMNS))]
    names = [param_name(name) for name in params]
    columns = [f"metrics.`{m}`" for m in metrics] + [f"params.`{p}`" for p in names]
    bounds = [f"metrics.`{metric_name(b.metric)}` {b.relation} {b.limit:g}" for b in facts.goal.bounds if bounded]
    return {
        "searchFilter": " AND ".join([f"tags.`sweep.id` = '{sweep}'", "tags.`sweep.kind` = 'trial'", *bounds]),
        "orderByKey": f"metrics.`{metrics[0]}`",
        "orderByAsc": objective["direction"] == "minimize",
        "startTime": "ALL", "lifecycleFilter": "Active", "datasetsFilter": [], "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": columns,  # else by name
        "columnWidths": _widths(columns), "runsExpanded": {}, "runsPinned": [], "runsHidden": [],
        "runsVisibilityMap": {}, "runsHiddenMode": "FIRST_10_RUNS", "viewMaximized": False, "runListHidden": False,
        "compareRunCharts": _charts(metrics, names),
        "compareRunSections": [
            _section(OVERVIEW, columns=2),  # wide enough for the names of axes
            *(_section(name) for name in (*GROUPS, OTHER, "equity", "trial")),
        ],
        "isAccordionReordered": True, "useGroupedValuesInCharts": True, "hideEmptyCharts": True, "groupBy": None,
    }  # fmt: skip


def _charts(metrics: Sequence[str], params: Sequence[str]) -> list[dict[str, Any]]:
    axes = ({"key": name, "type": "METRIC"} for name in ("result/trades", metrics[0]))
    days = {"xAxisKey": "time", "useGlobalXaxisKey": False}  # each value has the time of its day
    days |= {"lineSmoothness": 0, "useGlobalLineSmoothing": False}  # an equity curve as it is
    return [
        _chart("LINE", "Equity of the best", metricKey=EQUITY, selectedMetricKeys=[EQUITY], **days),
        _chart("PARALLEL", "All trials", selectedParams=params, selectedMetrics=metrics[:1], showAllRuns=True),
        _chart("BAR", f"The best 10: {metrics[0]}", metricKey=metrics[0]),
        _chart("SCATTER", f"{metrics[0]} against trades", **dict(zip(("xaxis", "yaxis"), axes, strict=True))),
    ]  # fmt: skip


def _chart(kind: str, title: str, **content: Any) -> dict[str, Any]:
    place = {"uuid": f"sweep-{kind.lower()}", "metricSectionId": OVERVIEW, "deleted": False, "isGenerated": False}
    return {
        "type": kind,
        "displayName": title,
        "runsCountToCompare": 100 if kind == "SCATTER" else 10,
        **place,
        **content,
    }


def _section(name: str, **layout: int) -> dict[str, Any]:
    state = {"display": True, "isReordered": False, "deleted": False, "isGenerated": False}
    return {"uuid": name, "name": name, **state, **layout}


def _widths(columns: Sequence[str]) -> dict[str, int]:
    """Pixels of each column, so that its name is whole: MLflow's own hundred cut most."""
    names = {column: column.partition("`")[2].rstrip("`") for column in columns}
    arrow = {columns[0]: 20}  # of the order
    return {c: max(80, min(240, 36 + arrow.get(c, 0) + round(6.6 * len(name)))) for c, name in names.items()}


def opening(view: str) -> bytes:
    """The start of the page: the settings, and the way from the home page to a view (what follows the host)."""
    lines = [f"localStorage.setItem({json.dumps(key)}, {json.dumps(json.dumps(v))});" for key, v in STORED.items()]
    if view:
        target = json.dumps(view.removeprefix("/")).replace("<", "\\u003c")
        lines.append(f"if (/^#?[/]?$/.test(location.hash)) history.replaceState(null, '', {target});")
    return f"{HEAD.decode()}<style>{STYLE}</style><script>{''.join(lines)}</script>".encode()
