"""Table of the built-in metrics: unit, formula, better direction, and the places that show them.

A metric is one row in `sweep/spec/figures/` and its function in `sweep/backtest/metrics/`. docs/metrics.md prints the
table.
"""

from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.figures.execution import EXECUTION
from sweep.spec.figures.metric import Metric, Unit
from sweep.spec.figures.results import RESULTS
from sweep.spec.figures.risk import RISK

METRIC_TABLE: dict[str, Metric] = RESULTS | RISK | EXECUTION

STRATEGY_METRICS = (
    "pnl_total",
    "fees",
    "trades",
    "win_rate",
    "max_drawdown",
    "exposure",
)  # of each of several strategies
RISK_METRICS = ("risk_stops", "orders_refused")  # further figures of trials with a section `risk`
DEFAULT_COLUMNS = tuple(sorted((n for n, m in METRIC_TABLE.items() if m.column), key=lambda n: METRIC_TABLE[n].column))
MAIN_METRICS = DEFAULT_COLUMNS[:8]  # where there is little room
TROUBLES = tuple(name for name, metric in METRIC_TABLE.items() if metric.trouble)


def strategy_metric(strategy: str, figure: str) -> str:
    """Name of a figure of one of several strategies."""
    return f"strategies.{strategy}.{figure}"


def of_strategy(name: str) -> tuple[str, str] | None:
    """Strategy and figure of the name of such a metric; None for another name."""
    head, _, rest = name.partition(".")
    strategy, _, figure = rest.partition(".")
    return (strategy, figure) if head == "strategies" and figure in STRATEGY_METRICS else None


def is_lower_better(name: str) -> bool:
    """True for a metric of which less is better, also for one of several strategies."""
    place = of_strategy(name)
    metric = row_of(place[1] if place else name)
    return metric is not None and metric.better == "lower"


def unit_of(name: str) -> Unit | None:
    """Unit of a metric, also of one of several strategies; None for another name."""
    metric = row_of(name)
    return metric.unit if metric else None


def row_of(name: str) -> Metric | None:
    """Row of a metric, also of one of several strategies or beside a benchmark; None for another name."""
    figure = (of_strategy(name) or ("", name))[1]
    return METRIC_TABLE.get(figure) or BENCHMARK.get(figure)


def formatted(value: float, name: str = "") -> str:
    """A figure for people: 1,234.50, 62.5 %, 12, 2 h 05 min; `name` is its metric, or anything else."""
    metric, unit = row_of(name), unit_of(name)
    digits = metric.digits if metric else 2
    if unit == "fraction":
        return f"{100 * value:,.{digits}f} %"
    if unit == "seconds":
        return duration(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"


def duration(seconds: float) -> str:
    """A time in its two largest units: 3 d 04 h, 2 h 05 min, 4 min 30 s, 12.5 s."""
    if seconds < 60:
        return f"{seconds:.3g} s"
    for unit, length, below, part in (("d", 86_400, "h", 3_600), ("h", 3_600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= length:
            whole, rest = divmod(round(seconds / part), length // part)
            return f"{whole:,} {unit} {rest:02d} {below}"
    return ""
