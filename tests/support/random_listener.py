"""A strategy from a generator that listens to quotes, trades and bars, and does a random thing at some of them."""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from nautilus_trader.model import BarType, InstrumentId

from tests.support.random_strategy import ACTIONS, SPY, RandomStrategy, RandomStrategyConfig


@dataclass(frozen=True, kw_only=True)
class RandomListenerConfig(RandomStrategyConfig):
    """`hears`: quotes, trades, or types of bars; of another instrument than SPY as "quotes QQQ.ARCA"."""

    actions: tuple[str, ...] = ACTIONS
    hears: tuple[str, ...] = ()
    beat: int = 0  # seconds between two looks at the clock


class RandomListener(RandomStrategy):
    """Acts at random events of those that it hears."""

    cfg: RandomListenerConfig

    def on_start(self) -> None:
        self.prices: dict[InstrumentId, Any] = {}
        for topic in self.cfg.hears:
            kind, _, name = topic.partition(" ")
            if kind in {"quotes", "trades"}:
                getattr(self, f"subscribe_{kind}")(InstrumentId.from_str(name) if name else SPY)
            else:
                self.subscribe_bars(BarType.from_str(topic))
        if self.cfg.beat:
            self.clock.set_timer("beat", timedelta(seconds=self.cfg.beat))

    def on_quote(self, quote: Any) -> None:
        self.hear(quote.instrument_id, quote.bid_price)

    def on_trade(self, trade: Any) -> None:
        self.hear(trade.instrument_id, trade.price)

    def on_bar(self, bar: Any) -> None:
        self.hear(bar.bar_type.instrument_id, bar.close)

    def on_time_event(self, event: Any) -> None:
        super().on_time_event(event)
        if self.prices and not self.random.randrange(4):
            self.act_somewhere()

    def hear(self, instrument_id: InstrumentId, price: Any) -> None:
        self.prices[instrument_id] = price
        self.traded = instrument_id
        if not self.random.randrange(self.cfg.often):
            self.act_somewhere()

    def act_somewhere(self) -> None:
        """Act on the instrument that was heard of last, or on another."""
        if self.cfg.others and not self.random.randrange(3):
            self.traded = self.random.choice(list(self.prices))
        self.act(SimpleNamespace(bid_price=self.prices[self.traded]))
