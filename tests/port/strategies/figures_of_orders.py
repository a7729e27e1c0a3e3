"""Takes profit at the average price of its entry, and counts what its orders cost."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from nautilus_trader.config import PositiveInt, StrategyConfig
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.events import OrderFilled, PositionClosed
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Quantity
from nautilus_trader.model.position import Position
from nautilus_trader.trading.strategy import Strategy

if TYPE_CHECKING:
    from nautilus_trader.model.orders import Order


class Ledger:
    """Sums of a strategy, which it asks for its own cache."""

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self.closed: set = set()

    def fees(self) -> Decimal:
        orders = self._strategy.cache.orders(strategy_id=self._strategy.id)
        return sum((Decimal(str(m.as_decimal())) for o in orders for m in o.commissions()), Decimal(0))

    def newly_closed(self) -> set:
        ids = self._strategy.cache.position_ids() - self._strategy.cache.position_open_ids()
        fresh = ids - self.closed
        self.closed |= ids
        return fresh


class Hourly:
    """Mixed into a strategy: the hour of its clock, and its open position."""

    def hour(self):
        return self.clock.utc_now().floor("h")

    def mine(self) -> "Position | None":
        positions = self.cache.positions_open(strategy_id=self.id)
        return positions[0] if positions else None


class FiguresOfOrdersConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    bar_type: BarType
    size: PositiveInt = 20_000
    most: Decimal = Decimal(20_000)
    gain: float = 1.00012


class FiguresOfOrders(Hourly, Strategy):
    def __init__(self, config: FiguresOfOrdersConfig) -> None:
        super().__init__(config)
        self.ledger = Ledger(self)
        self.since = None
        self.entry: "Order | None" = None

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.log.info(f"{len(self.cache.bars(self.config.bar_type))} bars before the first")
        self.subscribe_bars(self.config.bar_type)

    def size_of(self, bar: Bar) -> Quantity:
        quantity = Quantity.from_int(self.config.size / 1)
        notional = bar.close * quantity
        return quantity if notional < self.config.most else self.instrument.make_qty(self.config.size / 2)

    def on_bar(self, bar: Bar) -> None:
        position = self.mine()
        if position is None and self.hour() != self.since:
            self.since = self.hour()
            side = OrderSide.BUY if bar.close > bar.open else OrderSide.SELL
            self.entry = self.order_factory.market(self.config.instrument_id, side, self.size_of(bar))
            self.submit_order(self.entry)
        elif position is not None and self.clock.utc_now() - self.since > timedelta(minutes=40):
            self.cancel_all_orders(self.config.instrument_id)
            self.close_position(position)

    def on_order_filled(self, event: OrderFilled) -> None:
        if self.entry is None or event.client_order_id != self.entry.client_order_id:
            return
        order = self.cache.order(event.client_order_id)
        factor = self.config.gain if order.is_buy else 2 - self.config.gain
        target = self.instrument.make_price(order.avg_px * factor)
        until = self.clock.utc_now() + timedelta(minutes=25)
        side = order.opposite_side(order.side)
        limit = self.order_factory.limit(
            self.config.instrument_id, side, event.last_qty, target, TimeInForce.GTD, until, False, True
        )
        assert limit.has_price and not order.has_price and not order.is_contingency
        self.submit_order(limit)

    def on_position_closed(self, event: PositionClosed) -> None:
        paid = self.ledger.fees()
        self.log.info(f"{event.duration_ns} {paid} {len(self.ledger.newly_closed())}")
        if paid > 1 and self.cache.position(event.position_id).avg_px_close > 0:
            self.since = None
