"""Strategies for tests: one that does what a list says, and small ones with known faults."""

from dataclasses import dataclass, field

from nautilus_trader.model import InstrumentId, OrderSide, Quantity, QuoteTick
from nautilus_trader.trading import Strategy


@dataclass(frozen=True, kw_only=True)
class ScriptedConfig:
    """`orders`: at the n-th quote of the instrument (from 0) trade this signed quantity at market."""

    instrument_id: InstrumentId
    orders: list[list[float]] = field(default_factory=list[list[float]])
    reduce: bool = False


class Scripted(Strategy):
    """Market orders at given quotes: hand-computable."""

    def __init__(self, config: ScriptedConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.seen = -1

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.cfg.instrument_id)
        self.subscribe_quotes(self.cfg.instrument_id)

    def on_quote(self, quote: QuoteTick) -> None:
        self.seen += 1
        for at, amount in self.cfg.orders:
            if at == self.seen:
                self.trade(amount)

    def trade(self, amount: float) -> None:
        quantity = Quantity(abs(amount), self.instrument.size_precision)
        side = OrderSide.BUY if amount > 0 else OrderSide.SELL
        self.submit_order(self.order_factory.market(self.cfg.instrument_id, side, quantity))
