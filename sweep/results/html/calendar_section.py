"""Tables of PnL by month, weekday and hour, as text for the report and for tearsheets."""

from collections.abc import Iterable
from typing import Any

from sweep.results.curves.calendar_tables import Cell, Grid, by_hour, by_weekday, monthly
from sweep.results.curves.trade_tables import BY, OTHER, TITLES, TradeTable, trade_table
from sweep.spec.metric_table import formatted
from sweep.trial import Result


def calendar(result: Result, trades: Iterable[tuple[int, float]] = ()) -> dict[str, Any] | None:
    """The tables of a trial; `trades` are entry (UNIX ns) and PnL of its closed positions. None without a day."""
    if not result.days:
        return None
    start = result.stats.get("starting_equity")
    days, returns, equity = result.days, result.returns, float(start or 1.0)
    hours = by_hour(trades)
    return {
        "unit": f", in {result.stats.get('currency', 'money')}" if start else ", on an equity of 1",
        "months": _texts(monthly(days, returns, equity)),
        "weekdays": [
            [w.name, f"{w.days:,}", amount(w.pnl), amount(w.mean), formatted(w.gaining, "win_rate")]
            for w in by_weekday(days, returns, equity)
        ],
        "hours": _texts(hours) if hours.rows else None,
        "trades": [_trade_table(table) for by in BY if (table := trade_table(by, result.stats, result.metrics))],
    }


def _trade_table(table: TradeTable) -> dict[str, Any]:
    rows = [[r.name, f"{r.trades:,}", amount(r.pnl), formatted(r.win_rate, "win_rate")] for r in table.rows]
    rows += [[OTHER, "", amount(table.other), ""]] if table.other else []
    return {"title": TITLES[table.by], "rows": [*rows, ["pnl_total", "", amount(table.total), ""]]}


def amount(value: float) -> str:
    """An amount of money as in every table; small ones, of an equity of 1, with more decimals."""
    return formatted(value, "pnl_total") if abs(value) >= 1 or value == 0 else f"{value:.4f}"


def _texts(grid: Grid) -> dict[str, Any]:
    largest = grid.largest or 1.0
    rows = [(name, [cell and _text(cell, largest) for cell in cells]) for name, cells in grid.rows]
    return {"columns": grid.columns, "rows": rows}


def _text(cell: Cell, largest: float) -> dict[str, str]:
    note = formatted(cell.gain, "return_total") if cell.gain is not None else f"{cell.count:,}"
    tone = "up" if cell.pnl > 0 else "down" if cell.pnl < 0 else ""
    return {"text": amount(cell.pnl), "note": note, "tone": tone, "share": f"{min(1.0, abs(cell.pnl) / largest):.2f}"}
