"""A strategy that uses quotes, bars and scores, so that whatever it should not see would change what it does."""

from dataclasses import dataclass
from typing import Any

from nautilus_trader.model import BarType, DataType, OrderSide, Quantity
from nautilus_trader.trading import Strategy

from sweep.common.units import nanos
from tests.support.strategies import SPY

BARS = "SPY.ARCA-1-MINUTE-MID-EXTERNAL"


@dataclass(frozen=True, kw_only=True)
class AllDataStrategyConfig:
    """`hold`: quotes until it closes; with many it holds a position over every border."""

    threshold: float = 0.5
    hold: int = 20
    size: int = 10
    breaks: str = ""  # ISO time from which on it raises


class AllDataStrategy(Strategy):
    """Buys at a high score when the last bar closed above the mean of its bars, and sells after a while."""

    def __init__(self, config: AllDataStrategyConfig) -> None:
        super().__init__(None)
        self.cfg, self.closes, self.left = config, list[float](), 0

    def on_start(self) -> None:
        self.subscribe_quotes(SPY)
        self.subscribe_bars(BarType.from_str(BARS))
        self.subscribe_data(DataType("Score"))

    def on_bar(self, bar: Any) -> None:
        self.closes = [*self.closes[-9:], float(bar.close)]

    def on_data(self, data: Any) -> None:
        rises = not self.closes or self.closes[-1] >= sum(self.closes) / len(self.closes)
        if data.data.score > self.cfg.threshold and not self.left and rises:
            self.left = self.cfg.hold
            self.order(OrderSide.BUY)

    def on_quote(self, quote: Any) -> None:
        if self.cfg.breaks and quote.ts_init >= nanos(self.cfg.breaks):
            raise RuntimeError("out of my depth")
        if self.left:
            self.left -= 1
            if not self.left:
                self.order(OrderSide.SELL)

    def order(self, side: OrderSide) -> None:
        self.submit_order(self.order_factory.market(SPY, side, Quantity(self.cfg.size, 0)))
