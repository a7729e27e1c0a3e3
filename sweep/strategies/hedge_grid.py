"""A hedged grid on a perpetual: limit orders on both sides of the market, each with its own take-profit and stop-loss.

The venue must be in hedging mode (`oms_type: HEDGING`): every grid order that fills is a position of its own.

- buys rest below the centre and sells above it, a step apart, further ones larger; nothing is placed that would cross
  the market, nor beyond the inventory limit of its side, resting orders counted in;
- the exits of an order stand so many steps from it; when one has closed the position, the order is placed again;
- when the market has moved so many steps from the centre, orders that were not filled are taken back and the grid is
  placed around the market; positions keep their exits;
- in a trend the side against it is throttled: fewer levels, smaller sizes; in a market that moves too much nothing is
  placed;
- before a funding that would cost too much, nothing is placed on the side that pays.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# the engine's stubs leave the elements of lists and dicts open

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, NamedTuple, override

from nautilus_trader.common import TimeEvent
from nautilus_trader.model import (
    Bar,
    BarType,
    ClientOrderId,
    FundingRateUpdate,
    InstrumentId,
    OrderSide,
    OrderType,
    PositionChanged,
    PositionClosed,
    PositionOpened,
    PositionSide,
    Price,
    Quantity,
    QuoteTick,
    TimeInForce,
)
from nautilus_trader.trading import Strategy

from sweep.strategies.hedge_grid_config import HedgeGridConfig
from sweep.strategies.regime import Regime
from sweep.strategies.session import minutes

BPS = Decimal("0.0001")
SIDES = (OrderSide.BUY, OrderSide.SELL)


class Slot(NamedTuple):
    """A place in the grid."""

    side: OrderSide
    level: int  # from 1, counted from the centre


@dataclass(slots=True)
class Rung:
    """Orders of a slot: the entry, its exits, perhaps an order that closes."""

    entry: ClientOrderId
    orders: list[ClientOrderId]
    size: Decimal
    closer: ClientOrderId | None = None
    cancelling: set[ClientOrderId] = field(default_factory=set[ClientOrderId])


class HedgeGrid(Strategy):
    """Earns the market's small moves on both sides, and pays for the large ones."""

    instrument: Any

    def __init__(self, config: HedgeGridConfig) -> None:
        super().__init__(None)
        self._config = c = config
        self._id = InstrumentId.from_str(c.instrument_id)
        self._bars = BarType.from_str(f"{c.instrument_id}-{c.bar_minutes}-MINUTE-MID-INTERNAL")
        self.regime = Regime(c.ema_fast, c.ema_slow, c.regime_period, c.adx_trend, c.max_atr_bps)
        self._step = Decimal(str(c.step_bps)) * BPS
        self._centre = Decimal(0)
        self._vacant: dict[Slot, float] = {}  # price at which each slot waits to be filled
        self._working: dict[Slot, Rung] = {}
        self._slots: dict[ClientOrderId, Slot] = {}
        self._refused: set[Slot] = set()  # until the grid moves
        self._paying: OrderSide | None = None  # the side that would pay too much at the next funding
        self._until = 0

    @override
    def on_start(self) -> None:
        instrument = self.cache.instrument(self._id)
        if instrument is None:
            raise ValueError(f"instrument_id: {self._id} is not among the instruments of this run")
        self.instrument = instrument
        self._tick = instrument.price_increment.as_decimal()
        self.subscribe_quotes(self._id)
        self.subscribe_bars(self._bars)
        self.subscribe_funding_rates(self._id)

    # -- what moves the grid ---------------------------------------------------------------------------------------

    @override
    def on_quote(self, quote: QuoteTick) -> None:
        bid, ask = float(quote.bid_price), float(quote.ask_price)
        centre = float(self._centre)
        if not centre or abs((bid + ask) / 2 - centre) >= self._config.recenter_steps * float(self._step) * centre:
            self._recentre((quote.bid_price.as_decimal() + quote.ask_price.as_decimal()) / 2)
        if self._vacant and not self.regime.is_wild:
            is_buy = OrderSide.BUY
            for slot in [s for s, price in self._vacant.items() if (price < bid if s.side == is_buy else price > ask)]:
                self._place(slot)

    def _recentre(self, centre: Decimal) -> None:
        self._centre = centre
        self._refused.clear()
        self._withdraw(SIDES)
        self._lay_out()

    def _lay_out(self) -> None:
        """The slots that nothing works in, with their prices."""
        slots = [Slot(side, n) for side in SIDES for n in range(1, self._levels(side) + 1)]
        free = [s for s in slots if s not in self._working and s not in self._refused and not self._is_barred(s.side)]
        self._vacant = {slot: float(self._price(slot)) for slot in free}

    def _levels(self, side: OrderSide) -> int:
        levels = self._config.levels_long if side == OrderSide.BUY else self._config.levels_short
        return min(levels, self._config.counter_levels) if self._is_counter(side) else levels

    def _is_counter(self, side: OrderSide) -> bool:
        return self.regime.trend == (-1 if side == OrderSide.BUY else 1)

    def _is_barred(self, side: OrderSide) -> bool:
        return side == self._paying and self.clock.timestamp_ns() < self._until

    def _price(self, slot: Slot) -> Decimal:
        """On the tick, on the side away from the market."""
        sign, rounding = (-1, ROUND_FLOOR) if slot.side == OrderSide.BUY else (1, ROUND_CEILING)
        return self._grid(self._centre * (1 + sign * slot.level * self._step), rounding)

    def _grid(self, price: Decimal, rounding: str) -> Decimal:
        return (price / self._tick).to_integral_value(rounding) * self._tick

    @override
    def on_bar(self, bar: Bar) -> None:
        if bar.volume.is_zero():
            return  # built without a single quote
        before = self.regime.trend, self.regime.is_wild
        self.regime.handle_bar(bar)
        if before != (self.regime.trend, self.regime.is_wild):
            self._withdraw(s for s in SIDES if self.regime.is_wild or self._is_counter(s))
            self._lay_out()

    @override
    def on_funding_rate(self, funding_rate: FundingRateUpdate) -> None:
        at, rate = funding_rate.next_funding_ns, funding_rate.rate
        if at is None or abs(rate) / BPS <= Decimal(str(self._config.max_funding_bps)):
            return
        side, now = OrderSide.BUY if rate > 0 else OrderSide.SELL, self.clock.timestamp_ns()
        opens, name = max(at - minutes(self._config.funding_minutes), now + 1), f"bar-{side.name}-{at}"
        if opens < at and name not in self.clock.timer_names():
            self.clock.set_time_alert_ns(name, opens)

    @override
    def on_time_event(self, event: TimeEvent) -> None:
        action, _, rest = event.name.partition("-")
        if action == "bar":
            name, _, until = rest.partition("-")
            self._paying, self._until = OrderSide.from_str(name), int(until)
            self._withdraw([self._paying])
            self.clock.set_time_alert_ns(f"free-{until}", int(until))
        self._lay_out()

    # -- orders ----------------------------------------------------------------------------------------------------

    def _place(self, slot: Slot) -> None:
        """Fill a vacant slot, where the inventory limit leaves room for it."""
        size = self._size(slot)
        if size <= 0 or self._inventory(slot.side) + size > Decimal(str(self._config.max_position)):
            return
        price, sign = self._price(slot), 1 if slot.side == OrderSide.BUY else -1
        away = ROUND_CEILING if sign > 0 else ROUND_FLOOR
        exits = [
            self._grid(price * (1 + sign * Decimal(str(steps)) * self._step), away)
            for steps in (self._config.tp_steps, -self._config.sl_steps)
        ]
        digits = self.instrument.price_precision
        orders: list[Any] = self.order_factory.bracket(
            instrument_id=self._id,
            order_side=slot.side,
            quantity=Quantity.from_decimal_dp(size, self.instrument.size_precision),
            entry_order_type=OrderType.LIMIT,
            entry_price=Price.from_decimal_dp(price, digits),
            entry_post_only=self._config.maker_only,
            tp_price=Price.from_decimal_dp(exits[0], digits),
            tp_post_only=False,
            sl_trigger_price=Price.from_decimal_dp(exits[1], digits),
        )
        ids = [order.client_order_id for order in orders]
        del self._vacant[slot]
        self._working[slot] = Rung(ids[0], ids, size)
        self._slots.update(dict.fromkeys(ids, slot))
        self.submit_order_list(orders)

    def _size(self, slot: Slot) -> Decimal:
        scale = Decimal(str(self._config.qty_scale)) ** (slot.level - 1)
        if self._is_counter(slot.side):
            scale *= Decimal(str(self._config.counter_scale))
        lot = self.instrument.size_increment.as_decimal()
        return (Decimal(str(self._config.base_qty)) * scale / lot).to_integral_value(ROUND_FLOOR) * lot

    def _inventory(self, side: OrderSide) -> Decimal:
        """Quantity of a side if all of its orders filled: positions and resting orders."""
        return sum((rung.size for slot, rung in self._working.items() if slot.side == side), Decimal(0))

    def _withdraw(self, sides: Any) -> None:
        """Take back entries that were not filled."""
        chosen = set(sides)
        for slot, rung in self._working.items():
            if slot.side in chosen and not self.cache.is_order_closed(rung.entry):
                self._cancel(rung, rung.entry)

    def _cancel(self, rung: Rung, order: ClientOrderId) -> None:
        if order not in rung.cancelling:
            rung.cancelling.add(order)
            self.cancel_order(order)

    def _settle(self, order: ClientOrderId) -> None:
        """An order of a slot has ended: free the slot, or see that its position has a way out."""
        slot = self._slots.get(order)
        rung = self._working.get(slot) if slot else None
        if slot is None or rung is None or order not in rung.orders:
            return
        position = self.cache.position_for_order(rung.entry)
        is_held = position is not None and position.is_open
        alive = [o for o in rung.orders if not self.cache.is_order_closed(o)]
        if is_held and len([o for o in alive if o != rung.entry]) < 2:
            self._close(rung, position, alive)
        elif not is_held and (position is not None or self.cache.is_order_closed(rung.entry)):
            for order_left in alive:  # of an entry that was filled in part, the rest as well
                self._cancel(rung, order_left)
            if not alive:
                del self._working[slot]
                self._lay_out()

    def _close(self, rung: Rung, position: Any, alive: list[ClientOrderId]) -> None:
        """Close a position that has lost an exit; its other orders go."""
        for order in alive:
            if order != rung.closer:
                self._cancel(rung, order)
        if rung.closer is None or self.cache.is_order_closed(rung.closer):
            side = OrderSide.SELL if position.side == PositionSide.LONG else OrderSide.BUY
            order = self.order_factory.market(
                self._id, side, position.quantity, time_in_force=TimeInForce.IOC, reduce_only=True
            )
            rung.closer = order.client_order_id
            rung.orders.append(order.client_order_id)
            self._slots[order.client_order_id] = next(s for s, r in self._working.items() if r is rung)
            self.submit_order(order, position_id=position.id)

    @override
    def on_order_canceled(self, event: Any) -> None:
        self._settle(event.client_order_id)

    @override
    def on_order_expired(self, event: Any) -> None:
        self._settle(event.client_order_id)

    @override
    def on_order_denied(self, event: Any) -> None:
        self._refuse(event.client_order_id)

    @override
    def on_order_rejected(self, event: Any) -> None:
        self._refuse(event.client_order_id)

    def _refuse(self, order: ClientOrderId) -> None:
        """A slot whose entry was refused waits until the grid moves."""
        slot = self._slots.get(order)
        if slot and (rung := self._working.get(slot)) and rung.entry == order:
            self._refused.add(slot)
        self._settle(order)

    @override
    def on_position_opened(self, event: PositionOpened) -> None:
        self._settle(event.opening_order_id)

    @override
    def on_position_changed(self, event: PositionChanged) -> None:
        self._settle(event.opening_order_id)

    @override
    def on_position_closed(self, event: PositionClosed) -> None:
        self._settle(event.opening_order_id)

    @override
    def on_stop(self) -> None:
        self.cancel_all_orders(self._id)
        if self._config.close_at_end:
            self.close_all_positions(self._id)
