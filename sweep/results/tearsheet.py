"""Tearsheets from plain data: no engine, no network, any process.

The table shows the figures of docs/metrics.md, the same as the leaderboard's; the engine's own define several of them
otherwise. Below the charts stand the strategies of a portfolio. `packed` pages inflate plotly.js themselves (2 MB, not
4.8), `cdn` pages load it (15 kB).
"""

import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partialmethod
from typing import Any, Literal

from sweep.results.html.plotly_script import CDN, UNPACK, packed_plotly, plotly_version
from sweep.results.html.strategies_section import tables
from sweep.spec.metric_table import METRIC_TABLE, RISK_METRICS, formatted

type Script = Literal["inline", "packed", "cdn"]

REFERENCE = "plotly.js"  # address of the script in a page that is drawn without it
PLOTLY = re.compile(rf'<script[^>]*src="{REFERENCE}"[^>]*></script>')
CHART = re.compile(r"<script[^>]*>(?=\s*window\.PLOTLYENV)")
LIBRARIES = (
    "pandas",
    "nautilus_trader.analysis.tearsheet",
    "plotly.graph_objects",
    "plotly.offline",
)  # what the first page imports
ROLLING = 60  # days of the rolling Sharpe ratio
MONEY = tuple(name for name, metric in METRIC_TABLE.items() if metric.unit == "money")
RETURNS = tuple(name for name, metric in METRIC_TABLE.items() if metric.returns)


def tearsheet(
    stats: Mapping[str, Any], days: Sequence[str], returns: Sequence[float], title: str, script: Script = "inline"
) -> str:
    """An HTML page with table and charts. `stats` is a Result's; `days` and `returns` are its daily net returns."""
    if script == "inline":
        return draw(stats, days, returns, title)
    with script_by_reference():
        page = draw(stats, days, returns, title)
    library = PLOTLY.search(page)
    if library is None:
        raise RuntimeError(
            "the page of create_tearsheet_from_stats does not refer to plotly.js: its layout has changed"
        )
    head, tail = page[: library.start()], page[library.end() :]
    if script == "cdn":
        return head + CDN.format(version=plotly_version()) + tail
    charts, count = CHART.subn('<script type="text/x-chart">', tail)
    if not count:
        raise RuntimeError("the page of create_tearsheet_from_stats starts no chart: its layout has changed")
    return head + charts.replace("</body>", UNPACK.replace("{packed}", packed_plotly()) + "</body>")


def draw(stats: Mapping[str, Any], days: Sequence[str], returns: Sequence[float], title: str) -> str:
    """The page with plotly.js inside."""
    import pandas as pd
    from nautilus_trader.analysis.config import TearsheetConfig
    from nautilus_trader.analysis.tearsheet import create_tearsheet_from_stats

    figures = {name: shown(stats.get("figures", {}).get(name), name) for name in METRIC_TABLE}
    figures |= {
        name: shown(value, name) for name in RISK_METRICS if (value := stats.get("figures", {}).get(name)) is not None
    }
    money = {name: figures.pop(name) for name in MONEY}
    ratios = {name: figures.pop(name) for name in RETURNS}
    starts = pd.DatetimeIndex(list(days), tz="UTC")
    index = starts[:1].append(starts + pd.Timedelta(hours=23))  # the curve begins at the start, with a return of 0
    series = pd.Series([0.0, *returns][: len(index)] if days else [], index=index, dtype=float)
    config = TearsheetConfig(charts=charts(days), title=title)
    money_by_currency = {str(stats.get("currency", "PnL")): money}
    page = create_tearsheet_from_stats(money_by_currency, ratios, figures, series, None, title, config)
    if page is None:
        raise RuntimeError("create_tearsheet_from_stats gave no page")
    return page.replace("</body>", f"{tables(stats)}</body>")


def charts(days: Sequence[str]) -> list[Any]:
    """The charts that so many days can fill."""
    from nautilus_trader.analysis import config

    chosen: list[Any] = [
        config.TearsheetStatsTableChart(),
        config.TearsheetEquityChart(),
        config.TearsheetDrawdownChart(),
        config.TearsheetDistributionChart(title="Daily returns (and a 0 for the start)"),
    ]
    if len({day[:7] for day in days}) > 1:
        chosen.append(config.TearsheetMonthlyReturnsChart())
    if len(days) > ROLLING:
        chosen.append(config.TearsheetRollingSharpeChart())
    if len({day[:4] for day in days}) > 1:
        chosen.append(config.TearsheetYearlyReturnsChart())
    return chosen


def shown(value: float | None, name: str) -> str:
    """A metric as leaderboards and reports show it."""
    return "–" if value is None else formatted(value, name)


@contextmanager
def script_by_reference() -> Generator[None]:
    """Inside, pages refer to plotly.js instead of holding its 4.8 MB, which take half of the time."""
    from plotly import basedatatypes

    figure: Any = basedatatypes.BaseFigure
    whole = figure.to_html
    figure.to_html = partialmethod(whole, include_plotlyjs=REFERENCE)
    try:
        yield
    finally:
        figure.to_html = whole
