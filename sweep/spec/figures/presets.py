"""Objectives to choose from, each with a sentence."""

PRESETS: dict[str, tuple[str, str]] = {  # short name: metric, sentence
    "sharpe_ratio": ("sharpe_ratio", "return for its variation from day to day; the figure that the verdict judges by"),
    "sortino_ratio": ("sortino_ratio", "return for the variation of losing days alone; undefined without one"),
    "calmar": ("calmar_ratio", "yearly growth for the deepest drawdown; needs a year of data"),
    "recovery": ("recovery_factor", "return for the deepest drawdown, over any period"),
    "profit_factor": ("profit_factor", "gains for losses of closed positions; large by chance with few trades"),
    "sqn": ("sqn", "mean for the deviation of the trades' PnL, more with more trades; for strategies of many trades"),
}


def metric_of(name: str) -> str:
    """The metric that a preset stands for; any other name as it is."""
    return PRESETS[name][0] if name in PRESETS else name
