"""What the bracket strategies share: when they may enter, how they enter, and that they always get out.

A strategy that inherits from `BracketStrategy` decides on a side and calls `enter`; the rest happens here:

- one position at a time: nothing is entered while a position or any order of the last trade is open or in flight;
- the entry is a market order (immediate or cancel) whose fills arm a take-profit limit and a stop-loss;
- a position never stays without both of its exits: when one of them is rejected, denied or cancelled by the venue
  (after a gap the stop may already be in the market), the position is closed at the market;
- before the session ends everything is cancelled and closed, on the engine's clock.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# the engine's stubs leave the elements of lists and dicts open

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, NamedTuple, override
from zoneinfo import ZoneInfo

from nautilus_trader.common import TimeEvent
from nautilus_trader.model import (
    ClientOrderId,
    InstrumentId,
    OrderCanceled,
    OrderDenied,
    OrderExpired,
    OrderRejected,
    OrderSide,
    Position,
    PositionChanged,
    PositionClosed,
    PositionOpened,
    Price,
    Quantity,
    QuoteTick,
    TimeInForce,
)
from nautilus_trader.trading import Strategy

SECOND = 1_000_000_000  # in nanoseconds, the unit of the engine's clock
RETRY = 5 * SECOND  # until a close that failed is tried again


@dataclass(frozen=True, kw_only=True)
class BracketConfig:
    """What is traded, where it gets out, and when. Raises one ValueError that names everything that is wrong."""

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

    def __post_init__(self) -> None:
        if wrong := [rule for holds, rule in self.rules() if not holds]:
            raise ValueError("; ".join(wrong))

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Each rule with whether it holds. Subclasses add theirs."""
        known = _parses(InstrumentId.from_str, self.instrument_id)
        yield known, f"instrument_id must be like 'SPY.ARCA' (was {self.instrument_id!r})"
        for name in ("trade_size", "tp_pct", "sl_pct", "max_quote_age_secs"):
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
        most = self.max_trades_per_session
        yield most is None or most > 0, f"max_trades_per_session must be greater than 0, or null (was {most!r})"

    @property
    def session(self) -> "Session":
        """The trading session of the clock times given."""
        return Session(
            time.fromisoformat(self.session_start), time.fromisoformat(self.session_end), ZoneInfo(self.time_zone)
        )


