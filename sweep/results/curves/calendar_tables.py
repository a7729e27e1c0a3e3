"""PnL by month and by weekday from the returns of days, and by hour and weekday from trades."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np

from sweep.results.curves.equity_curve import compounded

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Cell:
    """PnL of a month, of an hour of a weekday, or of all of them."""

    pnl: float
    count: int  # of days, or of trades
    gain: float | None = None  # a fraction of the equity at its start


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells in rows and columns; None where there was no day, or no trade. The last column is the row's total."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]

    @property
    def largest(self) -> float:
        """The largest PnL of a cell, whatever its sign; totals are left out."""
        return max(
            (abs(cell.pnl) for name, cells in self.rows if name != "all" for cell in cells[:-1] if cell), default=0.0
        )


@dataclass(frozen=True, slots=True)
class Weekday:
    """The days of a week by their name."""

    name: str
    days: int
    pnl: float
    mean: float
    gaining: float  # share of them


def monthly(days: Sequence[str], returns: Sequence[float], start: float) -> Grid:
    """PnL of each month on the equity at the start of the trial, and its return."""
    equity = compounded(returns, start)
    rows = [
        (year, (*(_span(days, equity, f"{year}-{month:02d}") for month in range(1, 13)), _span(days, equity, year)))
        for year in dict.fromkeys(day[:4] for day in days)
    ]
    return Grid((*MONTHS, "year"), tuple(rows))


def _span(days: Sequence[str], equity: np.ndarray, prefix: str) -> Cell | None:
    """The days that begin with a prefix, which follow each other."""
    places = [n for n, day in enumerate(days) if day.startswith(prefix)]
    if not places:
        return None
    before, after = float(equity[places[0]]), float(equity[places[-1] + 1])
    return Cell(after - before, len(places), after / before - 1 if before > 0 else None)


def by_weekday(days: Sequence[str], returns: Sequence[float], start: float) -> list[Weekday]:
    """PnL of the days by weekday; weekdays without a day are left out."""
    changes = np.diff(compounded(returns, start))
    places = np.array([date.fromisoformat(day).weekday() for day in days], np.int64)
    groups = {name: changes[places == n] for n, name in enumerate(WEEKDAYS)}
    return [
        Weekday(name, len(own), float(own.sum()), float(own.mean()), float((own > 0).mean()))
        for name, own in groups.items()
        if len(own)
    ]


def by_hour(trades: Iterable[tuple[int, float]]) -> Grid:
    """PnL of trades by weekday and hour of their entry (UTC); each is its entry in UNIX nanoseconds and its PnL."""
    pnls: dict[tuple[int, int], list[float]] = {}
    for opened, pnl in trades:
        at = datetime.fromtimestamp(opened // 10**9, UTC)
        pnls.setdefault((at.weekday(), at.hour), []).append(pnl)
    days, hours = (sorted({place[n] for place in pnls}) for n in (0, 1))

    def cell(some_days: Sequence[int], some_hours: Sequence[int]) -> Cell | None:
        chosen = [pnl for day in some_days for hour in some_hours for pnl in pnls.get((day, hour), ())]
        return Cell(sum(chosen), len(chosen)) if chosen else None

    def row(some_days: Sequence[int]) -> tuple[Cell | None, ...]:
        return (*(cell(some_days, [hour]) for hour in hours), cell(some_days, hours))

    rows = [(WEEKDAYS[day], row([day])) for day in days]
    total = [("all", row(days))] if len(days) > 1 else []
    return Grid((*(f"{hour:02d}" for hour in hours), "all"), (*rows, *total))
