"""Section of the report and of tearsheets about the strategies of a trial, where it has several."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sweep.results.statistics.contribution import Portfolio, portfolio
from sweep.spec.metric_table import STRATEGY_METRICS, formatted, strategy_metric, unit_of

if TYPE_CHECKING:
    from sweep.results.sweep_reader import SweepReader


def strategies(report: "SweepReader") -> dict[str, Any] | None:
    """Figures, contributions and correlations of the strategies of the best trial; None where it has one."""
    if not (leaders := report.leaders(1)):
        return None
    best = leaders[0]
    with report.folder.open() as ledger:
        _, _, stats = ledger.series(best.number)
    content = compared(stats)
    return content and {"trial": best.number, **content}


def compared(stats: Mapping[str, Any]) -> dict[str, Any] | None:
    """Strategies of a trial beside each other, as text; None where it has one."""
    if not (daily := stats.get("strategies")):
        return None
    whole, figures = portfolio(daily, stats["starting_equity"], stats["days_per_year"]), stats["figures"]
    rows = [
        [
            part.strategy,
            *(_figure(figures.get(strategy_metric(part.strategy, name)), name) for name in STRATEGY_METRICS),
            _figure(part.sharpe_without), _figure(part.sharpe_gain), formatted(part.drawdown_without, "max_drawdown"),
        ]
        for part in whole.parts
    ]  # fmt: skip
    return {
        "sharpe": _figure(whole.sharpe), "drawdown": formatted(whole.drawdown, "max_drawdown"),
        "figures": [_heading(name, str(stats.get("currency", ""))) for name in STRATEGY_METRICS], "rows": rows,
        "correlation": _correlation(whole),
    }  # fmt: skip


def _heading(name: str, currency: str) -> str:
    """A metric's name in words, with the currency of money."""
    return name.replace("_", " ") + (f", {currency}" if currency and unit_of(name) == "money" else "")


def _figure(value: float | None, name: str = "") -> str:
    return "–" if value is None else formatted(value, name)


def _correlation(whole: Portfolio) -> list[list[str]]:
    pairs = zip(whole.parts, whole.correlation, strict=True)
    return [[part.strategy, *("–" if c is None else f"{c:.2f}" for c in row)] for part, row in pairs]
