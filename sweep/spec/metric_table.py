"""Table of the built-in metrics: unit, formula, better direction, and the places that show them.

A metric is one row here and its function in `sweep/backtest/metrics/builtin.py`. docs/metrics.md prints the table.
"""

from dataclasses import dataclass
from typing import Literal

type Unit = Literal["money", "fraction", "count", "ratio"]
type Direction = Literal["higher", "lower"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One built-in metric."""

    unit: Unit
    formula: str  # a sentence
    group: Literal["result", "risk", "execution"]  # section of the MLflow UI
    better: Direction = "higher"
    screen: int = 0  # position among the columns of the leaderboard in the terminal; 0: not shown
    page: int = 0  # the same in the HTML report
    digits: int = 2  # decimals on the screen, of a fraction in percent
    windows: Literal["sum", "mean by trade", ""] = ""  # combination over the tests of a walk-forward
    daily: bool = False  # each day adds its part
    returns: bool = False  # a figure of the returns: its own block of the tearsheet
    trouble: bool = False  # 0 in a clean run


METRIC_TABLE: dict[str, Metric] = {
    "pnl_total": Metric(
        unit="money",
        formula="equity at the end - equity at the start; fees included, open positions marked to market",
        group="result",
        screen=1,
        page=1,
        windows="sum",
        daily=True,
    ),
    "pnl_realized": Metric(
        unit="money",
        formula="pnl_total - pnl_unrealized - pnl_revaluation: booked amounts, fees and interest included",
        group="result",
        windows="sum",
    ),
    "pnl_unrealized": Metric(
        unit="money",
        formula="open PnL at the end, each position at the price at which it could be closed",
        group="result",
        windows="sum",
    ),
    "pnl_revaluation": Metric(
        unit="money",
        formula="starting balances in other currencies: value at the end - value at the start",
        group="result",
        windows="sum",
    ),
    "return_total": Metric(
        unit="fraction",
        formula="pnl_total / equity at the start",
        group="result",
        page=2,
        daily=True,
        returns=True,
    ),
    "trades": Metric(
        unit="count",
        formula="closed positions; a reversal closes one and opens the next",
        group="result",
        screen=3,
        page=7,
        windows="sum",
    ),
    "win_rate": Metric(
        unit="fraction",
        formula="closed positions with PnL > 0 after fees / closed positions",
        group="result",
        screen=2,
        page=5,
        digits=1,
        windows="mean by trade",
    ),
    "profit_factor": Metric(
        unit="ratio",
        formula="sum of the winners' PnL / -(sum of the losers' PnL), closed positions after fees",
        group="result",
        screen=6,
        page=6,
    ),
    "expectancy": Metric(
        unit="money",
        formula="mean PnL of a closed position after fees, break-even positions included",
        group="result",
        windows="mean by trade",
    ),
    "sharpe_ratio": Metric(
        unit="ratio",
        formula="mean(r) / stdev(r) * sqrt(A); r: daily net returns; A: 252 days a year, 365 with crypto",
        group="risk",
        screen=4,
        page=3,
        returns=True,
    ),
    "sortino_ratio": Metric(
        unit="ratio", formula="mean(r) / sqrt(mean(min(r, 0)^2)) * sqrt(A)", group="risk", returns=True
    ),
    "max_drawdown": Metric(
        unit="fraction",
        formula="maximum over days of 1 - equity / highest equity so far, at the ends of days",
        group="risk",
        better="lower",
        screen=5,
        page=4,
        returns=True,
    ),
    "fees": Metric(
        unit="money",
        formula="commissions paid; negative if rebates prevail",
        group="execution",
        better="lower",
        screen=7,
        page=8,
        windows="sum",
    ),
    "orders": Metric(unit="count", formula="orders submitted, denied ones included", group="execution", windows="sum"),
    "fills": Metric(unit="count", formula="fills of orders", group="execution", windows="sum"),
    "orders_denied": Metric(
        unit="count",
        formula="orders refused before submission: no margin, wrong precision, unknown instrument",
        group="execution",
        better="lower",
        windows="sum",
        trouble=True,
    ),
    "orders_rejected": Metric(
        unit="count",
        formula="orders that the venue refused",
        group="execution",
        better="lower",
        windows="sum",
        trouble=True,
    ),
    "orders_open": Metric(
        unit="count", formula="orders still working at the end", group="execution", better="lower", windows="sum"
    ),
    "orders_partial": Metric(
        unit="count",
        formula="orders still working at the end that are partly filled",
        group="execution",
        better="lower",
        windows="sum",
        trouble=True,
    ),
    "positions_open": Metric(
        unit="count",
        formula="positions still open at the end",
        group="execution",
        better="lower",
        windows="sum",
        trouble=True,
    ),
    "liquidations": Metric(
        unit="count",
        formula="positions that the venue closed for lack of margin",
        group="execution",
        better="lower",
        windows="sum",
        trouble=True,
    ),
}


def _shown(position: Literal["screen", "page"]) -> tuple[str, ...]:
    places: dict[str, int] = {name: getattr(metric, position) for name, metric in METRIC_TABLE.items()}
    return tuple(sorted(filter(places.__getitem__, places), key=places.__getitem__))


STRATEGY_METRICS = (
    "pnl_total",
    "fees",
    "trades",
    "win_rate",
    "max_drawdown",
    "exposure",
)  # of each of several strategies
RISK_METRICS = ("risk_stops", "orders_refused")  # further figures of trials with a section `risk`
SCREEN_METRICS = _shown("screen")
PAGE_METRICS = _shown("page")
TROUBLES = tuple(name for name, metric in METRIC_TABLE.items() if metric.trouble)
LOWER_IS_BETTER = frozenset(name for name, metric in METRIC_TABLE.items() if metric.better == "lower")


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
    return (place[1] if place else name) in LOWER_IS_BETTER


def formatted(value: float, name: str = "") -> str:
    """A figure for people: 1,234.50, 62.5 %, 12; `name` is its metric, or anything else."""
    place = of_strategy(name)
    metric = METRIC_TABLE.get(place[1] if place else name)
    digits = metric.digits if metric else 2
    if (metric and metric.unit == "fraction") or (place and place[1] == "exposure") or name == "exposure":
        return f"{100 * value:.{digits}f} %"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"
