"""An indicator of its own, on the base of 1.x."""

from collections import deque

from nautilus_trader.config import StrategyConfig
from nautilus_trader.indicators.base import Indicator
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Quantity
from nautilus_trader.trading.strategy import Strategy


class Middle(Indicator):
    """The middle of the highest and the lowest close."""

    def __init__(self, period: int):
        super().__init__(params=[period])
        self.values = deque(maxlen=period)
        self.value = 0.0

    def handle_bar(self, bar: Bar):
        self.update_raw(bar.close.as_double())

    def update_raw(self, close: float):
        self.values.append(close)
        self.value = (max(self.values) + min(self.values)) / 2
        if not self.initialized:
            self._set_has_inputs(True)
            if len(self.values) == self.values.maxlen:
                self._set_initialized(True)

    def _reset(self):
        self.values.clear()
        self.value = 0.0


class OwnIndicatorConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    bar_type: BarType
    period: int = 30


class OwnIndicator(Strategy):
    def __init__(self, config: OwnIndicatorConfig) -> None:
        super().__init__(config)
        self.middle = Middle(config.period)

    def on_start(self) -> None:
        self.register_indicator_for_bars(self.config.bar_type, self.middle)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar: Bar) -> None:
        if not self.middle.initialized:
            return
        above = bar.close > self.middle.value + 0.0001
        below = bar.close < self.middle.value - 0.0001
        if above and not self.portfolio.is_net_long(self.config.instrument_id):
            self.turn(OrderSide.BUY)
        elif below and not self.portfolio.is_net_short(self.config.instrument_id):
            self.turn(OrderSide.SELL)

    def turn(self, side: OrderSide) -> None:
        self.close_all_positions(self.config.instrument_id)
        self.submit_order(self.order_factory.market(self.config.instrument_id, side, Quantity.from_int(10_000)))
