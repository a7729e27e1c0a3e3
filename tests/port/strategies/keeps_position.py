"""Keeps the position and the account that it saw when it entered."""

from nautilus_trader.config import NonNegativeInt, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import TradeTick
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.events import PositionOpened
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Quantity
from nautilus_trader.model.position import Position
from nautilus_trader.trading.strategy import Strategy


class KeepsPositionConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    step: NonNegativeInt = 50
    limit: float = 300_000.0


class KeepsPosition(Strategy):
    def __init__(self, config: KeepsPositionConfig) -> None:
        super().__init__(config)
        self.position: Position | None = None
        self.account = None
        self.count = 0

    def on_start(self) -> None:
        self.account = self.portfolio.account(self.config.instrument_id.venue)
        self.before = self.account.balance_total(USD).as_double()
        self.subscribe_trade_ticks(self.config.instrument_id)

    def on_trade_tick(self, tick: TradeTick) -> None:
        self.count += 1
        if self.count % self.config.step:
            return
        lost = self.account.balance_total(USD).as_double() < self.before
        if self.position is not None and self.position.is_open:
            if float(self.position.quantity) >= self.config.limit or lost:
                self.close_position(self.position)
                self.before = self.account.balance_total(USD).as_double()
                return
        side = OrderSide.SELL if self.position is not None and self.position.is_short else OrderSide.BUY
        self.submit_order(self.order_factory.market(self.config.instrument_id, side, Quantity.from_int(100_000)))

    def on_position_opened(self, event: PositionOpened) -> None:
        self.position = self.cache.position(event.position_id)
