"""Strategies for tests: one that does what a list says, and small ones with one fault each."""

import os
import signal
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from nautilus_trader.backtest import BacktestEngine, BacktestEngineConfig, SimulationModule
from nautilus_trader.execution import FeeModel, FillModel
from nautilus_trader.model import (
    BarType,
    BookType,
    CustomData,
    DataType,
    InstrumentId,
    Money,
    OrderSide,
    Price,
    Quantity,
    TriggerType,
)
from nautilus_trader.model.custom import customdataclass
from nautilus_trader.trading import Strategy

SPY = InstrumentId.from_str("SPY.ARCA")


@customdataclass
class Score:
    """A custom event."""

    instrument_id: InstrumentId = SPY
    score: float = 0.0


@customdataclass
class Unheard:
    """A custom event that no catalog holds."""

    value: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ScriptedConfig:
    """`orders`: at the n-th quote of an instrument (from 0) trade this signed quantity at market."""

    instrument_id: InstrumentId = SPY
    orders: list[list[float]] = field(default_factory=list[list[float]])


class Scripted(Strategy):
    """Market orders at given quotes: hand-computable. Remembers what it saw, and when."""

    def __init__(self, config: ScriptedConfig) -> None:
        super().__init__(None)
        self.cfg = config
        self.count = -1

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.cfg.instrument_id)
        self.subscribe_quotes(self.cfg.instrument_id)

    def on_quote(self, _quote: Any) -> None:
        self.count += 1
        for at, amount in self.cfg.orders:
            if at == self.count:
                self.trade(amount)

    def trade(self, amount: float, **options: Any) -> None:
        quantity = Quantity(abs(amount), self.instrument.size_precision)
        side = OrderSide.BUY if amount > 0 else OrderSide.SELL
        self.submit_order(self.order_factory.market(self.cfg.instrument_id, side, quantity, **options))


@dataclass(frozen=True, kw_only=True)
class FaultConfig(ScriptedConfig):
    """`at`: the quote at which the fault happens."""

    fault: str = ""
    at: int = 2


