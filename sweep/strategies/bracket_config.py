"""Parameters of the bracket strategies, the rules that they keep, and the prices of the exits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import time
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from nautilus_trader.model import InstrumentId, OrderSide

from sweep.strategies.session import Session


@dataclass(frozen=True, kw_only=True)
class BracketConfig:
    """Instrument, exits and times of a bracket. Raises one ValueError that names everything that is wrong."""

    instrument_id: str
    trade_size: float  # in the instrument's unit: shares, contracts, units of the base currency
    tp_pct: float  # take-profit, percent of the entry price
    sl_pct: float  # stop-loss, percent of the entry price
    session_start: str = "09:30"  # wall clock of time_zone; a start equal to the end is a session of 24 hours
    session_end: str = "16:00"
    time_zone: str = "America/New_York"
    last_entry_minutes: float = 15  # before the session's end: from then on nothing is entered
    flat_minutes: float = 5  # before the session's end: everything is closed; the data must reach beyond it
    max_trades_per_session: int | None = None  # None: no limit
    max_quote_age_secs: float = 60  # an older quote is no price to enter at
    entry: Literal["market", "limit"] = "market"  # a limit stands in the middle of the market
    entry_timeout_secs: float = 30  # a limit that is not filled by then is cancelled
    dual_protection: bool = False  # also close at the market when a quote is beyond an exit that did not fill

    def __post_init__(self) -> None:
        if wrong := [rule for holds, rule in self.rules() if not holds]:
            raise ValueError("; ".join(wrong))

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Each rule with whether it holds. Subclasses add theirs."""
        is_valid = _parses(InstrumentId.from_str, self.instrument_id)
        yield is_valid, f"instrument_id must be like 'SPY.ARCA' (was {self.instrument_id!r})"
        for name in ("trade_size", "tp_pct", "sl_pct", "max_quote_age_secs", "entry_timeout_secs"):
            value = getattr(self, name)
            yield 0 < value < float("inf"), f"{name} must be greater than 0 (was {value!r})"
        yield self.sl_pct <= 100, f"sl_pct must be at most 100 (was {self.sl_pct!r})"
        for name in ("session_start", "session_end"):
            value = getattr(self, name)
            yield _parses(time.fromisoformat, value), f"{name} must be a quoted time like '16:00' (was {value!r})"
        yield _parses(ZoneInfo, self.time_zone), f"time_zone must be like 'America/New_York' (was {self.time_zone!r})"
        late, flat = self.last_entry_minutes, self.flat_minutes
        yield 0 <= flat <= late, f"needs 0 <= flat_minutes <= last_entry_minutes (was {flat!r}, {late!r})"
        yield late < 24 * 60, f"last_entry_minutes must be less than a day (was {late!r})"
        yield self.entry in ("market", "limit"), f"entry must be market or limit (was {self.entry!r})"
        most = self.max_trades_per_session
        yield most is None or most > 0, f"max_trades_per_session must be greater than 0, or null (was {most!r})"

    @property
    def session(self) -> "Session":
        """The trading session of the clock times given."""
        return Session(
            time.fromisoformat(self.session_start), time.fromisoformat(self.session_end), ZoneInfo(self.time_zone)
        )


class Exits(NamedTuple):
    """The two prices at which a position is left."""

    target: Decimal
    stop: Decimal


def exits(side: OrderSide, entry: Decimal, tp_pct: float, sl_pct: float, tick: Decimal) -> Exits:
    """Both exits on the tick grid, each at least a tick from the entry.

    A long's exits are rounded up and a short's down: never a smaller profit, never a larger loss than was asked for.
    """
    sign, rounding = (1, ROUND_CEILING) if side == OrderSide.BUY else (-1, ROUND_FLOOR)

    def grid(price: Decimal) -> Decimal:
        return max((price / tick).to_integral_value(rounding) * tick, tick)

    target = grid(entry * (100 + sign * Decimal(str(tp_pct))) / 100)
    stop = grid(entry * (100 - sign * Decimal(str(sl_pct))) / 100)
    nearest = entry - sign * tick
    return Exits(target, min(stop, nearest) if sign > 0 else max(stop, nearest))


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except (ValueError, TypeError, KeyError, OSError):
        return False
    return True
