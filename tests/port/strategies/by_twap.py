"""Every twentieth bar a market order that the engine's own TWAP algorithm executes in parts."""

from decimal import Decimal

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide, TimeInForce
from nautilus_trader.model.identifiers import ExecAlgorithmId, InstrumentId
from nautilus_trader.trading.strategy import Strategy


class ByTwapConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    bar_type: BarType
    size: Decimal
    horizon: float = 30.0
    interval: float = 5.0


class ByTwap(Strategy):
    def __init__(self, config: ByTwapConfig) -> None:
        super().__init__(config)
        self.n = 0

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.subscribe_quote_ticks(self.config.instrument_id)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar: Bar) -> None:
        self.n += 1
        if self.n % 20 == 1:
            side = OrderSide.BUY if (self.n // 20) % 2 == 0 else OrderSide.SELL
            order = self.order_factory.market(
                instrument_id=self.config.instrument_id,
                order_side=side,
                quantity=self.instrument.make_qty(self.config.size),
                time_in_force=TimeInForce.FOK,
                exec_algorithm_id=ExecAlgorithmId("TWAP"),
                exec_algorithm_params={"horizon_secs": self.config.horizon, "interval_secs": self.config.interval},
            )
            self.submit_order(order)
