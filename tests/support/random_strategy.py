"""A strategy from a generator: at random quotes it does a random thing, always the same for its seed."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, ClassVar

from nautilus_trader.model import (
    BarType,
    DataType,
    InstrumentId,
    OrderSide,
    Price,
    Quantity,
    TimeInForce,
    TrailingOffsetType,
    TriggerType,
)
from nautilus_trader.trading import Strategy

SPY = InstrumentId.from_str("SPY.ARCA")
SHARED = ("market", "limit", "stop", "bracket", "reverse", "close", "cancel", "modify", "look")
ACTIONS = (*SHARED[:3], "trailing", *SHARED[3:-1], "stop_limit", SHARED[-1])
LATE = 1_777_903_200_000_000_000  # 2026-05-04 14:00 UTC


@dataclass(frozen=True, kw_only=True)
class RandomStrategyConfig:
    """`often`: at one of so many quotes it acts."""

    seed: int
    often: int = 20
    size: int = 10
    actions: tuple[str, ...] = ACTIONS
    asks: str = ""
    others: tuple[str, ...] = ()  # instruments beside SPY


class RandomStrategy(Strategy):
    """Acts at random; what it sees of itself steers it, so that a wrong view shows in its fills."""

    def __init__(self, config: RandomStrategyConfig) -> None:
        super().__init__(None)
        self.cfg, self.random = config, Random(config.seed)
        self.instruments = [SPY, *map(InstrumentId.from_str, config.others)]
        self.traded = SPY  # what it acts on now

    def on_start(self) -> None:
        self.subscribe_quotes(SPY)
        self.subscribe_bars(BarType.from_str("SPY.ARCA-1-MINUTE-MID-INTERNAL"))
        self.clock.set_timer("beat", timedelta(seconds=61))

    def on_stop(self) -> None:
        if self.cfg.seed % 2:
            for traded in self.instruments:
                self.cancel_all_orders(traded)
                self.close_all_positions(traded)

    def on_quote(self, quote: Any) -> None:
        if not self.random.randrange(self.cfg.often):
            self.act(quote)

    def on_bar(self, bar: Any) -> None:
        if not self.random.randrange(5):
            self.order(self.order_factory.market(self.traded, self.side(), self.quantity()))

    def on_time_event(self, event: Any) -> None:
        if len(self.cache.orders_open()) > 8:
            self.cancel_all_orders(self.traded)

    def on_order_filled(self, event: Any) -> None:
        if not self.random.randrange(6) and not self.portfolio.is_net_flat(self.traded):
            self.close_all_positions(self.traded)

    def act(self, quote: Any) -> None:
        if abs(self.portfolio.net_position(self.traded)) > 5 * self.cfg.size:
            self.close_all_positions(self.traded)
            return
        getattr(self, f"do_{self.random.choice(self.cfg.actions)}")(quote)

    def side(self) -> Any:
        return self.random.choice((OrderSide.BUY, OrderSide.SELL))

    def quantity(self) -> Any:
        return Quantity.from_int(self.random.randint(1, self.cfg.size))

    def price(self, quote: Any, ticks: int) -> Any:
        return Price(quote.bid_price.as_double() + 0.01 * ticks, 2)

    def order(self, order: Any) -> None:
        self.submit_order(order)

    def do_market(self, quote: Any) -> None:
        self.order(self.order_factory.market(self.traded, self.side(), self.quantity(), TimeInForce.IOC))

    def do_limit(self, quote: Any) -> None:
        side = self.side()
        price = self.price(quote, self.random.randint(-6, 6))
        self.order(self.order_factory.limit(self.traded, side, self.quantity(), price))

    def do_stop(self, quote: Any) -> None:
        side = self.side()
        away = self.random.randint(1, 8) * (1 if side == OrderSide.BUY else -1)
        self.order(self.order_factory.stop_market(self.traded, side, self.quantity(), self.price(quote, away)))

    def do_touch(self, quote: Any) -> None:
        side = self.side()
        away = self.random.randint(1, 8) * (-1 if side == OrderSide.BUY else 1)
        self.order(self.order_factory.market_if_touched(self.traded, side, self.quantity(), self.price(quote, away)))

    def do_stop_limit(self, quote: Any) -> None:
        side = self.side()
        sign = 1 if side == OrderSide.BUY else -1
        trigger = self.price(quote, sign * self.random.randint(2, 6))
        limit = self.price(quote, sign * self.random.randint(1, 8))
        self.order(self.order_factory.stop_limit(self.traded, side, self.quantity(), limit, trigger))

    def do_trailing(self, quote: Any) -> None:
        side = self.side()
        self.order(
            self.order_factory.trailing_stop_market(
                self.traded, side, self.quantity(), trailing_offset=self.random.randint(2, 9) * 0.01,
                trailing_offset_type=TrailingOffsetType.PRICE, trigger_type=TriggerType.BID_ASK,
            )
        )  # fmt: skip

    def do_bracket(self, quote: Any) -> None:
        side = self.side()
        sign = 1 if side == OrderSide.BUY else -1
        orders = self.order_factory.bracket(
            instrument_id=self.traded, order_side=side, quantity=self.quantity(),
            tp_price=self.price(quote, sign * self.random.randint(2, 9)),
            sl_trigger_price=self.price(quote, -sign * self.random.randint(3, 9)),
        )  # fmt: skip
        self.submit_order_list(orders)

    def do_reverse(self, quote: Any) -> None:
        net = int(self.portfolio.net_position(self.traded))
        if net:
            side = OrderSide.SELL if net > 0 else OrderSide.BUY
            self.order(self.order_factory.market(self.traded, side, Quantity.from_int(2 * abs(net))))

    def do_close(self, quote: Any) -> None:
        self.close_all_positions(self.traded)

    def do_cancel(self, quote: Any) -> None:
        if orders := self.cache.orders_open(instrument_id=self.traded):
            self.cancel_order(min(orders, key=lambda o: (o.ts_init, str(o.quantity))).client_order_id)

    def do_modify(self, quote: Any) -> None:
        orders = [
            o
            for o in self.cache.orders_open()
            if hasattr(o, "price") and not o.is_reduce_only and not o.linked_order_ids
        ]
        if orders:
            order, price = min(orders, key=lambda o: o.ts_init), self.price(quote, -self.random.randint(1, 9))
            if order.price != price:
                self.modify_order(order.client_order_id, price=price)

    def do_look(self, quote: Any) -> None:
        pnl = self.portfolio.unrealized_pnl(self.traded)
        if pnl is not None and pnl.as_double() < 0:
            self.do_market(quote)


RandomEventStrategyConfig = RandomStrategyConfig


class RandomEventStrategy(RandomStrategy):
    """Hears events and timers alone, and looks at the market then; `asks` is what else it wants to know of it."""

    def on_start(self) -> None:
        self.subscribe_data(DataType("Score"))
        self.clock.set_timer("beat", timedelta(seconds=61))
        if self.cfg.asks == "early":
            price = Price(99.95, 2)
            self.order(self.order_factory.limit(SPY, OrderSide.BUY, self.quantity(), price))

    def on_data(self, data: Any) -> None:
        quote = self.cache.quote(SPY)
        if quote is None or self.random.randrange(self.cfg.often):
            return
        if self.cfg.asks == "history" and self.cache.quotes(SPY)[3:4]:
            quote = self.cache.quotes(SPY)[3]
        if self.cfg.asks == "before":
            quote = self.cache.quote(SPY, 2) or quote
        if self.cfg.asks == "count" and self.cache.quote_count(SPY) % 2:
            return
        if self.cfg.asks.startswith("late") and self.clock.timestamp_ns() > LATE:
            self.subscribe_quotes(SPY)
        if self.cfg.asks == "late history" and self.clock.timestamp_ns() > LATE + 600 * 1_000_000_000:
            quotes = self.cache.quotes(SPY)
            quote = quotes[len(quotes) // 2]
        self.act(quote)

    def on_time_event(self, event: Any) -> None:
        super().on_time_event(event)
        quote = self.cache.quote(SPY)
        if quote is not None and not self.random.randrange(5):
            self.act(quote)

    def on_stop(self) -> None:
        if self.cfg.asks == "last" and self.cache.quote_count(SPY) % 2:
            self.order(self.order_factory.market(SPY, OrderSide.BUY, self.quantity()))
        super().on_stop()

    def do_alert(self, quote: Any) -> None:
        at = self.clock.timestamp_ns() + self.random.randint(1, 20_000) * 1_000_000
        self.clock.set_time_alert_ns(f"alert-{at}", at)

    def do_until(self, quote: Any) -> None:
        until = self.clock.timestamp_ns() + self.random.randint(5, 60) * 1_000_000_000
        price = self.price(quote, -self.random.randint(1, 6))
        self.order(
            self.order_factory.limit(
                SPY, OrderSide.BUY, self.quantity(), price, time_in_force=TimeInForce.GTD, expire_time=until
            )
        )


class ComparingStrategy(RandomStrategy):
    """Looks at each callback at the engine's portfolio and at its own view of it, alone in its engine."""

    differences: ClassVar[set[tuple[str, str, str, str]]] = set()
    looks: ClassVar[int] = 0

    def on_start(self) -> None:
        super().on_start()
        self.idle: set[str] = set()  # callbacks of the clock that have come since the last event

    def compare_once(self, where: str) -> None:
        """Compare at a callback of the clock, unless nothing has happened since the last one of its kind."""
        if where not in self.idle:
            idle = {*self.idle, where}
            self.compare(where)
            self.idle = idle

    def compare(self, where: str) -> None:
        from sweep.backtest.shared.isolated_view import IsolatedCache, IsolatedPortfolio

        def refuse(call: str) -> Any:
            raise AssertionError(call)

        cache: Any = IsolatedCache(self.cache, self.strategy_id, refuse)
        own = IsolatedPortfolio(self.portfolio, cache, refuse, lambda: False)
        ComparingStrategy.looks += 1
        self.idle.clear()
        for name in ("net_position", "is_net_flat", "is_net_long", "is_net_short", "unrealized_pnl", "net_exposure"):
            if where.startswith("on_order_") and name == "unrealized_pnl":
                continue  # refused there
            engine, mine = getattr(self.portfolio, name)(SPY), getattr(own, name)(SPY)
            if engine != mine:
                ComparingStrategy.differences.add((where, name, str(engine), str(mine)))
        if self.portfolio.is_completely_net_flat() != own.is_completely_net_flat():
            ComparingStrategy.differences.add((where, "is_completely_net_flat", "", ""))
        for name in ("orders", "orders_open", "orders_closed", "positions", "positions_open", "positions_closed"):
            if ComparingStrategy.looks % 8 and not name.endswith("_open"):
                continue  # these lists only grow: a difference stays
            theirs, ours = getattr(self.cache, name)(), getattr(cache, name)()
            if sorted(map(str, theirs)) != sorted(map(str, ours)):
                ComparingStrategy.differences.add((where, name, str(theirs), str(ours)))

    def on_quote(self, quote: Any) -> None:
        self.compare("on_quote")
        super().on_quote(quote)

    def on_order_filled(self, event: Any) -> None:
        self.compare("on_order_filled")
        super().on_order_filled(event)

    def on_position_opened(self, event: Any) -> None:
        self.compare("on_position_opened")

    def on_position_changed(self, event: Any) -> None:
        self.compare("on_position_changed")

    def on_position_closed(self, event: Any) -> None:
        self.compare("on_position_closed")

    def on_order_accepted(self, event: Any) -> None:
        self.compare("on_order_accepted")

    def on_bar(self, bar: Any) -> None:
        self.compare_once("on_bar")
        super().on_bar(bar)

    def on_time_event(self, event: Any) -> None:
        self.compare_once("on_time_event")
        super().on_time_event(event)
