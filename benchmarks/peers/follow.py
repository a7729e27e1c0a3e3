"""The strategy of the comparison, for NautilusTrader 2."""

from dataclasses import dataclass
from typing import Any

from nautilus_trader.model import DataType, InstrumentId, OrderSide, Price, Quantity
from nautilus_trader.model.custom import customdataclass
from nautilus_trader.trading import Strategy

SPY = InstrumentId.from_str("SPY.XNAS")


@customdataclass
class Signal:
    """A scored event."""

    score: float = 0.0
    side: int = 0


@dataclass(frozen=True, kw_only=True)
class FollowConfig:
    """Threshold of an entry, and the exits (percent of the entry price)."""

    threshold: float
    tp: float
    sl: float
    on_each_quote: bool = False


class Follow(Strategy):
    """A bracket on each signal whose score reaches the threshold, one at a time."""

    def __init__(self, config: FollowConfig) -> None:
        super().__init__(None)
        self.cfg = config

    def on_start(self) -> None:
        self.subscribe_data(DataType("Signal"))
        if self.cfg.on_each_quote:
            self.subscribe_quotes(SPY)
        self.last: Any = None

    def on_quote(self, quote: Any) -> None:
        self.last = quote

    def on_data(self, data: Any) -> None:
        signal = data.data
        if signal.score < self.cfg.threshold or self.cache.positions_open(instrument_id=SPY):
            return
        quote = self.cache.quote(SPY)
        side = OrderSide.BUY if signal.side > 0 else OrderSide.SELL
        entry = float(str(quote.ask_price if signal.side > 0 else quote.bid_price))
        self.submit_order_list(
            self.order_factory.bracket(
                instrument_id=SPY,
                order_side=side,
                quantity=Quantity.from_int(100),
                tp_price=Price(entry * (1 + signal.side * self.cfg.tp / 100), 2),
                tp_post_only=False,
                sl_trigger_price=Price(entry * (1 - signal.side * self.cfg.sl / 100), 2),
            )
        )
