"""Rows of the metrics of orders and costs."""

from functools import partial

from sweep.spec.figures.metric import Metric

_count = partial(Metric, "count", group="execution", windows="sum")
NO_QUOTE = "a fill of an instrument without a quote before it, as with bars alone"

_paid = partial(Metric, "money", undefined=NO_QUOTE, group="execution", better="lower")
_share = partial(
    Metric, "fraction", undefined="spread_paid undefined, or G not above 0", group="execution", better="lower"
)
_trouble = partial(_count, better="lower", trouble=True)

EXECUTION: dict[str, Metric] = {
    "fees": Metric(
        "money", "commissions paid; negative if rebates prevail", group="execution", better="lower", windows="sum"
    ),
    "fees_share": Metric(
        "fraction", "fees / (pnl_total + fees)", "pnl_total + fees not above 0", group="execution", better="lower"
    ),
    "spread_paid": _paid(
        "sum over fills that took liquidity of quantity * (ask - bid) / 2, of the last quote at or before the fill",
        windows="sum",
    ),
    "slippage_paid": _paid(
        "sum over the same fills of quantity * what the price was worse than the ask (purchases) or the bid (sales) of "
        "that quote; negative if it was better",
        windows="sum",
    ),
    "spread_share": _share("spread_paid / G; G: pnl_total + fees + spread_paid + slippage_paid, the PnL at mid prices"),
    "slippage_share": _share("slippage_paid / G"),
    "costs_share": _share("(fees + spread_paid + slippage_paid) / G"),
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
