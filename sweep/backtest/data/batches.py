"""Decoded events as the engine takes them: in few lists, each in the order in which its events arrive.

The engine merges lists by time, of one nanosecond in the order in which they are added. It replays one list faster than
several, so custom events are woven into the market data once, when they are decoded, in the place they would have.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from operator import attrgetter
from sys import getrefcount
from typing import Any

from nautilus_trader import model

from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.windows import Bounds

CUSTOM_CLIENT = model.ClientId("CUSTOM")
TIME = attrgetter("ts_init")
PLAIN = frozenset((int, float, str, bytes, bool, type(None), model.InstrumentId))  # nothing in them can be changed


@dataclass(frozen=True, slots=True)
class Batch:
    """The decoded events of one entry. A tuple, which the garbage collector need not look through at each trial."""

    entry: DataEntry
    events: tuple[Any, ...]
    sizes: tuple[int, ...] = ()  # how many rows each of the events is made of; nothing: one

    @property
    def rows(self) -> int:
        """Rows of the catalog."""
        return sum(self.sizes) or len(self.events)

    def between(self, start: int, end: int) -> "Batch":
        """The part with start <= time < end."""
        inside = slice(bisect_left(self.events, start, key=TIME), bisect_left(self.events, end, key=TIME))
        return Batch(self.entry, self.events[inside], self.sizes[inside])

    def fresh(self) -> Sequence[Any]:
        """The events; custom ones are Python objects that a strategy may change, so each trial gets its own."""
        return [own_copy(e) for e in self.events] if self.entry.custom else self.events


@dataclass(frozen=True, slots=True)
class Stream:
    """Events of several batches that are added to the engine as one list."""

    events: tuple[Any, ...]
    custom: tuple[int, ...] = ()  # where custom ones stand

    @property
    def client_id(self) -> Any:
        return CUSTOM_CLIENT if self.custom else None

    def fresh(self) -> Sequence[Any]:
        """The events of one trial, which has its own custom ones."""
        if not self.custom:
            return self.events
        events = list(self.events)
        for n in self.custom:
            events[n] = own_copy(events[n])
        return events


@dataclass(frozen=True, slots=True)
class FeedPart:
    """Contents of a stretch of time."""

    bounds: Bounds
    batches: tuple[Batch, ...]
    streams: tuple[Stream, ...]
    notes: dict[str, Any] = field(default_factory=dict[str, Any], compare=False)  # what packs have found out about it


def parted(stretch: Bounds, batches: Sequence[Batch], at: Sequence[int]) -> Iterator[FeedPart]:
    """A decoded stretch, cut at the times that lie inside it: cheaper than to decode each part by itself."""
    edges = [stretch.start, *(t for t in at if stretch.start < t < stretch.end), stretch.end]
    for start, end in pairwise(edges):
        parts = [batch.between(start, end) for batch in batches]
        held = tuple(b for b in parts if b.events)
        yield FeedPart(Bounds(start, end), held, woven(held))


def woven(batches: Sequence[Batch]) -> tuple[Stream, ...]:
    """The batches, market data first, with all custom events inside the last of the market data."""
    market = [Stream(b.events) for b in batches if not b.entry.custom]
    custom = [b.events for b in batches if b.entry.custom]
    if not custom:
        return tuple(market)
    last = market.pop() if market else Stream(())
    for events in custom:
        last = with_custom(last, events)
    return (*market, last)


def with_custom(stream: Stream, events: Sequence[Any]) -> Stream:
    """A stream with custom events among its own, of one nanosecond after them."""
    places = [bisect_right(stream.events, e.ts_init, key=TIME) for e in events]
    edges = [0, *places, len(stream.events)]
    merged_events: list[Any] = []
    for n, (start, end) in enumerate(pairwise(edges)):
        merged_events += stream.events[start:end]
        merged_events += events[n : n + 1]
    moved = (n + bisect_right(places, n) for n in stream.custom)
    added = (n + place for n, place in enumerate(places))
    return Stream(tuple(merged_events), (*moved, *added))


def own_copy(event: Any) -> Any:
    """A custom event that a strategy may change, without the others' seeing it."""
    data: Any = event.data
    fields: dict[str, Any] | None = getattr(data, "__dict__", None)
    if fields is None or not PLAIN.issuperset(map(type, fields.values())):
        return model.CustomData(event.data_type, deepcopy(data))
    return model.CustomData(event.data_type, with_fields(type(data), fields) if is_ordinary(type(data)) else copy(data))  # pyright: ignore[reportUnknownArgumentType]


class CopyOnWriteEvent:
    """Copies of a custom event for one strategy after another: the same one, until somebody changes or keeps it.

    Making a copy takes as long as what most strategies do with it.
    """

    def __init__(self, event: Any) -> None:
        self._event, self._copy = event, None
        fields = fields_of(event)
        self._fields = dict(fields) if fields and PLAIN.issuperset(map(type, fields.values())) else None
        self._counts = (0, 0, 0)

    def take(self) -> Any:
        """An event of one's own: as the engine has it, and seen by nobody who could change it later."""
        copied: Any = self._copy
        if self._fields is None:
            return own_copy(self._event)
        if copied is None or self._held(copied) != self._counts:
            self._copy = copied = own_copy(self._event)
            self._counts = self._held(copied)
        elif (fields := fields_of(copied)) != self._fields:
            fields.clear()
            fields.update(self._fields)
        return copied

    def _held(self, copied: Any) -> tuple[int, int, int]:
        """Reference counts of the event, of its data, and of the fields of the data."""
        return getrefcount(copied), getrefcount(copied.data), getrefcount(fields_of(copied))


def fields_of(event: Any) -> dict[str, Any]:
    """Fields of a custom event; none where it stores them in another way."""
    return getattr(event.data, "__dict__", {})


def with_fields(kind: Any, fields: dict[str, Any]) -> Any:
    """An object of a class with these fields, ten times as fast as `copy`."""
    instance = object.__new__(kind)
    instance.__dict__.update(fields)
    return instance


@cache
def is_ordinary(kind: type) -> bool:
    """True if an object consists of its fields alone and is copied by them."""
    usual = ("__new__", "__reduce_ex__", "__reduce__", "__getstate__")
    slots = any(vars(base).get("__slots__") for base in kind.__mro__)
    return not slots and not hasattr(kind, "__copy__") and not hasattr(kind, "__setstate__") and all(
        getattr(kind, name) is getattr(object, name) for name in usual
    )  # fmt: skip
