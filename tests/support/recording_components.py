"""Components that record every event that they receive: the order in which the engine calls several of them."""

from dataclasses import dataclass
from typing import Any, ClassVar

from nautilus_trader.common import DataActor
from nautilus_trader.model import BarType, BookType, CustomData, DataType, InstrumentId
from nautilus_trader.trading import Strategy

from tests.support.strategies import Score


@dataclass(frozen=True, kw_only=True)
class RecordingConfig:
    """A label, and what the component does besides listening."""

    instrument_id: InstrumentId
    label: str
    publishes: bool = False
    leaves_at: int = 0  # quote, from which on it hears of no other
    calls_itself: bool = False
    is_double: bool = False  # subscribes to the same events under two names


class Recorder:
    """The common part of the actor and the strategy; `heard` is of the last trials."""

    heard: ClassVar[list[tuple[str, int, str]]] = []  # what, when, label

    def __init__(self, config: RecordingConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.quotes = 0

    def on_start(self) -> None:
        name = self.cfg.instrument_id
        for listen in (self.subscribe_quotes, self.subscribe_trades, self.subscribe_mark_prices,
                       self.subscribe_index_prices, self.subscribe_funding_rates, self.subscribe_instrument_status,
                       self.subscribe_instrument_close):  # fmt: skip
            listen(name)
        self.subscribe_book_deltas(name, BookType.L2_MBP)
        self.subscribe_book_depth(instrument_id=name, book_type=BookType.L2_MBP)
        self.subscribe_book_at_interval(name, BookType.L2_MBP, 1000)
        self.subscribe_bars(BarType.from_str(f"{name}-1-MINUTE-LAST-EXTERNAL"))
        self.subscribe_bars(BarType.from_str(f"{name}-2-TICK-MID-INTERNAL"))
        self.subscribe_bars(BarType.from_str(f"{name}-4-TICK-MID-INTERNAL@2-TICK-INTERNAL"))
        self.subscribe_signal("turn")
        self.subscribe_topic("news", self.on_news)
        self.subscribe_topic("news", self.on_second_news)
        self.subscribe_data(DataType("Score"))
        if self.cfg.is_double:
            self.subscribe_data(DataType("Score", identifier="x"))

    def note(self, event: str) -> None:
        Recorder.heard.append((event, self.clock.timestamp_ns(), self.cfg.label))

    def on_quote(self, quote: Any) -> None:
        self.note("quote")
        self.quotes += 1
        if self.cfg.publishes:
            self.publish_signal("turn", 1.0, quote.ts_event)
            self.publish_message("news", "turned")
            score = Score(ts_event=quote.ts_event, ts_init=quote.ts_init, instrument_id=self.cfg.instrument_id)
            self.publish_data(DataType("Score"), CustomData(DataType("Score"), score))
        if self.quotes == self.cfg.leaves_at:
            self.unsubscribe_quotes(self.cfg.instrument_id)

    def on_bar(self, bar: Any) -> None:
        self.note(f"bar {bar.bar_type}")
        if self.cfg.calls_itself:
            self.on_mark_price(update=bar)

    def on_mark_price(self, update: Any) -> None:
        self.note(f"mark {type(update).__name__}")

    def on_news(self, _message: Any) -> None:
        self.note("news")

    def on_second_news(self, _message: Any) -> None:
        self.note("second news")


def noting(name: str) -> Any:
    """A callback that only notes."""
    return lambda self, _event: self.note(name)


for _name in ("on_trade", "on_index_price", "on_funding_rate", "on_instrument_status", "on_instrument_close",
              "on_book_deltas", "on_book_depth", "on_book", "on_signal", "on_data"):  # fmt: skip
    setattr(Recorder, _name, noting(_name))


class RecordingActor(Recorder, DataActor):
    """An actor that notes what it hears."""


class RecordingStrategy(Recorder, Strategy):
    """A strategy that notes what it hears."""
