"""Subscriptions of a pack's participants: the engine delivers each event to the first subscriber, which forwards it.

A delivery by the engine costs about ten times a call in Python. It also keeps the order in which a strategy alone would
hear of quotes and of the bars that are made from them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Protocol

HEARD: dict[str, tuple[str, Callable[[Any], Any]]] = {  # method: where it is heard, and what is subscribed to there
    "subscribe_quotes": ("on_quote", attrgetter("instrument_id")),
    "subscribe_trades": ("on_trade", attrgetter("instrument_id")),
    "subscribe_bars": ("on_bar", attrgetter("bar_type")),
    "subscribe_data": ("on_data", attrgetter("data_type.type_name")),
}
NEVER = 2**63
TOPICS = dict(HEARD.values())  # callback: of what an event is


class Subscriber(Protocol):
    """A strategy in a shared run that receives events through the hub."""

    sent: list[tuple[int, Any]]  # when commands were sent, nanoseconds, and for which instruments
    hears: dict[str, Callable[..., Any]]
    strategy: Any

    def awaits(self, since: Mapping[Any, int], now: int, delays: tuple[int, int]) -> bool:
        """True if a command may have arrived after the last data of its instrument, by now (nanoseconds)."""
        ...

    def has_sent(self, at: int) -> bool:
        """True if a command of the strategy went to a venue at this time, nanoseconds."""
        ...

    def leave(self, why: str) -> None:
        """End the strategy's part in the run."""
        ...


@dataclass
class Topic:
    """The one subscription of a topic, and who hears it."""

    arguments: tuple[Any, ...]  # arguments of the subscription
    participants: list[Subscriber]  # the first is the engine's subscriber


@dataclass
class SubscriptionHub:
    """The lines of a pack, and what one participant does that others may feel."""

    delays: tuple[int, int] = (0, 0)  # the shortest and the longest that a command travels, nanoseconds
    last_data: Callable[[], Mapping[Any, int]] = dict[Any, int]  # time of the last market data of each instrument
    participants: Sequence[Subscriber] = ()
    lines: dict[tuple[str, Any], Topic] = field(default_factory=dict[tuple[str, Any], Topic])
    hears_market: bool = False  # whether any participant listens to more than events of the user's own
    wants_history: bool = False  # whether any participant asked for quotes before the last one
    has_commanded: bool = False  # whether any participant has since sent a command to a venue
    has_modified: bool = False  # whether one of them changes an order
    _rang_at: int = -1
    _met: set[Subscriber] = field(default_factory=set[Subscriber])  # whose commands the timer of others may have met

    @property
    def needs_all(self) -> bool:
        """True if no quote may be left out from now on."""
        return self.hears_market or self.wants_history

    def join(
        self, participant: Subscriber, method: str, arguments: tuple[Any, ...], subscribe: Callable[[], Any]
    ) -> bool:
        """Add a listener, and subscribe if it is the first; False where another subscribed with other arguments.

        Bars that are made of bars are delivered under another name: each participant subscribes to them.
        """
        if method == "subscribe_bars" and arguments[0].is_composite():
            subscribe()
            return True
        topic = HEARD[method][0], arguments[0].type_name if method == "subscribe_data" else arguments[0]
        line = self.lines.get(topic)
        if line is None:
            subscribe()
            self.lines[topic] = Topic(arguments, [participant])
        elif line.arguments != arguments:
            return False
        elif participant not in line.participants:
            line.participants.append(participant)
        return True

    def listeners(self, participant: Subscriber, callback: str, event: Any) -> Sequence[Subscriber]:
        """Recipients of an event that the engine has delivered to a participant."""
        line = self.lines.get((callback, TOPICS[callback](event)))
        return tuple(line.participants) if line and line.participants[0] is participant else (participant,)

    def rang(self, participants: Sequence[Subscriber], now: int) -> None:
        """Timers of some participants are due: a step of the engine that the others would not have.

        At each step venues take the commands that have arrived. One that would have met the next quote of its
        instrument meets the one before instead.
        """
        if not self.delays[1]:
            return
        if now != self._rang_at:
            self.judge()
            self._rang_at, since = now, self.last_data()
            self._met = {
                participant for participant in self.participants if participant.awaits(since, now, self.delays)
            }
        self._met.difference_update(participants)

    def judge(self) -> None:
        """Let those leave whose commands a timer of others has met, and none of their own."""
        for participant in self._met:
            participant.leave("its order arrived between quotes, at a timer of another strategy")
        self._met = set()

    def part(self) -> None:
        """At the end the engine waits for the last command of all: let those leave that would not wait so long.

        A call that may have sent nothing (`close_all_positions` without a position) is no moment to wait for alone.
        """
        if not self.delays[1]:
            return
        since = self.last_data()
        waiting = [participant for participant in self.participants if participant.awaits(since, NEVER, self.delays)]
        last = max((p.sent[-1][0] for p in self.participants if p.sent), default=0)  # also of those that have left
        for participant in waiting:
            is_last = participant.sent[-1][0] == last and participant.has_sent(last)
            if not is_last or self.delays[0] != self.delays[1]:
                participant.leave("its last order was on its way when the period ended")


def last_data(cache: Any, instruments: Sequence[Any], bar_types: Sequence[Any]) -> dict[Any, int]:
    """Time of the last quote, trade or bar of each instrument that its orders were matched with, nanoseconds."""
    events = [(i.id, event) for i in instruments for event in (cache.quote(i.id), cache.trade(i.id))]
    events += [(bar_type.instrument_id, cache.bar(bar_type)) for bar_type in bar_types]
    times: dict[Any, int] = {}
    for name, event in events:
        if event:
            times[name] = max(event.ts_init, times.get(name, 0))
    return times