class Faulty(Scripted):
    """Does the one wrong thing that its config names, at the n-th quote unless it is about start or stop."""

    def on_start(self) -> None:
        super().on_start()
        if self.cfg.fault == "on_start":
            raise ValueError("boom")
        if self.cfg.fault.startswith("subscribe"):
            getattr(self, self.cfg.fault)()
        if self.cfg.fault == "timer":
            self.clock.set_timer("beat", timedelta(seconds=1), callback=lambda event: 1 / 0)

    def on_quote(self, quote: Any) -> None:
        super().on_quote(quote)
        if self.count == self.cfg.at and hasattr(self, f"fault_{self.cfg.fault}"):
            getattr(self, f"fault_{self.cfg.fault}")()

    def on_stop(self) -> None:
        if self.cfg.fault == "on_stop":
            raise ValueError("boom")

    def on_order_filled(self, _event: Any) -> None:
        if self.cfg.fault == "on_order_filled":
            raise ValueError("boom")

    def on_position_opened(self, _event: Any) -> None:
        if self.cfg.fault == "on_position_opened":
            raise ValueError("boom")

    def on_time_event(self, _event: Any) -> None:
        if self.cfg.fault == "on_time_event":
            raise ValueError("boom")

    def fault_on_quote(self) -> None:
        raise ValueError("boom")

    def fault_handled(self) -> None:
        try:
            self.fault_on_quote()
        except ValueError:
            self.handled = True

    def fault_on_time_event(self) -> None:
        self.clock.set_time_alert_ns("once", self.clock.timestamp_ns() + 1)

    def fault_alert(self) -> None:
        def ring(_event: Any) -> None:
            raise ValueError("boom")

        self.clock.set_time_alert_ns("once", self.clock.timestamp_ns() + 1, ring)

    def fault_exit(self) -> None:
        sys.exit(3)

    def fault_interrupt(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    def fault_keyboard(self) -> None:
        raise KeyboardInterrupt

    def fault_log_error(self) -> None:
        self.log.error("no quote for an hour")

    def fault_log_exception(self) -> None:
        self.log.exception("no quote for an hour")  # noqa: LOG004 (the engine's logger, not Python's)

    def fault_hidden_fault(self) -> None:
        Strategy.fault(self)

    def fault_stop(self) -> None:
        self.stop()

    def fault_fault(self) -> None:
        self.fault()

    def fault_degrade(self) -> None:
        self.degrade()

    def fault_shutdown(self) -> None:
        self.shutdown_system("enough")

    def fault_quantity(self) -> None:
        self.trade(0.0)

    def fault_partial(self) -> None:
        self.submit_order(self.order_factory.limit(SPY, OrderSide.BUY, Quantity.from_int(10), Price.from_str("1.00")))

    def fault_stop_in_market(self) -> None:
        order = self.order_factory.stop_market(
            SPY, OrderSide.SELL, Quantity.from_int(10), Price.from_str("500.00"), TriggerType.DEFAULT
        )
        self.submit_order(order)

    def subscribe_wrong_quotes(self) -> None:
        self.subscribe_quotes(InstrumentId.from_str("SPX.ARCA"))

    def subscribe_wrong_trades(self) -> None:
        self.subscribe_trades(SPY)

    def subscribe_wrong_external_bars(self) -> None:
        self.subscribe_bars(BarType.from_str("SPY.ARCA-1-MINUTE-LAST-EXTERNAL"))

    def subscribe_wrong_internal_bars(self) -> None:
        self.subscribe_bars(BarType.from_str("SPY.ARCA-1-MINUTE-LAST-INTERNAL"))

    def subscribe_wrong_composite_bars(self) -> None:
        self.subscribe_bars(BarType.from_str("SPY.ARCA-5-MINUTE-LAST-INTERNAL@1-MINUTE-EXTERNAL"))

    def subscribe_right_internal_bars(self) -> None:
        self.subscribe_bars(BarType.from_str("SPY.ARCA-1-MINUTE-MID-INTERNAL"))

    def subscribe_wrong_book(self) -> None:
        self.subscribe_book_deltas(SPY, BookType.L2_MBP)

    def subscribe_wrong_data(self) -> None:
        self.subscribe_data(DataType("Unheard"))

    def subscribe_own_data(self) -> None:
        self.subscribe_data(DataType("Unheard"))
        self.publish_data(DataType("Unheard"), CustomData(DataType("Unheard"), Unheard()))

    def subscribe_positional_and_named(self) -> None:
        self.subscribe_quotes(SPY, None)
        self.subscribe_quotes(instrument_id=SPY)

    def subscribe_unknown_venue(self) -> None:
        Strategy.subscribe_quotes(self, InstrumentId.from_str("SPX.NOWHERE"))


class FailingFee(FeeModel):
    """Raises at the first fill."""

    def get_commission(self, *_args: Any) -> Money:
        raise ValueError("boom")


class OwnFill(FillModel):
    """A random model of a user: the seed is in its signature."""

    def __init__(self, random_seed: int | None = None) -> None:
        self.random_seed = random_seed


class FailingFill(FillModel):
    """Raises when asked for a book."""

    def get_orderbook_for_fill_simulation(self, *_args: Any) -> None:
        raise ValueError("boom")


class FailingModule(SimulationModule):
    """Raises at its first call."""

    def process(self, *_args: Any) -> None:
        raise ValueError("boom")


@dataclass(frozen=True)
class HalfFee:
    """No FeeModel at all."""

    rate: Decimal = Decimal(1)


class FailingMixin:
    """A callback outside of any Strategy class."""

    def on_quote(self, _quote: Any) -> None:
        raise ValueError("from the mixin")


class Heir(FailingMixin, Scripted):
    """Inherits the fault."""


class Publisher(Scripted):
    """A signal handler that fails while it is called from inside on_quote."""

    def on_start(self) -> None:
        super().on_start()
        self.subscribe_signal("alarm")

    def on_quote(self, _quote: Any) -> None:
        self.publish_signal("alarm", 1.0, self.clock.timestamp_ns())

    def on_signal(self, _signal: Any) -> None:
        raise ValueError("boom")


@dataclass(frozen=True, kw_only=True)
class NesterConfig(ScriptedConfig):
    """`catalog`: what the inner backtest would read."""

    catalog: str = ""


class Nester(Scripted):
    """Runs a backtest inside a backtest."""

    def on_start(self) -> None:
        from sweep.backtest import run
        from tests.support.trials import strategy, trial

        run(trial(self.cfg.catalog, strategy()))


class Closer(Scripted):
    """Closes what it has when it is stopped."""

    def on_stop(self) -> None:
        self.close_all_positions(self.cfg.instrument_id)


class HedgeCloser(Scripted):
    """A long at quote 1 and a short at quote 2, closed one by one at quotes 5 and 6; of 10 unless `orders` says."""

    def on_quote(self, _quote: Any) -> None:
        self.count += 1
        size = self.cfg.orders[0][1] if self.cfg.orders else 10
        if self.count in {1, 2}:
            self.trade(size if self.count == 1 else -size)
        if self.count in {5, 6}:
            first = min(self.cache.positions_open(), key=lambda p: p.ts_opened)
            self.close_position(first)


class Growing(Scripted):
    """A limit order of 50 at 90 from quote 1 on, which becomes one of 500 at quote 2; in a batch with any `orders`."""

    def on_quote(self, _quote: Any) -> None:
        self.count += 1
        if self.count == 1:
            self.order = self.order_factory.limit(SPY, OrderSide.BUY, Quantity.from_int(50), Price.from_str("90.00"))
            self.submit_order(self.order)
        if self.count == 2:
            order_id, quantity = self.order.client_order_id, Quantity.from_int(500)
            if self.cfg.orders:
                self.modify_orders([(order_id, quantity, None, None)])
            else:
                self.modify_order(order_id, quantity=quantity)

    def on_order_modify_rejected(self, event: Any) -> None:
        assert "max_position" in event.reason


class NamedCloser(HedgeCloser):
    """As HedgeCloser; orders that close are plain ones that name their position."""

    def close_position(self, position: Any, **_options: Any) -> None:
        side = OrderSide.SELL if position.is_long else OrderSide.BUY
        self.submit_order(self.order_factory.market(SPY, side, position.quantity), position.id)


class TwoLegs(Strategy):
    """SPY bought at its quote 1 and sold at 4; 1,000 EUR/USD bought at its quote 1 and kept."""

    def __init__(self, _config: ScriptedConfig) -> None:
        super().__init__(None)
        self.counts: dict[str, int] = {}
        self.plan = {("SPY.ARCA", 1): 10, ("SPY.ARCA", 4): -10, ("EUR/USD.SIM", 1): 1000}

    def on_start(self) -> None:
        for name in ("SPY.ARCA", "EUR/USD.SIM"):
            self.subscribe_quotes(InstrumentId.from_str(name))

    def on_quote(self, quote: Any) -> None:
        name = str(quote.instrument_id)
        self.counts[name] = self.counts.get(name, -1) + 1
        if amount := self.plan.get((name, self.counts[name])):
            side = OrderSide.BUY if amount > 0 else OrderSide.SELL
            self.submit_order(self.order_factory.market(quote.instrument_id, side, Quantity(abs(amount), 0)))


class OnTrade(Scripted):
    """As Scripted, on trades."""

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.cfg.instrument_id)
        self.subscribe_trades(self.cfg.instrument_id)

    def on_trade(self, trade: Any) -> None:
        self.on_quote(trade)


