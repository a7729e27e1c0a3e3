"""Config and strategy from a helper module; imports of whole modules."""

import nautilus_trader.model.data as data
from helpers import Shared, SharedConfig
from nautilus_trader.model import enums


class InheritsConfig(SharedConfig, frozen=True, kw_only=True):
    bars: int = 12


class Inherits(Shared):
    def __init__(self, config: InheritsConfig) -> None:
        super().__init__(config)
        self.closes = []

    def on_bar(self, bar: data.Bar) -> None:
        self.closes.append(bar.close.as_double())
        recent = self.closes[-self.config.bars :]
        if len(recent) < self.config.bars:
            return
        self.turn(enums.OrderSide.BUY if recent[-1] > recent[0] else enums.OrderSide.SELL)
