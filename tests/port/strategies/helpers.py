"""Helpers that several strategies share."""

from decimal import Decimal

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.instruments import Instrument
from nautilus_trader.trading.strategy import Strategy


class SharedConfig(StrategyConfig, frozen=True, kw_only=True):
    instrument_id: InstrumentId
    bar_type: BarType
    size: Decimal = Decimal(10_000)


class Shared(Strategy):
    instrument: Instrument

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        self.subscribe_bars(self.config.bar_type)

    def turn(self, side: OrderSide) -> None:
        if self.portfolio.is_flat(self.config.instrument_id) or self.holds_other(side):
            self.close_all_positions(self.config.instrument_id)
            quantity = self.instrument.make_qty(self.config.size)
            self.submit_order(self.order_factory.market(self.config.instrument_id, side, quantity))

    def holds_other(self, side: OrderSide) -> bool:
        positions = self.cache.positions_open(instrument_id=self.config.instrument_id)
        return any(position.is_long == (side == OrderSide.SELL) for position in positions)

    def on_bar(self, bar: Bar) -> None:
        raise NotImplementedError
