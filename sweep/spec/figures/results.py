"""Rows of the metrics of results and of trades."""

from functools import partial

from sweep.spec.figures.metric import Metric

NO_TRADE = "no closed position"

_count = partial(Metric, "count")
_ratio = partial(Metric, "ratio")
_money = partial(Metric, "money")
_fraction = partial(Metric, "fraction")
_time = partial(Metric, "seconds")

RESULTS: dict[str, Metric] = {
    "pnl_total": _money(
        "equity at the end - equity at the start; fees included, open positions marked to market",
        column=1,
        windows="sum",
        daily=True,
    ),
    "pnl_realized": _money(
        "pnl_total - pnl_unrealized - pnl_revaluation: booked amounts, fees and interest included", windows="sum"
    ),
    "pnl_unrealized": _money(
        "open PnL at the end, each position at the price at which it could be closed", windows="sum"
    ),
    "pnl_revaluation": _money(
        "starting balances in other currencies: value at the end - value at the start", windows="sum"
    ),
    "return_total": _fraction("pnl_total / equity at the start", column=2, daily=True, returns=True),
    "cagr": _fraction(
        "(equity at the end / equity at the start)^(365.25 / calendar days from the first to the last trading day) - 1",
        "fewer than 350 calendar days",
        column=3,
        returns=True,
    ),
    "trades": _count("closed positions; a reversal closes one and opens the next", column=7, windows="sum"),
    "win_rate": _fraction(
        "closed positions with PnL > 0 after fees / closed positions",
        NO_TRADE,
        column=8,
        digits=1,
        windows="mean by trade",
    ),
    "profit_factor": _ratio(
        "sum of the winners' PnL / -(sum of the losers' PnL), closed positions after fees", "no losing position",
        column=9,
    ),
    "expectancy": _money(
        "mean PnL of a closed position after fees, break-even positions included", NO_TRADE, windows="mean by trade"
    ),
    "average_trade": _money("the same as expectancy", NO_TRADE, column=10, windows="mean by trade"),
    "average_win": _money("mean PnL of the winning positions", "no winning position"),
    "average_loss": _money("mean PnL of the losing positions, negative", "no losing position"),
    "payoff_ratio": _ratio("average_win / -average_loss", "no winning or no losing position"),
    "largest_win": _money("largest PnL of a winning position", "no winning position"),
    "largest_loss": _money("lowest PnL of a losing position", "no losing position"),
    "losing_streak": _count("most losing positions in a row, in the order in which they were opened", better="lower"),
    "kelly_fraction": _fraction("win_rate - (1 - win_rate) / payoff_ratio", "no winning or no losing position"),
    "sqn": _ratio(
        "mean(PnL) / stdev(PnL) * sqrt(trades), of closed positions; trades count to 100 at most",
        "fewer than 2 closed positions, or all with the same PnL",
    ),
    "trades_long": _count("closed positions that began with a purchase", windows="sum"),
    "pnl_long": _money("their PnL after fees", windows="sum"),
    "win_rate_long": _fraction("those with PnL > 0 / trades_long", "no closed long position", digits=1),
    "trades_short": _count("closed positions that began with a sale", windows="sum"),
    "pnl_short": _money("their PnL after fees", windows="sum"),
    "win_rate_short": _fraction("those with PnL > 0 / trades_short", "no closed short position", digits=1),
    "holding_time": _time("mean time from the first to the last fill of a closed position", NO_TRADE, better="lower"),
    "holding_time_median": _time("median of these times", NO_TRADE, better="lower"),
    "holding_time_longest": _time("longest of these times", NO_TRADE, better="lower"),
    "mae": _money(
        "mean over closed positions of the lowest PnL at minutes' ends and at the close, 0 at most", NO_TRADE
    ),
    "mfe": _money(
        "mean over closed positions of the highest PnL at minutes' ends and at the close, 0 at least", NO_TRADE
    ),
}  # fmt: skip
