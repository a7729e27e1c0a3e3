"""Figures of the verdict and of validation as rows of a table, each in its unit."""

from collections.abc import Mapping

from sweep.spec.metric_table import formatted, row_of

FRACTIONS = {  # written in percent; a metric has its unit from the table of metrics
    "p", "p_search", "objective_p", "pbo", "halves_loss", "profitable", "walk_forward_profitable", "drawdown_95",
    "trade_loss", "trade_drawdown_95", "trade_total_5", "forward_return", "forward_drawdown", "forward_profitable",
    "forward_largest_share", "forward_efficiency", "cpcv_return_low", "cpcv_return_median", "cpcv_losses",
}  # fmt: skip
GAINS = {  # with the digits of return_total and max_drawdown
    "drawdown_95", "trade_drawdown_95", "trade_total_5", "forward_return", "forward_drawdown",
    "cpcv_return_low", "cpcv_return_median",
}  # fmt: skip
LOCKBOX = "lockbox_"  # before the name of a metric


def figure_texts(figures: Mapping[str, float | int | None], prefix: str = "") -> list[tuple[str, str]]:
    """Name, without a prefix that all of them have, and value of each figure."""
    return [(name.removeprefix(prefix).replace("_", " "), figure_text(name, value)) for name, value in figures.items()]


def figure_text(name: str, value: float | None) -> str:
    """Value of a figure of the verdict, as pages and commands write it."""
    metric = name.removeprefix(LOCKBOX)
    if value is not None and metric != name and row_of(metric):
        return formatted(value, metric)
    if isinstance(value, float) and "sharpe" in name:
        return f"{value:.2f}"
    return share(value, 2 if name in GAINS else 1) if name in FRACTIONS else shown(value)


def shown(value: object) -> str:
    """A value as people read it."""
    if value is None or isinstance(value, (str, bool)):
        return "–" if value is None else str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)


def share(value: float | None, digits: int = 1) -> str:
    """A fraction in percent."""
    return "–" if value is None else f"{100 * value:.{digits}f} %"
