"""What the seats of a pack subscribe to: the engine delivers it once, to the first that did, who passes it on.

A delivery by the engine costs about ten times a call in Python. It also keeps the order in which a strategy alone would
hear of quotes and of the bars that are made from them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sweep.backtest.seat import Seat

HEARD: dict[str, tuple[str, Callable[[Any], Any]]] = {  # method: where it is heard, and what is subscribed to there
    "subscribe_quotes": ("on_quote", attrgetter("instrument_id")),
    "subscribe_bars": ("on_bar", attrgetter("bar_type")),
    "subscribe_data": ("on_data", attrgetter("data_type.type_name")),
}
TOPICS = dict(HEARD.values())  # callback: of what an event is


@dataclass
class Line:
    """The one subscription of a topic, and who hears it."""

    wanted: tuple[Any, ...]  # arguments of the subscription
    seats: list["Seat"]  # the first is the engine's subscriber


@dataclass
class Relay:
    """The lines of a pack."""

    lines: dict[tuple[str, Any], Line] = field(default_factory=dict[tuple[str, Any], Line])

    def join(self, seat: "Seat", method: str, wanted: tuple[Any, ...], subscribe: Callable[[], Any]) -> bool:
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
            self.lines[topic] = Line(wanted, [seat])
        elif line.wanted != wanted:
            return False
        elif seat not in line.seats:
            line.seats.append(seat)
        return True

    def listeners(self, seat: "Seat", callback: str, event: Any) -> Sequence["Seat"]:
        """Who hears an event that the engine has delivered to a seat."""
        line = self.lines.get((callback, TOPICS[callback](event)))
        return tuple(line.seats) if line and line.seats[0] is seat else (seat,)
