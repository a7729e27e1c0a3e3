"""Strategies that must not share a pass over the market unnoticed: each looks harmless, and each touches the others."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from nautilus_trader.model import DataType, InstrumentId, OrderSide, Price, Quantity, StrategyId, Venue
from nautilus_trader.trading import Strategy

SPY = InstrumentId.from_str("SPY.ARCA")
ARCA = Venue("ARCA")
Unseen = TypeVar("Unseen")  # attributes of it are not compared between trials: only the proof sees what they do
setattr(Unseen, "drawn", [])  # noqa: B010 (no type knows it)


@dataclass(frozen=True, kw_only=True)
class InterferingStrategyConfig:
    """`action` happens at quote `at`; otherwise 10 shares are bought and sold by turns, at every `every`th quote."""

    action: str = ""
    at: int = 100
    every: int = 40
    size: int = 10


class InterferingStrategy(Strategy):
    """Trades by the clock of its quotes, and does one thing that touches the others."""

    drawn: ClassVar[list[int]] = []  # what all strategies of the process share

    def __init__(self, config: InterferingStrategyConfig) -> None:
        super().__init__(None)
        self.cfg, self.count, self.scores = config, 0, 0.0
        if config.action == "constructor":
            raise RuntimeError("not today")

    def on_start(self) -> None:
        self.subscribe_quotes(SPY)
        self.subscribe_data(DataType("Score"))
        if self.cfg.action == "timer":
            self.clock.set_timer("tick", timedelta(seconds=100), callback=lambda _: 1 / 0)
        if self.cfg.action == "seeded":
            random.seed(7)
        if self.cfg.action == "class":
            InterferingStrategy.drawn.clear()

    def on_stop(self) -> None:
        self.close_all_positions(SPY)

    def on_data(self, data: Any) -> None:
        self.scores += data.data.score
        data.data.score = 0.0

    def on_quote(self, quote: Any) -> None:
        self.count += 1
        if self.count == self.cfg.at and self.cfg.action:
            getattr(self, f"do_{self.cfg.action}", lambda: None)()
        if self.count % self.cfg.every == 0:
            self.trade(self.size())

    def size(self) -> int:
        if self.cfg.action == "seeded":
            return random.randint(1, self.cfg.size)
        if self.cfg.action in {"class", "hidden"}:
            drawn = InterferingStrategy.drawn if self.cfg.action == "class" else getattr(Unseen, "drawn")  # noqa: B009
            drawn.append(self.count)
            return 1 + len(drawn) % self.cfg.size
        return self.cfg.size + int(self.scores)

    def trade(self, size: int) -> None:
        side = OrderSide.BUY if self.portfolio.is_net_flat(SPY) else OrderSide.SELL
        self.submit_order(self.order_factory.market(SPY, side, Quantity.from_int(size)))

    def do_look_back(self) -> None:
        self.trade(1 + self.cache.quote_count(SPY) % self.cfg.size)

    def do_raise(self) -> None:
        raise ValueError("the hundredth event")

    def do_swallow(self) -> None:
        try:
            self.portfolio.account(ARCA)
        except Exception:  # noqa: BLE001
            self.trade(1)

    def do_account(self) -> None:
        account: Any = self.cache.account_for_venue(ARCA)
        if account.balance_free().as_double() < 500_000:
            self.trade(1)

    def do_equity(self) -> None:
        self.portfolio.equity(ARCA)

    def do_others(self) -> None:
        assert not self.cache.positions(strategy_id=StrategyId("InterferingStrategy-007"))

    def do_signal(self) -> None:
        self.publish_signal("here", 1.0)

    def do_error(self) -> None:
        self.log.error("this is wrong")

    def do_exit(self) -> None:
        raise SystemExit(3)

    def do_greed(self) -> None:
        self.trade(2500)

    def do_wall(self) -> None:
        price = Price(100.0, 2)
        for _ in range(12):
            self.submit_order(self.order_factory.limit(SPY, OrderSide.BUY, Quantity.from_int(200), price))
