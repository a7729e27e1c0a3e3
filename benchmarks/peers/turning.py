"""A strategy that turns its position now and then, over bars alone or over the quotes of several instruments."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from nautilus_trader.model import BarType, InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Strategy

from benchmarks.peers.market import BARS, names


@dataclass(frozen=True, kw_only=True)
class TurnsConfig:
    """Number of quotes, or bars, of an instrument between two turns."""

    every: int
    instruments: int = 1
    bars: bool = False


class Turns(Strategy):
    """Buys, and later sells, 100 shares of each instrument by turns; whatever the market does."""

    def __init__(self, config: TurnsConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.counts = Counter[InstrumentId]()

    def on_start(self) -> None:
        for name in names(self.cfg.instruments):
            if self.cfg.bars:
                self.subscribe_bars(BarType.from_str(name + BARS))
            else:
                self.subscribe_quotes(InstrumentId.from_str(name))

    def on_quote(self, quote: Any) -> None:
        self.turn(quote.instrument_id)

    def on_bar(self, bar: Any) -> None:
        self.turn(bar.bar_type.instrument_id)

    def turn(self, instrument: InstrumentId) -> None:
        self.counts[instrument] += 1
        turns, rest = divmod(self.counts[instrument], self.cfg.every)
        if rest == 0:
            side = OrderSide.BUY if turns % 2 else OrderSide.SELL
            self.submit_order(self.order_factory.market(instrument, side, Quantity.from_int(100)))
