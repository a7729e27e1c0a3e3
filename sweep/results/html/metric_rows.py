"""All metrics of a trial as rows of a table: value with its unit, and the formula or the reason why there is none."""

from dataclasses import dataclass

from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.figures.metric import Metric
from sweep.spec.metric_table import METRIC_TABLE, RISK_METRICS, formatted, of_strategy, unit_of
from sweep.trial import Metrics

GROUPS = {"result": "Result and trades", "risk": "Returns and risk", "execution": "Orders and costs"}
OWN = "Metrics of your own"


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One metric."""

    name: str
    value: str
    meaning: str  # formula; where the value is undefined the reason


def metric_rows(metrics: Metrics, currency: str) -> dict[str, list[MetricRow]]:
    """Rows by group; those of single strategies are left out, they have a table of their own."""
    table = METRIC_TABLE | {name: metric for name, metric in BENCHMARK.items() if name in metrics}
    groups = {
        title: [_row(name, metric, metrics, currency) for name, metric in table.items() if metric.group == group]
        for group, title in GROUPS.items()
    }
    others = [name for name in metrics if name not in table and not of_strategy(name)]
    rows = {name: MetricRow(name, written(metrics[name], name, currency), "") for name in others}
    groups[GROUPS["execution"]] += [row for name, row in rows.items() if name in RISK_METRICS]
    own = [row for name, row in rows.items() if name not in RISK_METRICS]
    return groups | ({OWN: own} if own else {})


def _row(name: str, metric: Metric, metrics: Metrics, currency: str) -> MetricRow:
    value = metrics.get(name)
    if value is not None:
        return MetricRow(name, written(value, name, currency), metric.formula)
    return MetricRow(name, "–", f"undefined: {metric.undefined}" if name in metrics else "not recorded")


def written(value: float | None, name: str, currency: str) -> str:
    """A value with its unit; a dash where there is none."""
    if value is None:
        return "–"
    return f"{formatted(value, name)} {currency}".strip() if unit_of(name) == "money" else formatted(value, name)
