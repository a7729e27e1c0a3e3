"""Takes the side with the larger book; the engine keeps the book."""

from decimal import Decimal

from nautilus_trader.config import PositiveFloat, StrategyConfig
from nautilus_trader.model.data import OrderBookDeltas
from nautilus_trader.model.enums import BookType, OrderSide, TimeInForce, book_type_from_str
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.trading.strategy import Strategy


class BookPressureConfig(StrategyConfig, frozen=True):
    instrument_id: InstrumentId
    size: Decimal
    ratio: PositiveFloat = 0.3
    book_type: str | BookType = "L2_MBP"
    wait: float = 300.0


class BookPressure(Strategy):
    def __init__(self, config: BookPressureConfig) -> None:
        super().__init__(config)
        self.last_time = None

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.config.instrument_id)
        kind = self.config.book_type
        if isinstance(kind, str):
            kind = book_type_from_str(kind)
        self.subscribe_order_book_deltas(self.config.instrument_id, kind, 0)

    def on_order_book_deltas(self, deltas: OrderBookDeltas) -> None:
        book = self.cache.order_book(self.config.instrument_id)
        if not book or not book.spread():
            return
        bid, ask = book.best_bid_size(), book.best_ask_size()
        if min(bid, ask) / max(bid, ask) > self.config.ratio:
            return
        if self.last_time and (self.clock.utc_now() - self.last_time).total_seconds() < self.config.wait:
            return
        if self.cache.orders_inflight(strategy_id=self.id):
            return
        self.last_time = self.clock.utc_now()
        side = OrderSide.BUY if bid > ask else OrderSide.SELL
        price = book.best_ask_price() if side == OrderSide.BUY else book.best_bid_price()
        self.submit_order(
            self.order_factory.limit(
                instrument_id=self.config.instrument_id,
                price=self.instrument.make_price(price),
                order_side=side,
                quantity=self.instrument.make_qty(self.config.size),
                time_in_force=TimeInForce.FOK,
            )
        )

    def on_stop(self) -> None:
        self.unsubscribe_order_book_deltas(self.config.instrument_id)
        self.close_all_positions(self.config.instrument_id)
