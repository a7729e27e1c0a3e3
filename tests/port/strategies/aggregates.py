"""Bars of the engine's own making, from quotes and from bars; several order lists."""

from nautilus_trader.common.actor import Actor
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide, TriggerType
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.config import StrategyConfig
from nautilus_trader.trading.strategy import Strategy


class AggregatesConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    stop: float = 0.0003


class Aggregates(Strategy):
    def __init__(self, config: AggregatesConfig) -> None:
        super().__init__(config)
        self.floor = Money(0, USD)
        self.five = BarType.from_str(f"{config.instrument_id}-5-MINUTE-MID-INTERNAL")
        self.fifteen = BarType.from_str(f"{config.instrument_id}-15-MINUTE-MID-INTERNAL")
        self.trend = 0

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.config.instrument_id)
        self.subscribe_bars(self.five)
        self.subscribe_bars(BarType.from_str(f"{self.fifteen}@1-MINUTE-EXTERNAL"))

    def on_bar(self, bar: Bar) -> None:
        if bar.bar_type == self.fifteen:
            self.trend = 1 if bar.close > bar.open else -1
            return
        if not self.trend or not self.portfolio.is_flat(self.config.instrument_id):
            return
        side = OrderSide.BUY if self.trend > 0 else OrderSide.SELL
        other = OrderSide.SELL if self.trend > 0 else OrderSide.BUY
        quantity = Quantity.from_int(5_000)
        self.cancel_all_orders(self.config.instrument_id)
        entry = self.order_factory.market(self.config.instrument_id, side, quantity)
        stop = self.order_factory.stop_market(
            self.config.instrument_id,
            other,
            quantity,
            Price(float(bar.close) - self.trend * self.config.stop, 5),
            TriggerType.DEFAULT,
            reduce_only=True,
        )
        self.submit_order_list(self.order_factory.create_list([entry, stop]))


class Recorder(Actor):
    """An actor that counts bars."""

    def __init__(self, bar_type: BarType) -> None:
        super().__init__()
        self.bar_type = bar_type
        self.count = 0

    def on_start(self) -> None:
        self.subscribe_bars(self.bar_type)
        self.log.info(f"{self.id}")

    def on_bar(self, bar: Bar) -> None:
        self.count += 1
