"""A strategy that listens to everything, and remembers what it heard and what filled."""

from typing import Any, ClassVar

from nautilus_trader.model import BarType, BookType

from tests.support.strategies import Scripted


class Listener(Scripted):
    """Trades as a Scripted does, at quotes, or at trades where there are no quotes; `heard` is of the last trial."""

    heard: ClassVar[list[tuple[int, str]]] = []

    def on_start(self) -> None:
        Listener.heard = []
        name = self.cfg.instrument_id
        self.instrument = self.cache.instrument(name)
        for listen in (self.subscribe_quotes, self.subscribe_trades, self.subscribe_mark_prices,
                       self.subscribe_index_prices, self.subscribe_funding_rates, self.subscribe_instrument_status,
                       self.subscribe_instrument_close):  # fmt: skip
            listen(name)
        self.subscribe_book_deltas(name, BookType.L2_MBP)
        self.subscribe_book_depth(name, BookType.L2_MBP)
        self.subscribe_book_at_interval(name, BookType.L2_MBP, 1000)
        self.subscribe_bars(BarType.from_str(f"{name}-1-MINUTE-LAST-EXTERNAL"))
        self.subscribe_bars(BarType.from_str(f"{name}-2-SECOND-MID-INTERNAL"))

    def note(self, event: str) -> None:
        Listener.heard.append((self.clock.timestamp_ns(), event))

    def on_quote(self, quote: Any) -> None:
        self.note("quote")
        super().on_quote(quote)

    def on_trade(self, _trade: Any) -> None:
        self.note("trade")

    def on_bar(self, bar: Any) -> None:
        self.note("internal bar" if bar.bar_type.is_internally_aggregated() else "bar")

    def on_book_deltas(self, _deltas: Any) -> None:
        self.note("deltas")

    def on_book_depth(self, _depth: Any) -> None:
        self.note("depth")

    def on_book(self, _book: Any) -> None:
        self.note("book")

    def on_mark_price(self, _update: Any) -> None:
        self.note("mark")

    def on_index_price(self, _update: Any) -> None:
        self.note("index")

    def on_funding_rate(self, update: Any) -> None:
        self.note(f"funding {update.rate}")

    def on_instrument_status(self, status: Any) -> None:
        self.note(f"status {status.action.name}")

    def on_instrument_close(self, _close: Any) -> None:
        self.note("close")


class Filled(Scripted):
    """Trades at the n-th trade as a Scripted does at the n-th quote, and remembers what filled."""

    fills: ClassVar[list[tuple[str, str]]] = []

    def on_start(self) -> None:
        Filled.fills = []
        self.instrument = self.cache.instrument(self.cfg.instrument_id)
        self.subscribe_trades(self.cfg.instrument_id)

    def on_trade(self, trade: Any) -> None:
        super().on_quote(trade)

    def on_order_filled(self, event: Any) -> None:
        Filled.fills.append((str(event.last_qty), str(event.last_px)))
