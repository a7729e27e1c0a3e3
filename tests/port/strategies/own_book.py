"""Keeps books of its own: one from quotes, one from deltas."""

from nautilus_trader.config import StrategyConfig
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import OrderBookDeltas, QuoteTick
from nautilus_trader.model.enums import BookType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Price, Quantity
from nautilus_trader.model.tick_scheme.base import round_down, round_up
from nautilus_trader.trading.strategy import Strategy


class OwnBookConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    width: float = 0.0001


class OwnBook(Strategy):
    def __init__(self, config: OwnBookConfig) -> None:
        super().__init__(config)
        self.top = OrderBook(config.instrument_id, BookType.L1_MBP)
        self.deep = OrderBook(instrument_id=config.instrument_id, book_type=BookType.L2_MBP)
        self.count = 0

    def on_start(self) -> None:
        self.subscribe_quote_ticks(self.config.instrument_id)
        self.subscribe_order_book_deltas(self.config.instrument_id)

    def on_order_book_deltas(self, deltas: OrderBookDeltas) -> None:
        self.deep.apply_deltas(deltas)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        self.top.update_quote_tick(tick)
        self.count += 1
        if self.count % 200 or not self.deep.best_bid_price():
            return
        middle = (float(self.top.best_bid_price()) + float(self.top.best_ask_price())) / 2
        self.cancel_all_orders(self.config.instrument_id)
        below, above = round_down(middle - self.config.width, 0.00005), round_up(middle + self.config.width, 0.00005)
        for side, price in ((OrderSide.BUY, below), (OrderSide.SELL, above)):
            order = self.order_factory.limit(self.config.instrument_id, side, Quantity(50_000, 0), Price(price, 5))
            self.submit_order(order)
