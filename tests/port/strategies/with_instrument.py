"""Takes a whole instrument in its config, and brackets its entries."""

from decimal import Decimal

from nautilus_trader.config import StrategyConfig
from nautilus_trader.indicators.averages import MovingAverageFactory, MovingAverageType
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide, OrderType
from nautilus_trader.model.functions import order_side_to_str
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.model.orders import OrderList
from nautilus_trader.trading.strategy import Strategy


class WithInstrumentConfig(StrategyConfig, frozen=True):
    instrument: Instrument
    bar_type: BarType
    size: Decimal
    ticks: int = 30
    ma_type: MovingAverageType = MovingAverageType.WILDER


class WithInstrument(Strategy):
    def __init__(self, config: WithInstrumentConfig):
        super().__init__(config)
        self.instrument = config.instrument
        self.name_of_venue = str(config.instrument.id.venue)
        self.average = MovingAverageFactory.create(20, config.ma_type)
        self.quick = MovingAverageFactory.create(
            5,  # bars
            MovingAverageType.SIMPLE,
        )

    def on_start(self):
        for average in (self.average, self.quick):
            self.register_indicator_for_bars(self.config.bar_type, average)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar: Bar):
        if not self.indicators_initialized() or not self.portfolio.is_flat(self.config.instrument.id):
            return
        side = OrderSide.BUY if self.quick.value > self.average.value else OrderSide.SELL
        step = self.config.ticks * self.config.instrument.price_increment
        sign = 1 if side == OrderSide.BUY else -1
        self.cancel_all_orders(self.instrument.id)
        orders: OrderList = self.order_factory.bracket(
            instrument_id=self.config.instrument.id,
            order_side=side,
            quantity=self.instrument.make_qty(self.config.size),
            entry_order_type=OrderType.MARKET,
            sl_trigger_price=self.config.instrument.make_price(bar.close - sign * step),
            tp_order_type=OrderType.LIMIT,
            tp_price=self.config.instrument.make_price(bar.close + sign * step),
        )
        self.log.info(
            f"{order_side_to_str(side)} with {len(orders.orders)} orders, first {orders.first.client_order_id}"
        )
        self.submit_order_list(orders)
