"""Parts of the day of an options strategy: parameters, legs, prices with their age."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Any, NamedTuple

from nautilus_trader.model import ClientOrderId, OrderSide


@dataclass(frozen=True, kw_only=True)
class OptionCycleConfig:
    """Underlying, size and times of an options strategy. Raises one ValueError that names everything that is wrong."""

    underlying_id: str  # whose quotes are the ticks, such as SPY.ARCA
    option_underlying: str | None = None  # as the options name it; None: the symbol of underlying_id
    contracts: int = 1  # of each leg
    max_cycles: int = 1  # a day
    tick_secs: float = 60
    session_start: str = "09:30"  # wall clock of time_zone
    session_end: str = "16:00"
    time_zone: str = "America/New_York"
    entry_start: str = "10:00"  # nothing is entered before
    last_entry_minutes: float = 60  # before the session's end: from then on nothing is entered
    flat_minutes: float = 5  # before the session's end: everything is closed
    max_quote_age_secs: float = 30  # an older quote is stale: no leg is entered at it
    quote_wait_secs: float = 30  # how long an entry waits for the quotes of its legs

    def __post_init__(self) -> None:
        if wrong := [rule for holds, rule in self.rules() if not holds]:
            raise ValueError("; ".join(wrong))

    def rules(self) -> Iterator[tuple[bool, str]]:
        """Each rule with whether it holds. Subclasses add theirs."""
        for name in ("contracts", "max_cycles", "tick_secs", "max_quote_age_secs", "quote_wait_secs"):
            yield getattr(self, name) > 0, f"{name} must be greater than 0 (was {getattr(self, name)!r})"
        for name in ("session_start", "session_end", "entry_start"):
            value = getattr(self, name)
            yield is_time(value), f"{name} must be a quoted time like '10:00' (was {value!r})"
        late, flat = self.last_entry_minutes, self.flat_minutes
        yield 0 <= flat <= late, f"needs 0 <= flat_minutes <= last_entry_minutes (was {flat!r}, {late!r})"


def is_time(text: str) -> bool:
    """True if a text is a wall-clock time."""
    try:
        time.fromisoformat(text)
    except (ValueError, TypeError):
        return False
    return True


class Phase(StrEnum):
    """State of a day."""

    IDLE = "idle"
    ACTIVE = "active"
    DONE = "done"


class Leg(NamedTuple):
    """A contract to buy or to sell."""

    contract: Any
    side: OrderSide


class Priced(NamedTuple):
    """The market of a contract; `age` is in seconds, 0 for a quote of this moment."""

    bid: float
    ask: float
    age: float

    @property
    def middle(self) -> float:
        return (self.bid + self.ask) / 2


class Day(NamedTuple):
    """Facts at the start of a day. `fetch` subscribes to the quotes of contracts before they are needed."""

    spot: float
    strike: float  # at the money
    fetch: Callable[[Iterable[Any]], None]


class Closed(NamedTuple):
    """A leg that was traded, prices per unit of the underlying."""

    cycle: int  # from 1, of its day
    name: str
    contract: str
    side: str
    entry: float
    exit: float


@dataclass(slots=True)
class Held:
    """A leg at the venue: its entry, and its exit once there is one."""

    leg: Leg
    entry: ClientOrderId
    exit: ClientOrderId | None = None
    leaving: bool = False