class OnBar(Scripted):
    """As Scripted, on minute bars of last prices."""

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.cfg.instrument_id)
        self.subscribe_bars(BarType.from_str(f"{self.cfg.instrument_id}-1-MINUTE-LAST-EXTERNAL"))

    def on_bar(self, bar: Any) -> None:
        self.on_quote(bar)


@dataclass(frozen=True, kw_only=True)
class BusyConfig(ScriptedConfig):
    """`size`: of each order."""

    size: int = 10


class Busy(Scripted):
    """Uses all that depends on time: a timer, internal bars, scores, limit and stop orders; records all it gets."""

    record: ClassVar[list[Any]] = []

    def on_start(self) -> None:
        super().on_start()
        Busy.record.clear()
        self.subscribe_data(DataType("Score"))
        self.subscribe_bars(BarType.from_str("SPY.ARCA-1-MINUTE-MID-INTERNAL"))
        self.clock.set_timer("beat", timedelta(seconds=97), callback=self.beat)

    def note(self, *fields: Any) -> None:
        Busy.record.append((self.clock.timestamp_ns(), *map(str, fields)))

    def beat(self, event: Any) -> None:
        self.note("timer", event.ts_event)

    def on_quote(self, quote: Any) -> None:
        self.count += 1
        if self.count % 50 == 0:
            self.note("quote", quote)

    def on_data(self, data: Any) -> None:
        self.note("score", data.data.score, self.cache.quote(SPY), self.portfolio.net_position(SPY))
        self.trade(self.cfg.size if data.data.score > 50 else -self.cfg.size)

    def on_bar(self, bar: Any) -> None:
        self.note("bar", bar)
        price = Price(bar.close.as_double() - 0.03, 2)
        limit = self.order_factory.limit(SPY, OrderSide.BUY, Quantity.from_int(self.cfg.size), price)
        self.cancel_all_orders(SPY)
        self.submit_order(limit)

    def on_order_filled(self, event: Any) -> None:
        self.note("fill", event.client_order_id, event.order_side, event.last_qty, event.last_px, event.commission)

    def on_stop(self) -> None:
        self.note("stop")
        self.close_all_positions(SPY)


