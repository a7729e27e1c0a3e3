"""Rows of the metrics of orders and costs."""

from functools import partial

from sweep.spec.figures.metric import Metric

_count = partial(Metric, "count", group="execution", windows="sum")
_trouble = partial(_count, better="lower", trouble=True)

EXECUTION: dict[str, Metric] = {
    "fees": Metric(
        "money", "commissions paid; negative if rebates prevail", group="execution", better="lower", windows="sum"
    ),
    "fees_share": Metric(
        "fraction", "fees / (pnl_total + fees)", "pnl_total + fees not above 0", group="execution", better="lower"
    ),
    "turnover": Metric("ratio", "value of all fills / equity at the start", group="execution"),
    "orders": _count("orders submitted, denied ones included"),
    "fills": _count("fills of orders"),
    "orders_denied": _trouble("orders refused before submission: no margin, wrong precision, unknown instrument"),
    "orders_rejected": _trouble("orders that the venue refused"),
    "orders_open": _count("orders still working at the end", better="lower"),
    "orders_partial": _trouble("orders still working at the end that are partly filled"),
    "positions_open": _trouble("positions still open at the end"),
    "liquidations": _trouble("positions that the venue closed for lack of margin"),
}
