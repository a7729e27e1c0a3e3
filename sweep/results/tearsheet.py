"""Tearsheets: one page for a trial, without a script and without a network; drawn in any process, no engine needed.

The figures are those of docs/metrics.md, the same as the leaderboard's; the engine's own define several of them
otherwise.
"""

from collections.abc import Iterable, Iterator
from math import sqrt

import numpy as np

from sweep.results.curves.drawing import bar_chart, bins, line_chart
from sweep.results.curves.equity_curve import EquityCurve
from sweep.results.html.calendar_section import calendar
from sweep.results.html.metric_rows import metric_rows, written
from sweep.results.html.strategies_section import compared
from sweep.results.html.template import PAGE, template
from sweep.results.statistics.arrays import Floats
from sweep.spec.metric_table import DEFAULT_COLUMNS
from sweep.trial import Result

ROLLING = 60  # days of the rolling Sharpe ratio
BARS = 40  # of the distribution, at most


def tearsheet(
    result: Result, title: str, trades: Iterable[tuple[int, float]] = (), stamp: str = "", objective: str = ""
) -> str:
    """An HTML page. `trades`: entry (UNIX ns) and PnL of closed positions; `stamp`: what it was drawn from.

    The figure that a search went by, its `objective`, comes first.
    """
    currency, stats = str(result.stats.get("currency", "")), result.stats
    cards = [(name, result.metrics.get(name)) for name in dict.fromkeys((objective, *DEFAULT_COLUMNS))]
    return template("tearsheet.html.j2").render(
        css="\n".join((PAGE / name).read_text("utf-8") for name in ("page.css", "tearsheet.css")),
        title=title, stamp=stamp, days=result.days, charts=list(_charts(result)), calendar=calendar(result, trades),
        cards=[(name, written(value, name, currency)) for name, value in cards if value is not None], currency=currency,
        groups=metric_rows(result.metrics, currency), strategies=compared(stats), warnings=result.warnings,
    )  # fmt: skip


def _charts(result: Result) -> Iterator[tuple[str, str]]:
    """The charts that so many days can fill, each with a class: two scales of the equity, of which one is seen."""
    curve = EquityCurve.of(result)
    if not curve.times:
        return
    labels = [curve.times[0][:10], *(time[:10] for time in curve.times)]
    money = f"Equity, {result.stats['currency']}" if curve.is_money else "Growth of 1"

    def amount(value: float) -> str:
        return f"{value:,.0f}" if curve.is_money else f"{value:.4g}"

    yield "linear", line_chart(money, labels, curve.values, amount)
    if curve.values.min() > 0:
        yield "log", line_chart(f"{money}, logarithmic", labels, curve.values, amount, is_log=True)
    ends = "parts of days" if result.steps else "days"  # max_drawdown looks at each minute
    fall = f"Distance from the highest equity so far, at the ends of {ends}"
    yield "", line_chart(fall, labels, curve.drawdown, percent, is_area=True)
    returns = np.array(result.returns, np.float64)
    if len(returns) > ROLLING:
        ratio = rolling_sharpe(returns, int(result.stats.get("days_per_year", 252)))
        yield "", line_chart(f"Sharpe ratio of the last {ROLLING} days", result.days[ROLLING - 1 :], ratio, short)
    if len(returns) > 1 and np.ptp(returns) > 0:
        edges = bins(float(returns.min()), float(returns.max()), min(BARS, max(5, len(returns) // 3)))
        counts, _ = np.histogram(returns, edges)
        yield "", bar_chart("Daily returns: number of days", edges, counts.tolist(), percent)


def rolling_sharpe(returns: Floats, year: int) -> Floats:
    """Annual Sharpe ratio of each stretch of days; 0 where its returns are all equal."""
    windows = np.lib.stride_tricks.sliding_window_view(returns, ROLLING)
    deviation = windows.std(axis=1, ddof=1)
    ratio = np.divide(windows.mean(axis=1), deviation, out=np.zeros(len(windows)), where=deviation > 0)
    return ratio * sqrt(year)


def percent(value: float) -> str:
    """A share on an axis."""
    return f"{100 * value:.3g} %"


def short(value: float) -> str:
    """A ratio on an axis."""
    return f"{value:.3g}"
