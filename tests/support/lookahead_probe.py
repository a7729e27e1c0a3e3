"""A strategy that tries every public door of the engine for something that has not happened yet."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from nautilus_trader.model import AggregationSource, BarType, BookType, ClientId, Currency, DataType, PriceType, Venue
from nautilus_trader.trading import Strategy

from tests.support.strategies import SPY, Scripted, ScriptedConfig

CHANGES = ("add", "purge", "reset", "dispose", "snapshot")  # doors that nothing comes out of
LOUD = ["get_xrate", "get_mark_xrate", *(n for n in dir(Strategy) if n.startswith("request_"))]
BARS = BarType.from_str("SPY.ARCA-1-MINUTE-LAST-EXTERNAL")
ARGUMENTS = {  # what a parameter of a door is given, by its name
    "instrument_id": SPY,
    "bar_type": BARS,
    "venue": Venue("ARCA"),
    "price_type": PriceType.MID,
    "from_currency": Currency.from_str("USD"),
    "to_currency": Currency.from_str("EUR"),
    "aggregation_source": AggregationSource.EXTERNAL,
    "key": "score",
    "data_type": DataType("Score"),
    "client_id": ClientId("ARCA"),
    "book_type": BookType.L2_MBP,
    "active_only": False,
    "depth": 10,
}


@dataclass(frozen=True, kw_only=True)
class LookaheadProbeConfig(ScriptedConfig):
    """`loud`: a door that the engine answers with an ERROR, which ends a trial; tried alone, at the fourth quote."""

    loud: str = ""


@dataclass
class Seen:
    """Output of the last trial on every channel."""

    doors: set[str] = field(default_factory=set)  # that were tried
    opened: set[str] = field(default_factory=set)  # that gave something with a time
    future: list[str] = field(default_factory=list)  # what they must not have given


class LookaheadProbe(Scripted):
    """Looks behind every door at every event. `index` of a door runs below zero, too."""

    seen_by: ClassVar[Seen] = Seen()

    def on_start(self) -> None:
        LookaheadProbe.seen_by = Seen()
        super().on_start()
        self.subscribe_trades(SPY)
        self.subscribe_bars(BARS)
        self.subscribe_data(DataType("Score"))
        self.clock.set_time_alert_ns("between", self.clock.timestamp_ns() + 1, lambda _: self.peek())
        self.clock.set_timer("beat", timedelta(milliseconds=7700), callback=lambda _: self.peek())

    def on_quote(self, quote: Any) -> None:
        super().on_quote(quote)
        self.check("on_quote", quote)
        if self.count % 10 == 3:
            self.peek()

    def on_trade(self, trade: Any) -> None:
        self.check("on_trade", trade)

    def on_bar(self, bar: Any) -> None:
        self.check("on_bar", bar)

    def on_data(self, data: Any) -> None:
        self.check("on_data", data)

    def on_historical_quotes(self, quotes: Any) -> None:
        self.check("on_historical_quotes", quotes)

    def on_historical_trades(self, trades: Any) -> None:
        self.check("on_historical_trades", trades)

    def on_historical_bars(self, bars: Any) -> None:
        self.check("on_historical_bars", bars)

    def on_historical_data(self, data: Any) -> None:
        self.check("on_historical_data", data)

    def peek(self) -> None:
        for owner in (self.cache, self.portfolio, self.clock):
            for name in doors(owner):
                for arguments in given(getattr(owner, name)):
                    self.look(f"{type(owner).__name__}.{name}", getattr(owner, name), arguments)
        if self.cfg.loud and self.count == 3:
            self.look_loudly(getattr(self if hasattr(self, self.cfg.loud) else self.cache, self.cfg.loud))

    def look_loudly(self, method: Any) -> None:
        now = self.clock.utc_now()
        spans = [{"start": now, "end": now + timedelta(days=1)}, {"end": now + timedelta(days=1)}, {"limit": 100}]
        for arguments in given(getattr(Strategy, self.cfg.loud, method)):  # the engine's own: sweep answers for it
            for span in spans if self.cfg.loud.startswith("request") else [{}]:
                self.look(self.cfg.loud, method, arguments | span)

    def look(self, door: str, method: Any, arguments: dict[str, Any]) -> None:
        LookaheadProbe.seen_by.doors.add(door)
        try:
            self.check(door, method(**arguments))
        except Exception as refusal:  # noqa: BLE001 (a door that stays shut)
            self.shut = refusal

    def check(self, door: str, answer: Any) -> None:
        """Note what lies in the future; an end of validity (of an option, of an order) is a plan and no event."""
        for at in times(answer):
            LookaheadProbe.seen_by.opened.add(door)
            if at > self.clock.timestamp_ns():
                LookaheadProbe.seen_by.future.append(f"{door} at {self.clock.timestamp_ns()}: {answer}")


def doors(owner: Any) -> list[str]:
    """The public methods that may give something."""
    closed = (*CHANGES, "set_", "cancel", "register")
    return [n for n in dir(owner) if n[0] != "_" and n not in LOUD and not n.startswith(closed)]


def given(method: Any) -> Iterator[dict[str, Any]]:
    """Arguments for a door; none where it wants something that is not known here."""
    try:
        optional = inspect.signature(method).parameters
        names = [p for p in optional.values() if p.default is p.empty and p.name != "self"]
    except (TypeError, ValueError):
        return
    if any(p.name not in ARGUMENTS for p in names):
        return
    needed = {p.name: ARGUMENTS[p.name] for p in names}
    yield needed
    if "index" in optional:
        yield from (needed | {"index": n} for n in (-1, -2, 1))


def times(answer: Any) -> Iterator[int]:
    """Every time of an event in something that a door gave."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, (list, tuple, set)):
        for item in answer:
            yield from times(item)
        return
    for name in ("ts_event", "ts_init", "ts_last"):
        at = getattr(answer, name, None)
        if isinstance(at, int):
            yield at
