"""Names of all metrics that the trials of a backtest have."""

from collections.abc import Mapping
from typing import Any

from sweep.spec.components.places import components
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.metric_table import METRIC_TABLE, RISK_METRICS, STRATEGY_METRICS, strategy_metric


def metric_names(backtest: Mapping[str, Any], *, benchmark: bool = False) -> list[str]:
    """Built-in metrics, those beside a benchmark, the user's own, those of risk limits, and those of each strategy."""
    own = [str(item["name"]) for item in backtest.get("metrics") or ()]
    risk = RISK_METRICS if backtest.get("risk") else ()
    names = [place.name for place in components(backtest) if place.section == "strategies"]
    return [
        *METRIC_TABLE,
        *(BENCHMARK if benchmark else ()),
        *own,
        *risk,
        *(strategy_metric(name, figure) for name in names for figure in STRATEGY_METRICS),
    ]
