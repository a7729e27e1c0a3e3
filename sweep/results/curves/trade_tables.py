"""PnL, trades and win rate of a trial by instrument, and by hour and weekday of its trades' entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sweep.results.curves.calendar_tables import WEEKDAYS
from sweep.trial import Metrics

type By = Literal["instrument", "hour", "weekday"]
BY: tuple[By, ...] = ("instrument", "hour", "weekday")
TITLES: dict[By, str] = {
    "instrument": "instrument", "hour": "hour of entry, UTC", "weekday": "weekday of entry, UTC",
}  # fmt: skip
OTHER = "not in closed positions"  # open ones, and what is booked beside positions


@dataclass(frozen=True, slots=True)
class TradeRow:
    """One instrument, hour or weekday."""

    name: str
    trades: int
    pnl: float  # after fees, in the reporting currency
    win_rate: float


@dataclass(frozen=True, slots=True)
class TradeTable:
    """Closed positions of a trial by one property. With `other` the rows add up to the trial's `pnl_total`."""

    by: By
    rows: tuple[TradeRow, ...]
    other: float  # pnl_total less that of the rows
    total: float  # pnl_total

    def plain(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        rows = [{"name": r.name, "trades": r.trades, "pnl": r.pnl, "win_rate": r.win_rate} for r in self.rows]
        zone = {} if self.by == "instrument" else {"time_zone": "UTC", "time_of": "entry"}
        return {"by": self.by, **zone, "rows": rows, "other": self.other, "pnl_total": self.total}


def trade_table(by: By, stats: Mapping[str, Any], metrics: Metrics) -> TradeTable | None:
    """The table of a trial by its record; None where an earlier version recorded it, or it has no result."""
    groups: Mapping[str, Sequence[Sequence[Any]]] = stats.get("groups") or {}
    total = metrics.get("pnl_total")
    if by not in groups or total is None:
        return None
    rows = tuple(TradeRow(_name(by, label), trades, pnl, wins / trades) for label, trades, wins, pnl in groups[by])
    other = total - sum(row.pnl for row in rows)
    return TradeTable(by, rows, other if abs(other) > 1e-9 * max(1.0, abs(total)) else 0.0, total)


def _name(by: By, label: str | int) -> str:
    if by == "instrument" or isinstance(label, str):
        return str(label)
    return f"{label:02d}:00" if by == "hour" else WEEKDAYS[label % 7]
