"""Requests of a strategy for history, answered from the catalog up to the moment of the request and never beyond it.

The engine has no client that answers them in a backtest. An answer comes when the callback that asked has returned, as
it would come later in live trading.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from nautilus_trader.trading import Strategy

from sweep.backtest.data.feed import Feed
from sweep.backtest.data.subscriptions import Deliverable
from sweep.backtest.data.windows import Bounds
from sweep.backtest.engine.guards import Guard
from sweep.backtest.engine.registered_indicators import RegisteredIndicators
from sweep.common.units import moment_of
from sweep.spec.data_kinds import DATA_KINDS, REQUESTS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNANSWERED = {  # method: the way to the same data
    "request_data": "events of your own come by subscribe_data alone; list them under `data:`",
    "request_book_snapshot": "subscribe_book_deltas(…, managed=True) and self.cache.order_book(instrument_id)",
}
DEFINITIONS = ("request_instrument", "request_instruments")


class History:
    """Answers to the requests of one strategy."""

    def __init__(self, feed: Feed, guard: Guard, deliverable: Deliverable, kinds: frozenset[str]) -> None:
        """`kinds` are those whose rows before the period are part of the trial's key."""
        self.feed, self.guard, self.deliverable, self.kinds = feed, guard, deliverable, kinds
        self._answers: list[Callable[[], object]] = []
        self._depth = 0  # callbacks that are running
        self._indicators = RegisteredIndicators(guard)

    def wrap_requests(self, kind: type) -> dict[str, Any]:
        """`request_*` that are answered; those that a backtest cannot answer trip."""
        wrapped: dict[str, Any] = {name: self._market(kind, name) for name in REQUESTS if hasattr(kind, name)}
        wrapped |= {name: self._refused(name) for name in UNANSWERED}
        wrapped |= self._indicators.wrap_registrations(kind)
        return wrapped | {name: self._definitions(kind, name) for name in DEFINITIONS if hasattr(kind, name)}

    def wrap_callbacks(self, callbacks: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
        """The same callbacks, after which come the answers that they asked for: `on_start`, or all with any history."""
        names = callbacks.keys() if self.kinds else callbacks.keys() & {"on_start"}
        return {n: self._answering(function) if n in names else function for n, function in callbacks.items()}

    def _answering(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def inner(*args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            try:
                result = function(*args, **kwargs)
                if self._depth == 1:
                    self._answer()
            finally:
                self._depth -= 1
                if not self._depth:
                    self._answers.clear()
            return result

        return inner

    def _answer(self) -> None:
        while self._answers:
            self._answers.pop(0)()

    def _later(self, answer: Callable[[], object]) -> None:
        """Answer once the callback that asks has returned; at once where none is running (timers, topics)."""
        self._answers.append(answer)
        if not self._depth:
            self._answer()

    def _market(self, kind: type, method: str) -> Callable[..., Any]:
        """A request for market data of a kind."""
        ask, name = getattr(kind, method), REQUESTS[method]
        signature = _signature(method)

        def inner(strategy: Any, *args: Any, **kwargs: Any) -> Any:
            arguments = signature.bind(strategy, *args, **kwargs).arguments
            identifier = str(next(value for key, value in arguments.items() if key != "self"))
            request = ask(strategy, *args, **kwargs)  # the engine checks the arguments: nothing later than now
            if self._is_there(method, name, identifier):
                events = self._events(method, name, identifier, arguments)
                self._later(lambda: self._deliver(strategy, name, identifier, events))
            return request

        return inner

    def _deliver(self, strategy: Any, kind: str, identifier: str, events: list[Any]) -> None:
        self._indicators.feed(strategy, kind, identifier, events)
        getattr(strategy, DATA_KINDS[kind].historical)(events)

    def _is_there(self, method: str, kind: str, identifier: str) -> bool:
        """Return True if the trial's data has this; trip unless it may be missing."""
        if refusal := self.deliverable.request_refusal(method, kind, identifier):
            self.guard.lack(refusal, is_allowed=self.deliverable.allows(refusal.missing))
            return False
        if kind not in self.kinds:
            self.guard.trip(
                f"{method} is called by a name that the source does not show, so its data is no part of the trial's "
                f"key: write self.{method}(…)"
            )
        return True

    def _events(self, method: str, kind: str, identifier: str, arguments: Mapping[str, Any]) -> list[Any]:
        """Events of the catalog from `start` to `end`, but nothing of the moment of the request or later."""
        now = self.guard.now()
        start, end = nanos_of(arguments.get("start")), nanos_of(arguments.get("end"))
        bounds = Bounds(start or 0, now if end is None else min(now, end + 1))
        entry = next(e for e in self.feed.entries if e.kind == kind and identifier in e.identifiers)
        events = self.feed.history(entry, identifier, bounds, arguments.get("limit"))
        if not events:
            noun = f"{method}({identifier}) at {moment_of(now)}"
            self.guard.empty_requests.setdefault(f"{method} {identifier}", f"{noun}: the catalog has nothing before")
        return events

    def _refused(self, method: str) -> Callable[..., Any]:
        def inner(_strategy: Any, *_args: Any, **_kwargs: Any) -> None:
            self.guard.trip(f"{method} has no answer in a backtest; instead: {UNANSWERED[method]}")

        return inner

    def _definitions(self, kind: type, method: str) -> Callable[..., Any]:
        """A request for instruments: the definitions in the cache, one by one."""
        ask = getattr(kind, method)

        def inner(strategy: Any, *args: Any, **kwargs: Any) -> Any:
            request = ask(strategy, *args, **kwargs)
            identifier = args[0] if args else kwargs.get("instrument_id", kwargs.get("venue"))
            if method == "request_instrument":
                instruments = [strategy.cache.instrument(identifier)]
            else:
                instruments = strategy.cache.instruments(identifier)
            if not instruments or instruments[0] is None:
                self.guard.trip(
                    f"{method}({identifier}): the trial has no such instrument; list data of it under `data:`"
                )
            self._later(lambda: [strategy.on_instrument(instrument) for instrument in instruments])
            return request

        return inner


def nanos_of(time: datetime | None) -> int | None:
    """UNIX nanoseconds of a time, exactly."""
    return None if time is None else (time - EPOCH) // timedelta(microseconds=1) * 1000


@functools.cache
def _signature(method: str) -> inspect.Signature:
    """The signature of a method of the engine, which takes a while to read: the same for each trial."""
    return inspect.signature(getattr(Strategy, method))
