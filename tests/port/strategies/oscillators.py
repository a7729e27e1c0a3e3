"""Indicators whose meaning changed."""

from nautilus_trader.config import StrategyConfig
from nautilus_trader.indicators import (
    AverageTrueRange,
    BollingerBands,
    MovingAverageConvergenceDivergence,
    RelativeStrengthIndex,
    Stochastics,
)
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Quantity
from nautilus_trader.trading.strategy import Strategy


class OscillatorsConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    bar_type: BarType
    low: float = 0.4
    high: float = 0.6


class Oscillators(Strategy):
    def __init__(self, config: OscillatorsConfig) -> None:
        super().__init__(config)
        self.rsi = RelativeStrengthIndex(10)
        self.bands = BollingerBands(20, 1.0)
        self.macd = MovingAverageConvergenceDivergence(6, 13)
        self.atr = AverageTrueRange(10)
        self.stochastics = Stochastics(14, 3)

    def on_start(self) -> None:
        for indicator in (self.rsi, self.bands, self.macd, self.atr, self.stochastics):
            self.register_indicator_for_bars(self.config.bar_type, indicator)
        self.subscribe_bars(self.config.bar_type)

    def on_bar(self, bar: Bar) -> None:
        if not self.indicators_initialized():
            return
        close = float(bar.close)
        weak = self.rsi.value < self.config.low and close < self.bands.lower and self.stochastics.value_d < 30
        strong = self.rsi.value > self.config.high and close > self.bands.upper and self.macd.value > 0
        if weak and self.portfolio.is_flat(self.config.instrument_id):
            size = Quantity.from_int(int(2 / self.atr.value))
            self.submit_order(self.order_factory.market(self.config.instrument_id, OrderSide.BUY, size))
        elif strong and self.portfolio.is_net_long(self.config.instrument_id):
            self.close_all_positions(self.config.instrument_id)
