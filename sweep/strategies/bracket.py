"""Base of the bracket strategies: conditions of an entry, orders of an entry, and exits that always happen.

A strategy that inherits from `BracketStrategy` decides on a side and calls `enter`; the rest happens here:

- one position in an instrument at a time: nothing is entered in it while a position or any order of its last trade is
  open or in flight;
- the entry is a market order (immediate or cancel), or a limit at the middle of the market that is given up after a
  time; its fills arm a take-profit limit and a stop-loss;
- a position never stays without both of its exits: when one of them is rejected, denied or cancelled by the venue
  (after a gap the stop may already be in the market), the position is closed at the market;
- with dual protection it also watches the market itself, and closes where an exit should have;
- before the session ends everything is cancelled and closed, on the engine's clock.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# the engine's stubs leave the elements of lists and dicts open

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, override

from nautilus_trader.common import TimeEvent
from nautilus_trader.model import (
    ClientOrderId,
    InstrumentId,
    OrderCanceled,
    OrderDenied,
    OrderExpired,
    OrderRejected,
    OrderSide,
    OrderType,
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

from sweep.strategies.bracket_config import BracketConfig, Exits, exits
from sweep.strategies.session import SECOND, minutes
from sweep.strategies.strikes import has_expired

RETRY = 5 * SECOND  # until a close that failed is tried again


@dataclass(slots=True)
class Trade:
    """The last bracket in an instrument: the orders of its entry and its exits, and whether it is being closed."""

    instrument: Any
    exits: Exits
    orders: list[ClientOrderId]
    entry: ClientOrderId
    closer: ClientOrderId | None = None
    closing: bool = False  # whatever is open, or opens late, is to be closed


class BracketStrategy(Strategy):
    """One bracket at a time in an instrument. Subclasses call `enter(side)`."""

    instrument: Any

    def __init__(self, config: BracketConfig) -> None:
        super().__init__(config)
        self._bracket = config
        self._session = config.session
        self._session_end: int = 0  # of the session in which the trades were counted
        self._count = 0  # trades in it
        self._trades: dict[InstrumentId, Trade] = {}

    @override
    def on_start(self) -> None:
        instrument = self.cache.instrument(InstrumentId.from_str(self._bracket.instrument_id))
        if instrument is None:
            raise ValueError(f"instrument_id: {self._bracket.instrument_id} is not among the instruments of this run")
        self.instrument = instrument
        self.size(instrument)
        if self._bracket.dual_protection:
            self.subscribe_quotes(instrument.id)

    def size(self, instrument: Any) -> Quantity:
        """The trade size in lots of an instrument. ValueError where it is no whole number of them."""
        size = Decimal(str(self._bracket.trade_size))
        if size % instrument.size_increment.as_decimal():
            raise ValueError(f"trade_size must be a multiple of {instrument.size_increment} (was {size})")
        return Quantity.from_decimal_dp(size, instrument.size_precision)

    # -- entry -----------------------------------------------------------------------------------------------------

    def enter(self, side: OrderSide, instrument: Any = None) -> None:
        """Enter with both exits; nothing happens where that is not allowed or makes no sense."""
        instrument = instrument or self.instrument
        now = self.clock.timestamp_ns()
        end, quote = self._session.end_after(now), self.cache.quote(instrument.id)
        if end is None or quote is None or self.is_busy(instrument.id) or not self.may_enter(now, end, quote):
            return
        is_buy = side == OrderSide.BUY
        across = quote.bid_price if is_buy else quote.ask_price
        entry = self._entry_price(side, quote, instrument.price_increment.as_decimal())
        tick = instrument.price_increment.as_decimal()
        prices = exits(side, entry, self._bracket.tp_pct, self._bracket.sl_pct, tick)
        if prices.stop < across.as_decimal() if is_buy else prices.stop > across.as_decimal():
            self._count += 1  # elsewhere the stop would be in the market at once
            self._submit(instrument, side, entry, prices)
            self._alert(f"flat-{end}", end - minutes(self._bracket.flat_minutes))

    def _entry_price(self, side: OrderSide, quote: QuoteTick, tick: Decimal) -> Decimal:
        """Price that a market order would pay now; of a limit the middle, rounded to the tick on the careful side."""
        bid, ask = quote.bid_price.as_decimal(), quote.ask_price.as_decimal()
        if self._bracket.entry == "market":
            return ask if side == OrderSide.BUY else bid
        rounding = ROUND_FLOOR if side == OrderSide.BUY else ROUND_CEILING
        return ((bid + ask) / 2 / tick).to_integral_value(rounding) * tick

    def is_busy(self, instrument_id: InstrumentId | None = None) -> bool:
        """True if a position or an order of the last trade in an instrument is open or in flight."""
        trade = self._trades.get(instrument_id or self.instrument.id)
        return trade is not None and (self._position(trade) is not None or any(map(self._is_alive, trade.orders)))

    def may_enter(self, now: int, end: int, quote: QuoteTick) -> bool:
        """True if it is early enough in the session that ends at `end`, within its limit, and the quote is recent."""
        if end != self._session_end:
            self._session_end, self._count = end, 0
        most = self._bracket.max_trades_per_session
        return (
            now < end - minutes(self._bracket.last_entry_minutes)
            and now - quote.ts_event <= self._bracket.max_quote_age_secs * SECOND
            and (most is None or self._count < most)
        )

    def _submit(self, instrument: Any, side: OrderSide, entry: Decimal, prices: Exits) -> None:
        precision = instrument.price_precision
        if self._bracket.entry == "market":  # what is not there now is not chased
            how: dict[str, Any] = {"time_in_force": TimeInForce.IOC}
        else:
            how = {"entry_order_type": OrderType.LIMIT, "entry_price": Price.from_decimal_dp(entry, precision)}
        orders: list[Any] = self.order_factory.bracket(
            instrument_id=instrument.id,
            order_side=side,
            quantity=self.size(instrument),
            tp_price=Price.from_decimal_dp(prices.target, precision),
            tp_post_only=False,  # a market that is already beyond the target fills it
            sl_trigger_price=Price.from_decimal_dp(prices.stop, precision),
            **how,
        )
        ids = [order.client_order_id for order in orders]
        self._trades[instrument.id] = Trade(instrument, prices, ids, ids[0])
        self.submit_order_list(orders)
        if self._bracket.entry == "limit":
            self._alert(f"entry-{ids[0]}", self.clock.timestamp_ns() + int(self._bracket.entry_timeout_secs * SECOND))

    # -- exit ------------------------------------------------------------------------------------------------------

    def flatten(self) -> None:
        """Cancel what rests and close what is open, now and whenever more of it turns up."""
        for trade in self._trades.values():
            self._flatten(trade)

    def _flatten(self, trade: Trade) -> None:
        trade.closing = True
        for order in list(filter(self._is_alive, trade.orders)):
            if order != trade.closer and not self.cache.is_order_pending_cancel_local(order):
                self.cancel_order(order)
        position = self._position(trade)
        if position is not None and not (trade.closer and self._is_alive(trade.closer)):
            self._close(trade, position)

    def _close(self, trade: Trade, position: Position) -> None:
        side = OrderSide.SELL if position.is_long else OrderSide.BUY
        first = trade.closer is None  # a venue that knows no reduce-only refuses it; by the retry no exit is left
        order = self.order_factory.market(
            trade.instrument.id, side, position.quantity, time_in_force=TimeInForce.IOC, reduce_only=first
        )
        trade.closer = order.client_order_id
        trade.orders.append(order.client_order_id)
        self.submit_order(order, position_id=position.id)

    def protect(self, quote: QuoteTick) -> None:
        """With dual protection: close at the market when a quote is beyond an exit and the position is still there."""
        trade = self._trades.get(quote.instrument_id)
        position = self._position(trade) if trade and self._bracket.dual_protection and not trade.closing else None
        if trade is None or position is None:
            return
        price = (quote.bid_price if position.is_long else quote.ask_price).as_decimal()
        sign = 1 if position.is_long else -1
        if sign * price <= sign * trade.exits.stop or sign * price > sign * trade.exits.target:
            self._flatten(trade)

    def released(self, instrument_id: InstrumentId) -> None:
        """Called when nothing is left of a trade."""

    @override
    def on_quote(self, quote: QuoteTick) -> None:
        self.protect(quote)

    @override
    def on_time_event(self, event: TimeEvent) -> None:
        name, _, order = event.name.partition("-")
        if name == "flat":
            self.flatten()
        elif name == "retry":
            for trade in [t for t in self._trades.values() if t.closing]:
                self._flatten(trade)
        elif self._is_alive(entry := ClientOrderId(order)) and not self.cache.is_order_pending_cancel_local(entry):
            self.cancel_order(entry)

    @override
    def on_position_opened(self, event: PositionOpened) -> None:
        self._moved(event.instrument_id)

    @override
    def on_position_changed(self, event: PositionChanged) -> None:
        self._moved(event.instrument_id)

    @override
    def on_position_closed(self, event: PositionClosed) -> None:
        if trade := self._trades.get(event.instrument_id):
            self._flatten(trade)
            self._release(trade)

    @override
    def on_order_denied(self, event: OrderDenied) -> None:
        self._ended(event.instrument_id, event.client_order_id)

    @override
    def on_order_rejected(self, event: OrderRejected) -> None:
        self._ended(event.instrument_id, event.client_order_id)

    @override
    def on_order_canceled(self, event: OrderCanceled) -> None:
        self._ended(event.instrument_id, event.client_order_id)

    @override
    def on_order_expired(self, event: OrderExpired) -> None:
        self._ended(event.instrument_id, event.client_order_id)

    def _moved(self, instrument_id: InstrumentId) -> None:
        trade = self._trades.get(instrument_id)
        if trade and trade.closing:
            self._flatten(trade)

    def _ended(self, instrument_id: InstrumentId, order: ClientOrderId) -> None:
        """An order ended unfilled, or not wholly filled."""
        if (trade := self._trades.get(instrument_id)) is None:
            return
        is_open = self._position(trade) is not None
        if order == trade.closer and is_open:
            self._alert("retry", self.clock.timestamp_ns() + RETRY)
        elif order != trade.entry or not is_open:
            self._flatten(trade)
        self._release(trade)

    def _release(self, trade: Trade) -> None:
        if not self.is_busy(trade.instrument.id):
            self.released(trade.instrument.id)

    # -- state -----------------------------------------------------------------------------------------------------

    def _position(self, trade: Trade) -> Position | None:
        if has_expired(trade.instrument, self.clock.timestamp_ns()):
            return None  # nothing of it can be traded any more: it is settled
        positions = self.cache.positions_open(instrument_id=trade.instrument.id, strategy_id=self.strategy_id)
        return positions[0] if positions else None

    def _is_alive(self, order: ClientOrderId) -> bool:
        return not self.cache.is_order_closed(order)

    def _alert(self, name: str, ns: int) -> None:
        if name not in self.clock.timer_names():
            self.clock.set_time_alert_ns(name, ns)
