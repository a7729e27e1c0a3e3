"""Every kind of check, and small functions of 1.x."""

from nautilus_trader.config import NonNegativeFloat, StrategyConfig
from nautilus_trader.core.correctness import PyCondition
from nautilus_trader.model.data import Bar, BarSpecification, BarType
from nautilus_trader.model.enums import BarAggregation, OrderSide, OrderStatus, PriceType
from nautilus_trader.model.events import OrderRejected
from nautilus_trader.model.functions import order_side_from_str, order_side_to_str, order_status_to_str
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Quantity
from nautilus_trader.trading.strategy import Strategy


class CheckedConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    side: str = "SELL"
    size: int = 15_000
    patience: NonNegativeFloat = 1.0


class Checked(Strategy):
    def __init__(self, config: CheckedConfig) -> None:
        PyCondition.type(config.size, int, "size")
        PyCondition.not_none(config.side, "side")
        PyCondition.valid_string(config.side, "side")
        PyCondition.is_in(config.side, {"BUY", "SELL"}, "side", "sides")
        PyCondition.not_negative(config.patience, "patience")
        PyCondition.in_range(config.size, 1, 1_000_000, "size")
        super().__init__(config)
        self.first = order_side_from_str(config.side)
        self.bar_count = 0

    def on_start(self) -> None:
        spec = BarSpecification(1, BarAggregation.MINUTE, PriceType.MID)
        self.bar_type = BarType(instrument_id=self.config.instrument_id, bar_spec=spec)
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar: Bar) -> None:
        self.bar_count += 1
        try:
            self.act()
        except Exception as error:
            self.log.exception("it went wrong", error)
            raise

    def act(self) -> None:
        if self.bar_count % 45 == 1:
            order = self.order_factory.market(
                self.config.instrument_id, self.first, Quantity.from_int(self.config.size)
            )
            self.submit_order(order)
            self.log.info(f"{order_side_to_str(order.side)} {order.type_string()}")
        elif self.bar_count % 45 == 30:
            for position in self.cache.positions_open():
                self.close_position(position)
        filled = [o for o in self.cache.orders() if order_status_to_str(o.status) == OrderStatus.FILLED.name]
        self.count = len(filled)

    def on_order_rejected(self, event: OrderRejected) -> None:
        self.log.error(f"{event.id}")