class Witness(Strategy):
    """Writes down what arrives, in order."""

    record: ClassVar[list[tuple[int, str]]] = []

    def __init__(self, _config: ScriptedConfig) -> None:
        super().__init__(None)

    def on_start(self) -> None:
        Witness.record.clear()
        for name in self.cache.instrument_ids():
            self.subscribe_quotes(name)
        self.subscribe_trades(SPY)
        self.subscribe_bars(BarType.from_str("SPY.ARCA-1-MINUTE-LAST-EXTERNAL"))
        self.subscribe_data(DataType("Score"))
        self.subscribe_data(DataType("News"))

    def on_quote(self, quote: Any) -> None:
        self.note(quote, f"quote {quote.instrument_id}")

    def on_trade(self, trade: Any) -> None:
        self.note(trade, f"trade {trade.instrument_id}")

    def on_bar(self, bar: Any) -> None:
        self.note(bar, "bar")

    def on_data(self, data: Any) -> None:
        self.note(data.data, type(data.data).__name__)

    def note(self, event: Any, source: str) -> None:

        Witness.record.append((event.ts_event, source))


@customdataclass
class News:
    """Another custom event."""

    instrument_id: InstrumentId = SPY


class Spoiler(Scripted):
    """Buys on each score above zero, and sets it to zero."""

    def on_start(self) -> None:
        super().on_start()
        self.subscribe_data(DataType("Score"))

    def on_data(self, data: Any) -> None:
        if data.data.score > 0:
            self.trade(1)
        data.data.score = 0.0


class Picky(Scripted):
    """Refuses every config."""

    def __init__(self, config: ScriptedConfig) -> None:
        super().__init__(config)
        raise ValueError("tp must be below sl")


@dataclass(frozen=True, kw_only=True)
class RivalConfig(ScriptedConfig):
    """`when`: init, start or quote."""

    when: str = "start"


class Rival(Scripted):
    """Builds an engine of its own: from then on the running one delivers nothing."""

    def __init__(self, config: RivalConfig) -> None:
        super().__init__(config)
        if config.when == "init":
            self.build()

    def on_start(self) -> None:
        super().on_start()
        if self.cfg.when == "start":
            self.build()

    def on_quote(self, quote: Any) -> None:
        if self.cfg.when == "quote" and self.count == 2:
            self.build()
        super().on_quote(quote)

    def build(self) -> None:
        self.rival = BacktestEngine(BacktestEngineConfig())


@dataclass(frozen=True, kw_only=True)
class BarsConfig(ScriptedConfig):
    """`bar_type`: of the bars that orders are counted on."""

    bar_type: str = ""


