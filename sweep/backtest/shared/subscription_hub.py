"""What the seats of a pack subscribe to: the engine delivers it once, to the first that did, who passes it on.

A delivery by the engine costs about ten times a call in Python. It also keeps the order in which a strategy alone would
hear of quotes and of the bars that are made from them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol

HEARD: dict[str, tuple[str, Callable[[Any], Any]]] = {  # method: where it is heard, and what is subscribed to there
    "subscribe_quotes": ("on_quote", attrgetter("instrument_id")),
    "subscribe_bars": ("on_bar", attrgetter("bar_type")),
    "subscribe_data": ("on_data", attrgetter("data_type.type_name")),
}
NEVER = 2**63
TOPICS = dict(HEARD.values())  # callback: of what an event is


class Subscriber(Protocol):
    """A strategy in a shared run that receives events through the hub."""

    sent: list[int]
    hears: dict[str, Callable[..., Any]]
    strategy: Any

    def awaits(self, since: int, now: int, delays: tuple[int, int]) -> bool:
        """True if a command of the strategy may have arrived between two times, nanoseconds."""
        ...

    def leave(self, why: str) -> None:
        """End the strategy's part in the run."""
        ...


@dataclass
class Topic:
    """The one subscription of a topic, and who hears it."""

    wanted: tuple[Any, ...]  # arguments of the subscription
    seats: list[Subscriber]  # the first is the engine's subscriber


@dataclass
class SubscriptionHub:
    """The lines of a pack, and what one seat does that others may feel."""

    delays: tuple[int, int] = (0, 0)  # the shortest and the longest that a command travels, nanoseconds
    last_data: Callable[[], int] = lambda: 0  # time of the last market data, nanoseconds
    seats: Sequence[Subscriber] = ()
    lines: dict[tuple[str, Any], Topic] = field(default_factory=dict[tuple[str, Any], Topic])
    hears_market: bool = False  # whether any seat listens to more than events of the user's own
    wants_history: bool = False  # whether any seat asked for quotes before the last one
    has_commanded: bool = False  # whether any seat has since sent a command to a venue
    has_modified: bool = False  # whether one of them changes an order
    _rang_at: int = -1
    _met: set[Subscriber] = field(default_factory=set[Subscriber])  # whose commands the timer of others may have met

    @property
    def needs_all(self) -> bool:
        """Whether no quote may be left out from now on."""
        return self.hears_market or self.wants_history

    def join(self, seat: Subscriber, method: str, wanted: tuple[Any, ...], subscribe: Callable[[], Any]) -> bool:
        """Let the seat hear, with a subscription of its own if it is the first; False where another wants it otherwise.

        Bars that are made of bars are delivered under another name: each seat subscribes to them.
        """
        if method == "subscribe_bars" and wanted[0].is_composite():
            subscribe()
            return True
        topic = HEARD[method][0], wanted[0].type_name if method == "subscribe_data" else wanted[0]
        line = self.lines.get(topic)
        if line is None:
            subscribe()
            self.lines[topic] = Topic(wanted, [seat])
        elif line.wanted != wanted:
            return False
        elif seat not in line.seats:
            line.seats.append(seat)
        return True

    def listeners(self, seat: Subscriber, callback: str, event: Any) -> Sequence[Subscriber]:
        """Who hears an event that the engine has delivered to a seat."""
        line = self.lines.get((callback, TOPICS[callback](event)))
        return tuple(line.seats) if line and line.seats[0] is seat else (seat,)

    def rang(self, seats: Sequence[Subscriber], now: int) -> None:
        """Timers of some seats are due: a step of the engine that the others would not have.

        At each step venues take the commands that have arrived. One that would have met the next quote meets the one
        before instead.
        """
        if not self.delays[1]:
            return
        if now != self._rang_at:
            self.judge()
            self._rang_at, since = now, self.last_data()
            self._met = {seat for seat in self.seats if seat.awaits(since, now, self.delays)}
        self._met.difference_update(seats)

    def judge(self) -> None:
        """Let those leave whose commands a timer of others has met, and none of their own."""
        for seat in self._met:
            seat.leave("its order arrived between quotes, at a timer of another strategy")
        self._met = set()

    def part(self) -> None:
        """At the end the engine waits for the last command of all: let those leave that would not wait so long."""
        if self.delays[1]:
            waiting = {seat: seat.sent[-1] for seat in self.seats if seat.awaits(self.last_data(), NEVER, self.delays)}
            last = max(waiting.values(), default=0)
            for seat, sent in waiting.items():
                if sent != last or self.delays[0] != self.delays[1]:
                    seat.leave("its last order was on its way when the period ended")
