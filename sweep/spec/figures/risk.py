"""Rows of the metrics of risk."""

from functools import partial

from sweep.spec.figures.metric import Metric

NO_VARIATION = "fewer than 2 days, or all returns equal"
TAILS = "fewer than 20 days"

_ratio = partial(Metric, "ratio", group="risk")
_fraction = partial(Metric, "fraction", group="risk")
_time = partial(Metric, "seconds", group="risk", better="lower")

RISK: dict[str, Metric] = {
    "sharpe_ratio": _ratio(
        "mean(r) / stdev(r) * sqrt(A); r: daily net returns; A: 252 days a year, 365 with crypto",
        NO_VARIATION,
        column=4,
        returns=True,
    ),
    "sortino_ratio": _ratio(
        "mean(r) / sqrt(mean(min(r, 0)^2)) * sqrt(A)", "fewer than 2 days, or no losing one", returns=True
    ),
    "max_drawdown": _fraction(
        "maximum of 1 - equity / highest equity so far, at the ends of minutes with market data and of days",
        better="lower",
        column=5,
        returns=True,
    ),
    "max_drawdown_daily": _fraction("the same at the ends of days alone", better="lower", returns=True),
    "drawdown_time": _time(
        "longest calendar time from a highest equity until equity is as high again, or until the end"
    ),
    "recovery_time": _time(
        "calendar time from the lowest point of max_drawdown until equity is as high as before it",
        "no drawdown, or not as high again",
    ),
    "calmar_ratio": _ratio(
        "cagr / max_drawdown", "fewer than 350 calendar days, or no drawdown", column=6, returns=True
    ),
    "recovery_factor": _ratio("return_total / max_drawdown", "no drawdown", returns=True),
    "ulcer_index": _fraction(
        "sqrt(mean(d^2)); d: 1 - equity / highest equity so far, at the ends of days", better="lower", returns=True
    ),
    "volatility": _fraction("stdev(r) * sqrt(A)", "fewer than 2 days", better="lower", returns=True),
    "skewness": _ratio(
        "n / ((n-1)(n-2)) * sum(z^3); z: (r - mean(r)) / stdev(r); n: days",
        "fewer than 3 days, or all returns equal",
        returns=True,
    ),
    "kurtosis": _ratio(
        "n(n+1) / ((n-1)(n-2)(n-3)) * sum(z^4) - 3(n-1)^2 / ((n-2)(n-3)): 0 for a normal distribution",
        "fewer than 4 days, or all returns equal",
        better="lower",
        returns=True,
    ),
    "var_5": _fraction("5 % quantile of r, linear between two days", TAILS, returns=True),
    "cvar_5": _fraction("mean of the lowest 5 % of r: of floor(0.05 (n-1)) + 1 days", TAILS, returns=True),
    "tail_ratio": _ratio("abs(95 % quantile of r) / abs(5 % quantile of r)", "fewer than 20 days, or a quantile of 0"),
    "worst_day": _fraction("lowest r", "no day", returns=True),
    "best_day": _fraction("highest r", "no day", returns=True),
    "exposure": _fraction(
        "time with an open position / time between the first and the last market data of each day",
        "market data of one moment",
        column=11,
        digits=1,
    ),
    "exposure_capital": _fraction(
        "mean over minutes of (value of the open positions, longs and shorts added) / equity",
        "equity below 0 within a day",
        digits=1,
    ),
}  # fmt: skip
