"""One strategy in a shared run, with isolated cache, account, clock, log and guards.

A participant withdraws when its figures cannot be told from a shared engine: its code raised, a guard tripped, it
requested state that is shared with other strategies, or its own balance might not have covered an order. From then on
it receives nothing, the others go on, and its trial is run isolated, which reports what there is to report.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any, NoReturn

from nautilus_trader import model
from nautilus_trader.trading import Strategy

from sweep.backtest.accounting.accounts import ZERO, Accounts
from sweep.backtest.data.batches import CopyOnWriteEvent
from sweep.backtest.data.subscriptions import Deliverable, first
from sweep.backtest.data.trading_days import Calendar
from sweep.backtest.engine.guards import Guard
from sweep.backtest.engine.instrumentation import instrument
from sweep.backtest.engine.silent_callbacks import Callback
from sweep.backtest.setup.builder import BacktestSetup
from sweep.backtest.shared.booked_pnl import Book
from sweep.backtest.shared.isolated_records import Records
from sweep.backtest.shared.isolated_view import IsolatedCache, IsolatedClock, IsolatedLog, IsolatedPortfolio, Withdrawn
from sweep.backtest.shared.margin_check import Margin, is_cash
from sweep.backtest.shared.order_rules import OrderRules, instruments_of
from sweep.backtest.shared.subscription_hub import HEARD, TOPICS, SubscriptionHub
from sweep.common.json_values import is_list
from sweep.errors import described
from sweep.trial import Rung

REFUSED = (  # what others would hear, or what would change what others hear
    *("publish_data", "publish_signal", "publish_message", "subscribe_topic", "subscribe_signal", "query_account"),
    *("market_exit", "add_synthetic", "update_synthetic"),
    *(name for name in dir(Strategy) if name.startswith(("unsubscribe_", "request_"))),
)
BOOKED = ("on_order_filled", "on_position_opened", "on_position_changed", "on_position_closed")
SUBMITS = ("submit_order", "submit_order_list")
WHOLE = {  # that fill at once, or not at all
    model.OrderType.MARKET,
    model.OrderType.STOP_MARKET,
    model.OrderType.MARKET_IF_TOUCHED,
}
COMMANDS = (
    *("modify_order", "modify_orders", "cancel_order", "cancel_orders", "cancel_all_orders", "cancel_gtd_expiry"),
    *("close_position", "close_all_positions", "query_order"),
)
SENT = (model.OrderSubmitted, model.OrderPendingUpdate, model.OrderPendingCancel)
LISTENS = tuple(name for name in dir(Strategy) if name.startswith("subscribe_") and name != "subscribe_data")


class IsolatedStrategy:
    """A strategy among others in one engine, which sees its own orders, account, clock and log alone."""

    def __init__(self, parts: BacktestSetup, rungs: Sequence[Rung]) -> None:
        self.parts, self.rungs = parts, rungs
        self.rules = OrderRules(parts.entries, parts.venues)
        self.hub = SubscriptionHub()  # until it sits among others
        self.hears: dict[str, Callable[..., Any]] = {}  # its own callbacks of what others pass on to it
        self.guard = Guard(packages=parts.packages, code=parts.code)
        self.why = ""  # it left
        self.is_pruned = self.has_started = False
        self.equity: list[Decimal] = []
        self.book = Book(frozenset(str(v["venue"]) for v in parts.venues if is_cash(v)))
        self.callback = ""  # where the strategy is
        self.strategy: Any = None
        self.late: dict[str, Decimal] = {}  # booked after it had stopped, by venue
        self.last_equity, self.read_at = ZERO, -1  # the last reading, and after how many fills
        # when commands that may not have arrived were sent, for which instruments
        self.sent: list[tuple[int, Any]] = []
        self.clock: IsolatedClock | None = None

    def construct(self, hub: SubscriptionHub) -> Any:
        """Build the strategy. Raises what its constructor does."""
        self.hub = hub
        self.deliverable = Deliverable(self.parts.entries, can_publish=self.parts.can_publish)
        (component,) = self.parts.components
        kind = instrument(component, self.guard, self.deliverable)
        return component.construct(self._isolated(kind))

    def attach(self, strategy: Any, instruments: Sequence[Any], calendar: Calendar) -> None:
        """Take the strategy that the engine now has, and open its accounts."""
        self.strategy, self.calendar = strategy, calendar
        self.guard.now = strategy.clock.timestamp_ns
        real: Any = Strategy.cache
        self.records = Records(real.__get__(strategy), strategy.strategy_id, self.refuse)
        self.records.participant = self
        self.accounts = Accounts(self.records, self.parts.venues, instruments, self.parts.entries)
        self.start = self.accounts.starting_equity()

    @property
    def is_present(self) -> bool:
        """True until it has withdrawn or was pruned."""
        return not (self.why or self.is_pruned)

    def leave(self, why: str) -> None:
        """Take no more part; only the first reason counts."""
        self.why = self.why or why

    def leave_by(self, error: BaseException, otherwise: str) -> None:
        """Take no more part because of an error that left its code, which the second text describes."""
        if isinstance(error, Withdrawn):
            error.has_left, otherwise = True, str(error)
        self.leave(otherwise)

    def awaits(self, since: Mapping[Any, int], now: int, delays: tuple[int, int]) -> bool:
        """True if one of its commands may have arrived after the last data of its instrument, by now."""
        shortest, longest = delays
        self.sent = [(t, name) for t, name in self.sent if t + longest > since.get(name, 0)]
        return self.is_present and any(t + shortest <= now for t, _ in self.sent)

    def has_sent(self, at: int) -> bool:
        """True if one of its orders tells of a command to a venue at this time, nanoseconds."""
        recent = (order for order in self.records.orders() if order.ts_last >= at)
        return any(isinstance(event, SENT) and event.ts_event == at for order in recent for event in order.events())

    def refuse(self, call: str) -> NoReturn:
        """Leave because of a call that cannot be answered for this strategy alone, and leave the user's code."""
        self.leave(f"{call} cannot be answered for one strategy of several")
        raise Withdrawn(call)

    def _isolated(self, kind: type[Strategy]) -> type[Strategy]:
        """The guarded class with its own view; what leaves its callbacks goes no further."""
        names = {n for n in vars(kind) if n.startswith("on_")} | {"on_start", "on_time_event", *BOOKED, *TOPICS}
        members: dict[str, Any] = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
        called = {name: self._callback(getattr(kind, name), name) for name in names}
        self.hears = {name: called[name] for name in TOPICS}
        members |= called | {name: self._forwarding(name) for name in TOPICS}
        members |= {name: self._refusal(name) for name in REFUSED}
        members |= {name: self._listening(getattr(kind, name)) for name in LISTENS if name not in REFUSED}
        members |= {name: self._submission(getattr(kind, name)) for name in SUBMITS}
        members |= {name: self._command(getattr(kind, name), name) for name in COMMANDS}
        members |= {name: self._subscription(members.get(name, getattr(kind, name)), name) for name in HEARD}
        members["cache"] = property(lambda _: self._view()[0])
        members["portfolio"] = property(lambda _: self._view()[1])
        clock: Any = Strategy.clock
        members["clock"] = property(lambda strategy: self._own_clock(clock.__get__(strategy)))
        log: Any = kind.log
        members["log"] = property(lambda strategy: IsolatedLog(log.__get__(strategy), self.refuse))
        make: Any = type(kind)
        return make(kind.__name__, (kind,), members)

    def _callback(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        notes, is_start = self._notes(name), name == "on_start"
        owner = self.parts.components[0].owner
        run = Callback(owner, name)  # made once: at each event it would cost as much as the rest

        @wraps(function)
        def inner(strategy: Any, *args: Any) -> Any:
            for note in notes:
                note(*args)
            if self.why or self.is_pruned:
                return None
            self.callback = name
            self.guard.called_back.add(run)
            try:
                return function(strategy, *args)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 (isolated it is raised again, and said)
                self.leave_by(error, f"{name} raised {described(error)}")
            finally:
                self.has_started |= is_start
                if self.guard.failure:
                    self.leave(self.guard.failure.message)

        return inner

    def _notes(self, name: str) -> list[Callable[[Any], None]]:
        """Bookkeeping for an event before the strategy receives it, also after it has withdrawn."""
        hooks: list[Callable[[Any], None]] = []
        if name in BOOKED:
            book = getattr(self.book, name)
            hooks.append(lambda event: book(event, self._view()[0]))
        if name == "on_order_filled":
            hooks += [self._require_whole, self._require_funds]
        if name == "on_time_event":
            hooks.append(lambda _: self._rang())
        return hooks

    def _forwarding(self, name: str) -> Callable[..., Any]:
        """The callback that the engine calls: everyone who listens hears the event."""

        def inner(_strategy: Any, event: Any) -> None:
            copies = CopyOnWriteEvent(event) if name == "on_data" else None
            participants = self.hub.listeners(self, name, event)
            if name == "on_bar" and event.bar_type.is_internally_aggregated():
                self.hub.rang(participants, self.guard.now())
            for participant in participants:
                participant.hears[name](participant.strategy, copies.take() if copies else event)

        return inner

    def _refusal(self, name: str) -> Callable[..., Any]:
        def inner(_strategy: Any, *_args: Any, **_kwargs: Any) -> NoReturn:
            self.refuse(name)

        return inner

    def _submission(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def inner(strategy: Any, orders: Any, *args: Any, **kwargs: Any) -> Any:
            listed: Any = orders if is_list(orders) else [orders]
            if why := self.margin.refusal(listed) or self.rules.refusal(listed):
                self.refuse(why)
            self._sends(len(listed), {order.instrument_id for order in listed})
            return function(strategy, orders, *args, **kwargs)

        return inner

    def _command(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def inner(strategy: Any, *args: Any, **kwargs: Any) -> Any:
            is_closing_all = name == "close_all_positions"
            count = self._view()[0].positions_open_count() if is_closing_all else 1
            self._sends(count, instruments_of(first(args, kwargs), self._view()[0]))
            self.hub.has_modified |= name.startswith("modify_")
            return function(strategy, *args, **kwargs)

        return inner

    def _listening(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def inner(strategy: Any, *args: Any, **kwargs: Any) -> Any:
            self.hub.hears_market = True
            return function(strategy, *args, **kwargs)

        return inner

    def _subscription(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def inner(strategy: Any, *args: Any, **kwargs: Any) -> None:
            subject = first(args, kwargs)
            if name == "subscribe_bars":
                self._note_bars(subject)
            if name == "subscribe_data":
                self.guard.awaited.add(str(subject.type_name))
            others = (*args[1:], *sorted((key, value) for key, value in kwargs.items() if value is not subject))
            if not self.hub.join(self, name, (subject, *others), lambda: function(strategy, *args, **kwargs)):
                self.refuse(f"{name} with other arguments than the others'")

        return inner

    def _note_bars(self, bar_type: Any) -> None:
        if self.has_started and not bar_type.is_externally_aggregated():
            self.refuse("subscribe_bars after the start")
        self._view()[0].heard.add(str(bar_type))

    def _view(self) -> tuple[IsolatedCache, IsolatedPortfolio]:
        """Cache and portfolio of the strategy; refused before it has been added to an engine."""
        if self.strategy is None:
            self.refuse("cache or portfolio before the start")
        if not hasattr(self, "view"):
            real: Any = Strategy.cache
            portfolio: Any = Strategy.portfolio
            cache = IsolatedCache(real.__get__(self.strategy), self.strategy.strategy_id, self.refuse, self._look_back)
            is_stale: Callable[[], bool] = lambda: self.callback.startswith("on_order_")  # noqa: E731
            self.view = cache, IsolatedPortfolio(portfolio.__get__(self.strategy), cache, self.refuse, is_stale)
        return self.view

    def _look_back(self) -> None:
        self.hub.wants_history = True

    def _own_clock(self, clock: Any) -> "IsolatedClock":
        if self.strategy is None:
            return IsolatedClock(clock, self._rang, self.refuse)
        self.clock = self.clock or IsolatedClock(clock, self._rang, self.refuse)
        return self.clock

    def _rang(self) -> None:
        self.hub.rang((self,), self.guard.now())

    def _sends(self, count: int, instruments: set[Any]) -> None:
        if why := self.rules.too_many(count, self.guard.now()):
            self.refuse(why)
        self.hub.has_commanded = True
        if self.hub.delays[1]:
            self.sent += [(self.guard.now(), name) for name in instruments]

    def _require_whole(self, event: Any) -> None:
        """Withdraw after a partial fill: the rest would be matched at each step of the engine, also of others."""
        if event.order_type not in WHOLE and self._view()[0].order(event.client_order_id).leaves_qty.as_double():
            self.leave("an order that filled in parts")

    def _require_funds(self, event: Any) -> None:
        """Withdraw where an account of its own would have gone negative: the shared one has the money of all."""
        venue = next(v for v in self.parts.venues if v["venue"] == event.instrument_id.venue)
        if self.balance(venue) < 0:
            self.leave("its own balance would have gone negative")

    @property
    def margin(self) -> Margin:
        """Margin check of its isolated account."""
        if not hasattr(self, "_margin"):
            self._margin = Margin(self._view()[0], self.parts.venues, self.balance, self.accounts.mark)
        return self._margin

    def balance(self, venue: Mapping[str, Any]) -> Decimal:
        """Its own balance at a venue now: what it started with and what was booked for it."""
        name = str(venue["venue"])
        return venue["starting_balances"][0].as_decimal() + self.book.total(name) + self.late.get(name, ZERO)