class Session(NamedTuple):
    """A daily span of wall-clock time, start included and end excluded; it may run over midnight."""

    start: time
    end: time
    zone: ZoneInfo

    def end_after(self, ns: int) -> int | None:
        """The end (UNIX ns) of the session that is on at `ns`; None outside of a session."""
        today = datetime.fromtimestamp(ns // SECOND, self.zone).date()
        for day in (today, today + timedelta(days=1)):
            first = day if self.start < self.end else day - timedelta(days=1)
            start, end = (self._ns(datetime.combine(*at)) for at in ((first, self.start), (day, self.end)))
            if start <= ns < end:
                return end
        return None

    def _ns(self, wall: datetime) -> int:
        return int(wall.replace(tzinfo=self.zone).astimezone(UTC).timestamp()) * SECOND


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


class BracketStrategy(Strategy):
    """One bracket at a time. Subclasses call `enter(side)`."""

    instrument: Any

    def __init__(self, config: BracketConfig) -> None:
        super().__init__(config)
        self._bracket = config
        self._session = config.session
        self._session_end: int = 0  # of the session in which the trades were counted
        self._trades = 0
        self._closing = False  # whatever is open, or opens late, is to be closed
        self._entry: ClientOrderId | None = None
        self._closer: ClientOrderId | None = None
        self._orders: list[ClientOrderId] = []  # of the last trade

    @override
    def on_start(self) -> None:
        instrument = self.cache.instrument(InstrumentId.from_str(self._bracket.instrument_id))
        if instrument is None:
            raise ValueError(f"instrument_id: {self._bracket.instrument_id} is not among the instruments of this run")
        size = Decimal(str(self._bracket.trade_size))
        if size % instrument.size_increment.as_decimal():
            raise ValueError(f"trade_size must be a multiple of {instrument.size_increment} (was {size})")
        self.instrument = instrument
        self._size = Quantity.from_decimal_dp(size, instrument.size_precision)

    # -- entry -----------------------------------------------------------------------------------------------------

    def enter(self, side: OrderSide) -> None:
        """Enter at the market with both exits; nothing happens where that is not allowed or makes no sense."""
        now = self.clock.timestamp_ns()
        end, quote = self._session.end_after(now), self.cache.quote(self.instrument.id)
        if end is None or quote is None or self.is_busy() or not self._may_enter(now, end, quote):
            return
        is_buy = side == OrderSide.BUY
        entry, across = (quote.ask_price, quote.bid_price) if is_buy else (quote.bid_price, quote.ask_price)
        tick = self.instrument.price_increment.as_decimal()
        prices = exits(side, entry.as_decimal(), self._bracket.tp_pct, self._bracket.sl_pct, tick)
        if prices.stop < across.as_decimal() if is_buy else prices.stop > across.as_decimal():
            self._trades += 1  # elsewhere the stop would be in the market at once
            self._submit(side, prices)
            self._alert(f"flat-{end}", end - _ns(minutes=self._bracket.flat_minutes))

    def is_busy(self) -> bool:
        """Whether a position or an order of the last trade is open or in flight."""
        return self._position() is not None or any(map(self._is_alive, self._orders))

    def _may_enter(self, now: int, end: int, quote: QuoteTick) -> bool:
        if end != self._session_end:
            self._session_end, self._trades = end, 0
        most = self._bracket.max_trades_per_session
        return (
            now < end - _ns(minutes=self._bracket.last_entry_minutes)
            and now - quote.ts_event <= self._bracket.max_quote_age_secs * SECOND
            and (most is None or self._trades < most)
        )

    def _submit(self, side: OrderSide, prices: Exits) -> None:
        precision = self.instrument.price_precision
        orders: list[Any] = self.order_factory.bracket(
            instrument_id=self.instrument.id,
            order_side=side,
            quantity=self._size,
            time_in_force=TimeInForce.IOC,  # of the entry: what is not there now is not chased
            tp_price=Price.from_decimal_dp(prices.target, precision),
            tp_post_only=False,  # a market that is already beyond the target fills it
            sl_trigger_price=Price.from_decimal_dp(prices.stop, precision),
        )
        self._orders = [order.client_order_id for order in orders]
        self._entry, self._closer, self._closing = self._orders[0], None, False
        self.submit_order_list(orders)

    # -- exit ------------------------------------------------------------------------------------------------------

    def flatten(self) -> None:
        """Cancel what rests and close what is open, now and whenever more of it turns up."""
        self._closing = True
        for order in list(filter(self._is_alive, self._orders)):
            if order != self._closer and not self.cache.is_order_pending_cancel_local(order):
                self.cancel_order(order)
        position = self._position()
        if position is not None and not (self._closer and self._is_alive(self._closer)):
            self._close(position)

    def _close(self, position: Position) -> None:
        side = OrderSide.SELL if position.is_long else OrderSide.BUY
        first = self._closer is None  # a venue that knows no reduce-only refuses it; by the retry no exit is left
        order = self.order_factory.market(
            self.instrument.id, side, position.quantity, time_in_force=TimeInForce.IOC, reduce_only=first
        )
        self._closer = order.client_order_id
        self._orders.append(order.client_order_id)
        self.submit_order(order, position_id=position.id)

    @override
    def on_time_event(self, event: TimeEvent) -> None:
        self.flatten()

    @override
    def on_position_opened(self, event: PositionOpened) -> None:
        if self._closing:
            self.flatten()

    @override
    def on_position_changed(self, event: PositionChanged) -> None:
        if self._closing:
            self.flatten()

    @override
    def on_position_closed(self, event: PositionClosed) -> None:
        self.flatten()

    @override
    def on_order_denied(self, event: OrderDenied) -> None:
        self._ended(event.client_order_id)

    @override
    def on_order_rejected(self, event: OrderRejected) -> None:
        self._ended(event.client_order_id)

    @override
    def on_order_canceled(self, event: OrderCanceled) -> None:
        self._ended(event.client_order_id)

    @override
    def on_order_expired(self, event: OrderExpired) -> None:
        self._ended(event.client_order_id)

    def _ended(self, order: ClientOrderId) -> None:
        """An order ended unfilled, or not wholly filled."""
        is_open = self._position() is not None
        if order == self._closer and is_open:
            self._alert("retry", self.clock.timestamp_ns() + RETRY)
        elif order != self._entry or not is_open:
            self.flatten()

    # -- state -----------------------------------------------------------------------------------------------------

    def _position(self) -> Position | None:
        found = self.cache.positions_open(instrument_id=self.instrument.id, strategy_id=self.strategy_id)
        return found[0] if found else None

    def _is_alive(self, order: ClientOrderId) -> bool:
        return not self.cache.is_order_closed(order)

    def _alert(self, name: str, ns: int) -> None:
        if name not in self.clock.timer_names():
            self.clock.set_time_alert_ns(name, ns)


def _ns(minutes: float) -> int:
    return int(minutes * 60 * SECOND)


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except (ValueError, TypeError, KeyError, OSError):
        return False
    return True
