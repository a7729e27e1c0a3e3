"""Keeps its orders from one bar to the next, moves one and cancels the other."""

from decimal import Decimal

from nautilus_trader.config import StrategyConfig
from nautilus_trader.core.message import Event
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide, TriggerType
from nautilus_trader.model.events import OrderFilled, PositionClosed, PositionOpened
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.orders import LimitOrder
from nautilus_trader.trading.strategy import Strategy


class KeepsOrdersConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    bar_type: BarType
    size: Decimal
    distance: Decimal = Decimal("0.00012")
    emulation: str = "NO_TRIGGER"
    resting: list[str] = []


class KeepsOrders(Strategy):
    def __init__(self, config: KeepsOrdersConfig) -> None:
        super().__init__(config)
        self.buy_order: LimitOrder | None = None
        self.sell_order: LimitOrder | None = None
        self.all_orders: list[LimitOrder] = []
        self.open_positions = 0

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar: Bar) -> None:
        below = self.instrument.make_price(bar.close.as_decimal() - self.config.distance)
        above = self.instrument.make_price(bar.close.as_decimal() + self.config.distance)
        if self.buy_order and self.buy_order.is_open:
            self.modify_order(self.buy_order, price=below)
        elif self.buy_order is None or self.buy_order.is_closed:
            self.buy_order = self.quote(OrderSide.BUY, below)
        if self.sell_order and (self.sell_order.is_open or self.sell_order.is_emulated):
            self.cancel_order(self.sell_order)
        self.sell_order = self.quote(OrderSide.SELL, above)
        open_ones = [order for order in self.all_orders if order.is_open]
        if len(open_ones) > 6:
            self.cancel_orders(open_ones)

    def quote(self, side: OrderSide, price) -> LimitOrder:
        order = self.order_factory.limit(
            instrument_id=self.config.instrument_id,
            order_side=side,
            quantity=self.instrument.make_qty(self.config.size),
            price=price,
            post_only=True,
            emulation_trigger=TriggerType[self.config.emulation],
        )
        self.all_orders.append(order)
        self.submit_order(order)
        return order

    def on_event(self, event: Event) -> None:
        if isinstance(event, OrderFilled):
            self.log.info(f"{event.id} filled: {self.cache.order(event.client_order_id).status_string()}")
        elif isinstance(event, PositionOpened):
            self.open_positions += 1
        elif isinstance(event, PositionClosed):
            self.open_positions -= 1
            if self.buy_order and self.buy_order.is_open:
                self.cancel_order(self.buy_order)
