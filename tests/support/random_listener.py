"""A strategy from a generator that listens to quotes, trades and bars, and does a random thing at some of them."""

from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from nautilus_trader.model import BarType

from tests.support.random_strategy import ACTIONS, SPY, RandomStrategy, RandomStrategyConfig


@dataclass(frozen=True, kw_only=True)
class RandomListenerConfig(RandomStrategyConfig):
    """`hears`: quotes, trades, or types of bars."""

    actions: tuple[str, ...] = ACTIONS
    hears: tuple[str, ...] = ()
    beat: int = 0  # seconds between two looks at the clock


class RandomListener(RandomStrategy):
    """Acts at random events of those that it hears."""

    cfg: RandomListenerConfig

    def on_start(self) -> None:
        self.price_now: Any = None
        for topic in self.cfg.hears:
            if topic in {"quotes", "trades"}:
                getattr(self, f"subscribe_{topic}")(SPY)
            else:
                self.subscribe_bars(BarType.from_str(topic))
        if self.cfg.beat:
            self.clock.set_timer("beat", timedelta(seconds=self.cfg.beat))

    def on_quote(self, quote: Any) -> None:
        self.hear(quote.bid_price)

    def on_trade(self, trade: Any) -> None:
        self.hear(trade.price)

    def on_bar(self, bar: Any) -> None:
        self.hear(bar.close)

    def on_time_event(self, event: Any) -> None:
        super().on_time_event(event)
        if self.price_now and not self.random.randrange(4):
            self.act(self.price_now)

    def hear(self, price: Any) -> None:
        self.price_now = SimpleNamespace(bid_price=price)
        if not self.random.randrange(self.cfg.often):
            self.act(self.price_now)
