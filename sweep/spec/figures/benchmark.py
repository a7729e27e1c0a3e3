"""Rows of the metrics of trials whose spec has a `benchmark`."""

from sweep.spec.figures.metric import Metric

FEW_DAYS = "fewer than 3 days in common"

BENCHMARK: dict[str, Metric] = {
    "beta": Metric(
        "ratio",
        "covariance(r, b) / variance(b); b: the benchmark's close / its close on the trial's day before - 1; days with "
        "r and b alone",
        f"{FEW_DAYS}, or all b equal",
        group="risk",
        better="lower",
        returns=True,
    ),
    "alpha": Metric(
        "fraction",
        "(mean(r) - beta * mean(b)) * A, on the same days: a year's return beside that of beta times the benchmark",
        f"{FEW_DAYS}, or all b equal",
        group="risk",
        returns=True,
    ),
    "correlation": Metric(
        "ratio",
        "covariance(r, b) / (stdev(r) * stdev(b)), on the same days",
        f"{FEW_DAYS}, or all r or all b equal",
        group="risk",
        better="lower",
        returns=True,
    ),
}