class OnBars(Scripted):
    """As Scripted, on bars of any type."""

    cfg: BarsConfig

    def on_start(self) -> None:
        self.instrument = self.cache.instrument(self.cfg.instrument_id)
        self.subscribe_bars(BarType.from_str(self.cfg.bar_type))

    def on_bar(self, bar: Any) -> None:
        self.on_quote(bar)


class Both(OnBars):
    """Notes each quote and each bar with its time."""

    heard: ClassVar[list[tuple[str, int]]] = []

    def on_start(self) -> None:
        super().on_start()
        Both.heard.clear()
        self.subscribe_quotes(self.cfg.instrument_id)

    def on_quote(self, quote: Any) -> None:
        Both.heard.append((type(quote).__name__, quote.ts_init))


class Rester(Scripted):
    """At every third trade rests a limit on each side a few ticks away, and a stop: whatever the book meets fills."""

    def on_start(self) -> None:
        self.name = InstrumentId.from_str(str(self.cfg.instrument_id))
        self.subscribe_trades(self.name)

    def on_trade(self, trade: Any) -> None:
        self.count += 1
        if self.count % 3:
            return
        self.cancel_all_orders(self.name)
        make, name, size, mid = self.order_factory, self.name, Quantity(7, 0), float(trade.price)
        for side, sign in ((OrderSide.BUY, -1), (OrderSide.SELL, 1)):
            self.submit_order(make.limit(name, side, size, Price(mid + sign * 0.02, 2)))
            self.submit_order(make.stop_market(name, side, size, Price(mid - sign * 0.03, 2)))
        if self.count % 9 == 0:
            side = OrderSide.BUY if self.count % 2 else OrderSide.SELL
            self.submit_order(make.market(name, side, Quantity(25, 0)))


@dataclass(frozen=True, kw_only=True)
class ExercisedConfig(ScriptedConfig):
    """`underlying`: whose positions are closed at a time (ns) in `sell_at`, 0 for never; `legs` are traded beside."""

    underlying: InstrumentId = SPY
    sell_at: int = 0
    legs: list[list[Any]] = field(default_factory=list[list[Any]])  # id and signed quantity, at the second quote


class Exercised(Scripted):
    """Trades options, and closes the shares that an exercise delivers."""

    cfg: ExercisedConfig

    def on_start(self) -> None:
        super().on_start()
        for name, _ in self.cfg.legs:
            self.subscribe_quotes(InstrumentId.from_str(name))
        if self.cfg.sell_at:
            self.clock.set_time_alert_ns(
                "sell", self.cfg.sell_at, lambda _: self.close_all_positions(self.cfg.underlying)
            )

    def on_quote(self, quote: Any) -> None:
        if quote.instrument_id == self.cfg.instrument_id:
            super().on_quote(quote)
            if self.count == 1:
                for name, amount in self.cfg.legs:
                    side = OrderSide.BUY if amount > 0 else OrderSide.SELL
                    order = self.order_factory.market(InstrumentId.from_str(name), side, Quantity(abs(amount), 0))
                    self.submit_order(order)


class Resting(Scripted):
    """As Scripted; each market order is followed by an exit at 50 that only reduces, and an entry of 10 at 60."""

    def trade(self, amount: float, **options: Any) -> None:
        super().trade(amount, **options)
        make, quantity = self.order_factory, Quantity.from_int(int(amount))
        exits = make.stop_market(SPY, OrderSide.SELL, quantity, Price.from_str("50.00"), reduce_only=True)
        self.submit_order(exits)
        self.submit_order(make.limit(SPY, OrderSide.BUY, Quantity.from_int(10), Price.from_str("60.00")))


class Emulating(Scripted):
    """As Scripted; each market order is followed by an entry of 10 at 60 that the engine emulates."""

    def trade(self, amount: float, **options: Any) -> None:
        super().trade(amount, **options)
        ten, price = Quantity.from_int(10), Price.from_str("60.00")
        self.submit_order(
            self.order_factory.limit(SPY, OrderSide.BUY, ten, price, emulation_trigger=TriggerType.BID_ASK)
        )
