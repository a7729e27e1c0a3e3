"""Order of deliveries: components hear of one event in the order in which they start.

The engine calls the subscribers of a topic in the order of random ids that it gives them: another one in each run.
Here a callback waits until the event has reached all components that subscribe to it; then they are called in order.
Signals and messages have a priority in the engine, which is set here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial, wraps
from inspect import currentframe
from types import CodeType
from typing import Any, NamedTuple, NoReturn

from nautilus_trader.model import BarType, DataType

from sweep.errors import Reason, TrialError

MOST = 1024  # components, and handlers of one topic in a component; below the engine's range of priorities


class Topic(NamedTuple):
    """Callback of a kind of data, and the name of what is subscribed to."""

    callback: str
    subject: str  # argument of the subscription and attribute of the event


TOPICS = {  # what follows subscribe_ and unsubscribe_
    "quotes": Topic("on_quote", "instrument_id"),
    "trades": Topic("on_trade", "instrument_id"),
    "bars": Topic("on_bar", "bar_type"),
    "book_deltas": Topic("on_book_deltas", "instrument_id"),
    "book_depth": Topic("on_book_depth", "instrument_id"),
    "book_at_interval": Topic("on_book", "instrument_id"),
    "mark_prices": Topic("on_mark_price", "instrument_id"),
    "index_prices": Topic("on_index_price", "instrument_id"),
    "funding_rates": Topic("on_funding_rate", "instrument_id"),
    "instrument_status": Topic("on_instrument_status", "instrument_id"),
    "instrument_close": Topic("on_instrument_close", "instrument_id"),
    "data": Topic("on_data", "data_type"),
}
NOT_REACHED = "an event of {} did not reach all components that subscribe to it"
INTERVAL = 2  # place of the argument `interval_ms`
type Refuse = Callable[[str], NoReturn]


@dataclass(eq=False)
class Line:
    """Subscribers of one topic, by rank, and those that have received the event which is being delivered."""

    name: str
    refuse: Refuse
    members: dict[int, Any] = field(default_factory=dict[int, Any])
    waiting: dict[int, tuple[Any, Callable[[], Any]]] = field(default_factory=dict[int, tuple[Any, Callable[[], Any]]])
    expected: set[int] = field(default_factory=set[int])  # the engine delivers to components that are running

    def arrive(self, rank: int, component: Any, call: Callable[[], Any]) -> None:
        """Keep a call until all have theirs; then make them in order."""
        if rank in self.waiting:
            self.refuse(NOT_REACHED.format(self.name))
        if not self.waiting:
            self.expected = {r for r, member in self.members.items() if member.is_running()}
        self.waiting[rank] = component, call
        if self.expected <= self.waiting.keys():
            calls, self.waiting = self.waiting, {}
            for _, (its_component, its_call) in sorted(calls.items()):
                if its_component.is_running():  # an earlier one may have stopped it
                    its_call()


type Lines = dict[tuple[str, Any], list[Line]]  # callback and subject → subscriptions of one component


class DeliveryOrder:
    """The components of one engine in their order: that in which their classes are wrapped."""

    def __init__(self, refuse: Refuse, driver: CodeType) -> None:
        """`refuse` ends the trial with a message; `driver` is the code that runs the engine."""
        self._refuse, self._driver = refuse, driver
        self._publishing = 0  # calls of publish_data that are running
        self._lines: dict[tuple[str, Any, str], Line] = {}
        self._components = 0

    def ordered(self, kind: type[Any]) -> type[Any]:
        """A subclass of the class of the next component, whose callbacks wait for their turn."""
        rank = self._components
        own: Lines = {}
        self._components += 1
        members: dict[str, Any] = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
        members["__doc__"] = kind.__doc__
        for name, topic in TOPICS.items() if hasattr(kind, "on_quote") else ():  # execution algorithms hear of orders
            for method, note in ((f"subscribe_{name}", self._join), (f"unsubscribe_{name}", self._leave)):
                members[method] = self._noting(getattr(kind, method), topic, partial(note, rank, own))
            members[topic.callback] = self._waiting(getattr(kind, topic.callback), topic, rank, own)
        members["publish_data"] = self._publishes(kind.publish_data)
        members["subscribe_signal"] = _signals(kind.subscribe_signal, rank)
        if hasattr(kind, "subscribe_topic"):
            members["subscribe_topic"] = _messages(kind.subscribe_topic, rank)
        make: Any = type(kind)
        return make(kind.__name__, (kind,), members)

    def require_settled(self) -> None:
        """End the trial where a callback still waits."""
        for line in self._lines.values():
            if line.waiting:
                raise TrialError(Reason.GUARD, NOT_REACHED.format(line.name))

    def _noting(self, function: Callable[..., Any], topic: Topic, note: Callable[..., None]) -> Callable[..., Any]:
        """A subscribing method that notes what it did."""

        @wraps(function)
        def inner(component: Any, *args: Any, **kwargs: Any) -> Any:
            result = function(component, *args, **kwargs)
            subject = args[0] if args else kwargs[topic.subject]
            interval = args[INTERVAL] if len(args) > INTERVAL else kwargs.get("interval_ms", "")
            detail = subject.topic if isinstance(subject, DataType) else interval if topic.callback == "on_book" else ""
            note(component, topic.callback, _key(subject), str(detail))
            return result

        return inner

    def _join(self, rank: int, own: Lines, component: Any, callback: str, subject: Any, detail: str) -> None:
        name = f"{callback} ({getattr(subject, 'value', subject)})"
        line = self._lines.setdefault((callback, subject, detail), Line(name, self._refuse))
        line.members[rank] = component
        mine = own.setdefault((callback, subject), [])
        if line not in mine:
            mine.append(line)

    def _leave(self, rank: int, own: Lines, _component: Any, callback: str, subject: Any, detail: str) -> None:
        line = self._lines.get((callback, subject, detail))
        if line and line.members.pop(rank, None) is not None:
            own[callback, subject].remove(line)

    def _waiting(self, function: Callable[..., Any], topic: Topic, rank: int, own: Lines) -> Callable[..., Any]:
        """A callback that the engine calls, which waits for its turn."""

        @wraps(function)
        def inner(component: Any, *args: Any, **kwargs: Any) -> Any:
            frame: Any = currentframe()
            if frame.f_back.f_code is self._driver or (self._publishing and topic.callback == "on_data"):
                lines = own.get((topic.callback, _key(getattr(args[0], topic.subject))))
                if lines and len((line := self._line(lines)).members) > 1:
                    return line.arrive(rank, component, partial(function, component, *args))
            return function(component, *args, **kwargs)  # also where user code calls it

        return inner

    def _publishes(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`publish_data`, during which the engine delivers."""

        @wraps(function)
        def inner(component: Any, *args: Any, **kwargs: Any) -> Any:
            self._publishing += 1
            try:
                return function(component, *args, **kwargs)
            finally:
                self._publishing -= 1

        return inner

    def _line(self, lines: list[Line]) -> Line:
        """The line of an event. Of several an event does not tell which, and it matters where others are on one."""
        if len(lines) > 1 and any(len(line.members) > 1 for line in lines):
            self._refuse(
                f"a component has {len(lines)} subscriptions of {lines[0].name} and another shares one, so their order "
                "is unknown: subscribe once in each component"
            )
        return lines[0]


def _key(subject: Any) -> Any:
    """Subject as an event has it: bars that are made of bars have no source, events of the user's have the type."""
    if isinstance(subject, BarType):
        return subject.standard()
    return subject.type_name if isinstance(subject, DataType) else subject


def _signals(function: Callable[..., Any], rank: int) -> Callable[..., Any]:
    """`subscribe_signal` with the priority of a component."""

    @wraps(function)
    def inner(component: Any, name: str = "", priority: int | None = None) -> Any:
        return function(component, name, (priority or 0) * MOST + MOST - 1 - rank)

    return inner


def _messages(function: Callable[..., Any], rank: int) -> Callable[..., Any]:
    """`subscribe_topic` with the priority of a component, and the handlers of one topic in order."""
    counts: dict[str, int] = {}

    @wraps(function)
    def inner(component: Any, topic: str, handler: Any, priority: int = 0) -> Any:
        count = counts.setdefault(topic, 0)
        counts[topic] += 1
        place = (MOST - 1 - rank) * MOST + MOST - 1 - count
        return function(component, topic, handler, priority * MOST * MOST + place)

    return inner
