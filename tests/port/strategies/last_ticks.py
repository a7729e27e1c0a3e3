"""Reads the last ticks from the cache, and asks for those before."""

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.data import QuoteTick, TradeTick
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Quantity
from nautilus_trader.trading.strategy import Strategy


class LastTicksConfig(StrategyConfig, frozen=True, kw_only=True):
    instrument_id: InstrumentId
    subscribe_quote_ticks: bool = True
    order_id_tag: str = "900"


class LastTicks(Strategy):
    def __init__(self, config: LastTicksConfig) -> None:
        super().__init__(config)
        self.history = []
        self.answered = False

    def on_start(self) -> None:
        if self.config.subscribe_quote_ticks:
            self.subscribe_quote_ticks(self.config.instrument_id)
        self.subscribe_trade_ticks(instrument_id=self.config.instrument_id)
        self.request_quote_ticks(self.config.instrument_id, start=self.clock.utc_now(), callback=self.on_answer)

    def on_answer(self, request_id) -> None:
        self.answered = True

    def on_historical_data(self, data) -> None:
        self.history.append(data)

    def on_trade_tick(self, tick: TradeTick) -> None:
        quote: QuoteTick = self.cache.quote_tick(self.config.instrument_id)
        if quote is None or self.cache.trade_tick_count(self.config.instrument_id) % 40:
            return
        trades = self.cache.trade_ticks(self.config.instrument_id)
        mean = sum(float(trade.price) for trade in trades[:20]) / 20
        side = OrderSide.BUY if float(quote.bid_price) < mean else OrderSide.SELL
        if not self.portfolio.is_completely_flat():
            self.close_all_positions(self.config.instrument_id)
        self.submit_order(self.order_factory.market(self.config.instrument_id, side, Quantity.from_int(20_000)))
