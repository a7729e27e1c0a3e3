"""Figures of plotly that a notebook shows."""

# plotly has no complete types
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure


def lines(series: "Sequence[pd.Series[float]]", title: str, *, share: bool = False) -> "Figure":
    """A line for each series, over days; `share`: the values are fractions."""
    import plotly.graph_objects as go

    figure = go.Figure([go.Scatter(x=list(s.index), y=list(s), name=str(s.name), mode="lines") for s in series])
    figure.update_layout(title=title, xaxis_title="day", yaxis_title=title, template="plotly_white")
    if share:
        figure.update_yaxes(tickformat=".1%")
    return figure


def importance(shares: Mapping[str, Mapping[str, float]]) -> "Figure":
    """A bar for each parameter, in a group for each objective."""
    import plotly.graph_objects as go

    bars = [
        go.Bar(name=objective, x=list(values.values())[::-1], y=list(values)[::-1], orientation="h")
        for objective, values in shares.items()
    ]
    figure = go.Figure(bars)
    figure.update_layout(title="importance of the parameters", xaxis_title="share", template="plotly_white")
    return figure
