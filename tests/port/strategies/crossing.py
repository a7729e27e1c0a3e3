"""Two averages cross; warm-up by a request with a callback."""

from datetime import timedelta
from decimal import Decimal

from nautilus_trader.common.enums import LogColor
from nautilus_trader.config import PositiveInt, StrategyConfig
from nautilus_trader.core.correctness import PyCondition
from nautilus_trader.core.data import Data
from nautilus_trader.core.message import Event
from nautilus_trader.indicators import ExponentialMovingAverage
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.trading.strategy import Strategy


class CrossingConfig(StrategyConfig, frozen=True):
    """Settings of the crossing."""

    instrument_id: InstrumentId
    bar_type: BarType
    size: Decimal
    fast: PositiveInt = 8
    slow: PositiveInt = 21
    time_in_force: TimeInForce | None = None


class Crossing(Strategy):
    def __init__(self, config: CrossingConfig) -> None:
        PyCondition.is_true(config.fast < config.slow, "fast must be below slow")
        PyCondition.positive(config.size, "size")
        super().__init__(config)
        self.instrument: Instrument | None = None
        self.fast = ExponentialMovingAverage(config.fast)
        self.slow = ExponentialMovingAverage(config.slow)

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.register_indicator_for_bars(self.config.bar_type, self.fast)
        self.register_indicator_for_bars(self.config.bar_type, self.slow)
        self.request_bars(
            self.config.bar_type,
            start=self._clock.utc_now() - timedelta(days=1),
            callback=lambda _: self.subscribe_bars(self.config.bar_type),
        )

    def on_bar(self, bar: Bar) -> None:
        if not self.indicators_initialized():
            self.log.info("warming up", color=LogColor.BLUE)
            return
        if bar.is_single_price():
            self._log.warning("one price only")
            return
        side = OrderSide.BUY if self.fast.value >= self.slow.value else OrderSide.SELL
        against = self.portfolio.is_net_short if side == OrderSide.BUY else self.portfolio.is_net_long
        if self.portfolio.is_flat(self.config.instrument_id):
            self.enter(side)
        elif against(self.config.instrument_id):
            self.close_all_positions(self.config.instrument_id)
            self.enter(side)

    def enter(self, side: OrderSide) -> None:
        order = self.order_factory.market(
            instrument_id=self.config.instrument_id,
            order_side=side,
            quantity=self.instrument.make_qty(self.config.size),
            time_in_force=self.config.time_in_force or TimeInForce.GTC,
        )
        self.submit_order(order)

    def on_data(self, data: Data) -> None:
        """Nothing arrives."""

    def on_event(self, event: Event) -> None:
        """Nothing to do."""

    def on_stop(self) -> None:
        self.close_all_positions(self.config.instrument_id)
        self.unsubscribe_bars(self.config.bar_type)
