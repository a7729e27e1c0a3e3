"""A strategy that trades contracts of an option chain, and records everything that it receives."""

from dataclasses import dataclass
from typing import Any, ClassVar

from nautilus_trader.model import DataType, InstrumentId, OrderSide, Quantity
from nautilus_trader.trading import Strategy

SPY = InstrumentId.from_str("SPY.ARCA")


@dataclass(frozen=True, kw_only=True)
class OptionChainStrategyConfig:
    """Place to subscribe: in `event`s, in the underlying's `quote`s, in a `timer`, or when one is `closed`."""

    place: str = "event"
    every: int = 7  # so many of them apart
    stay: int = 4  # quotes of a contract, after which it is sold and left
    contracts: tuple[str, ...] = ()


class OptionChainStrategy(Strategy):
    """Buys a contract at its first quote, and sells and leaves it `stay` quotes later."""

    record: ClassVar[list[Any]] = []

    def __init__(self, config: OptionChainStrategyConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.moves = 0
        self.counts: dict[str, int] = {}
        OptionChainStrategy.record = []

    def on_start(self):
        if self.cfg.place in {"event", "closed"}:
            self.subscribe_data(DataType("Score"))
        if self.cfg.place == "quote":
            self.subscribe_quotes(SPY)
        if self.cfg.place == "timer":
            self.clock.set_time_alert_ns("1", self.clock.timestamp_ns() + 3_500_000_000)

    def on_data(self, data):
        self.note("data")
        if self.cfg.place == "event" or self.moves == 0:
            self.move()

    def on_time_event(self, event):
        self.note("timer")
        self.move()
        if len(self.record) < 5000:
            self.clock.set_time_alert_ns(f"{len(self.record)}", self.clock.timestamp_ns() + 4_300_000_000)

    def move(self):
        self.moves += 1
        if (self.moves - 1) % self.cfg.every == 0:
            name = self.cfg.contracts[self.moves * 5 % len(self.cfg.contracts)]
            if name not in self.counts:
                self.counts[name] = 0
                self.subscribe_quotes(InstrumentId.from_str(name))

    def on_quote(self, quote):
        name = str(quote.instrument_id)
        self.note(name, str(quote.bid_price))
        if quote.instrument_id == SPY:
            self.move()
            return
        self.counts[name] += 1
        if self.counts[name] == 1:
            self.trade(quote, OrderSide.BUY)
        if self.counts[name] == self.cfg.stay:
            self.trade(quote, OrderSide.SELL)
            self.unsubscribe_quotes(quote.instrument_id)
            del self.counts[name]

    def trade(self, quote, side):
        self.submit_order(self.order_factory.market(quote.instrument_id, side, Quantity.from_int(1)))

    def on_order_filled(self, event):
        self.note("fill", str(event.instrument_id), str(event.last_px))

    def on_position_closed(self, event):
        if self.cfg.place == "closed":
            self.move()

    def note(self, *fields):
        self.record.append((self.clock.timestamp_ns(), *fields))


@dataclass(frozen=True, kw_only=True)
class ContractBuyerConfig:
    """`at`: number of the event, from 1, at which it subscribes to the contract and buys it."""

    contract: str
    at: int = 1


class ContractBuyer(Strategy):
    """Subscribes to a contract and buys it at once, at whatever quote of it is there."""

    def __init__(self, config: ContractBuyerConfig) -> None:
        super().__init__(None)
        self.cfg, self.events = config, 0

    def on_start(self):
        self.subscribe_data(DataType("Score"))

    def on_data(self, data):
        self.events += 1
        if self.events == self.cfg.at:
            contract = InstrumentId.from_str(self.cfg.contract)
            self.subscribe_quotes(contract)
            if self.cache.quote(contract):
                self.submit_order(self.order_factory.market(contract, OrderSide.BUY, Quantity.from_int(1)))
