"""Quotes that a pack need not replay: where no strategy listens to the market, most of them change nothing.

A strategy that hears events of its own alone meets the market where it looks (at an event, at a timer, at a fill), and
where the market meets its resting orders. So the engine is fed, of all quotes, those that reach the price of a resting
order, the last one before each event, timer and reading of the equity, and those that follow while a command is on its
way. Each stretch ends where anybody may act, and what rests is looked at again. Whatever is not certain to be of this
kind (stop-limits, other kinds of orders, quotes out of order) is replayed quote by quote, as alone.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import numpy as np
from nautilus_trader import model

from sweep.backtest.data.batches import FeedPart
from sweep.backtest.data.quote_arrays import Columns, Floats
from sweep.backtest.shared.subscription_hub import SubscriptionHub

TIME = attrgetter("ts_init")
TOLERANCE = 1e-9  # of a price: comparing floats may stop once too often, never once too rarely
CLOSE = 12  # events: to look at what rests takes as long as to replay so many
BLOCK = 512  # quotes that are looked through at once, at first
NEVER = float("inf")
WAYS = ("insert_latency_nanos", "update_latency_nanos", "cancel_latency_nanos")
PLAIN_TRIGGERS = (model.TriggerType.DEFAULT, model.TriggerType.BID_ASK)


@dataclass(frozen=True, slots=True)
class FilterScope:
    """Conditions under which a trial's venue and data allow quotes to be left out; None where they do not."""

    latency: int  # the longest that a command travels, nanoseconds
    is_inside: bool  # whether limit orders may fill at or inside of the spread

    @classmethod
    def of(
        cls, backtest: Mapping[str, Any], entries: Sequence[Any], instruments: Sequence[Any]
    ) -> "FilterScope | None":
        """Of a resolved backtest that trials may share (`sweep.backtest.shared.eligibility`)."""
        market = [e for e in entries if not e.custom]
        if [e.kind for e in market] != ["QuoteTick"] or len(market[0].identifiers) != 1 or len(backtest["venues"]) != 1:
            return None  # at a fill the quotes of the other instruments would have to be there as well
        if any(getattr(i, "expiration_ns", None) for i in instruments):
            return None
        (venue,) = backtest["venues"]
        fill: str = model_of(venue, "fill_model").get("type", "DefaultFillModel")
        return cls(delays(backtest)[1], fill != "DefaultFillModel")


def model_of(venue: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Section of a venue about a model; empty where it is left to the engine."""
    return venue.get(key) or {}


def delays(backtest: Mapping[str, Any]) -> tuple[int, int]:
    """The shortest and the longest that a command of a resolved backtest travels, nanoseconds."""
    values: list[int] = []
    for venue in backtest["venues"]:
        named = model_of(venue, "latency_model")
        values += [int(named.get("base_latency_nanos", 0)) + int(named.get(name, 0)) for name in WAYS]
    return min(values), max(values)


@dataclass(frozen=True, slots=True)
class QuoteTimeline:
    """The events of a part with the bid and the ask at each; at a custom event those of the quote before it."""

    events: Sequence[Any]
    custom: Sequence[int]  # places of the custom events
    bid: Floats
    ask: Floats

    @classmethod
    def of(cls, part: FeedPart, columns: Columns) -> "QuoteTimeline | None":
        """None where the quotes of the part are not as the columns say, or must not be left out."""
        if len(part.streams) != 1:
            return None
        (stream,) = part.streams
        quotes = np.ones(len(stream.events), bool)
        quotes[list(stream.custom)] = False
        if not columns.is_smooth or int(quotes.sum()) != len(columns.bid):
            return None
        before = np.cumsum(quotes)  # place 0 is that of a custom event before all quotes
        bid, ask = (np.concatenate(([np.nan], side))[before] for side in (columns.bid, columns.ask))
        return cls(stream.events, stream.custom, bid, ask)

    def __len__(self) -> int:
        return len(self.events)

    def at(self, time: int, start: int) -> int:
        """Place of the first event at or after a time, from `start` on."""
        return bisect_left(self.events, time, lo=start, key=TIME)

    def is_custom(self, place: int) -> bool:
        """True for a custom event."""
        index = bisect_left(self.custom, place)
        return index < len(self.custom) and self.custom[index] == place

    def quote_at(self, time: int, start: int) -> int:
        """Place of the first quote at or after a time, from `start` on."""
        place = self.at(time, start)
        while self.is_custom(place):
            place += 1
        return place

    def last_quote(self, first: int, end: int) -> int:
        """Time of the last quote of a stretch, 0 where there is none."""
        quotes = (n for n in range(end - 1, first - 1, -1) if not self.is_custom(n))
        return next((self.events[n].ts_init for n in quotes), 0)

    def past(self, place: int, start: int) -> int:
        """The place after all events of the nanosecond of this one; the end where there is none such."""
        return self.unit(place, start)[1] if place < len(self) else len(self)

    def unit(self, place: int, start: int) -> tuple[int, int]:
        """From where to where, from `start` on, the events are of the nanosecond of this one."""
        time, first, end = self.events[place].ts_init, place, place + 1
        while first > start and self.events[first - 1].ts_init == time:
            first -= 1
        while end < len(self) and self.events[end].ts_init == time:
            end += 1
        return first, end


@dataclass(slots=True)
class RestingPrices:
    """Prices of the resting orders: where a quote has to be for one of them to notice it."""

    is_inside: bool
    priced: dict[Any, tuple[int, float]] = field(default_factory=dict[Any, tuple[int, float]])
    odd: set[Any] = field(default_factory=set[Any])  # orders that may notice any quote
    bounds: list[float] = field(default_factory=lambda: [NEVER, -NEVER, NEVER, -NEVER])  # bid up, down, ask up, down
    _counts: tuple[int, ...] = ()

    def read(self, cache: Any, *, anew: bool) -> bool:
        """Look at the open orders; `anew` where prices may have changed. Whether orders began or ended since."""
        counts = cache.orders_open_count(), cache.orders_closed_count(), cache.orders_total_count()
        has_moved, self._counts = counts != self._counts, counts
        if not (has_moved or anew):
            return False
        here = set(cache.client_order_ids_open())
        if anew:
            self.priced.clear()
            self.odd.clear()
        for gone in [o for o in self.priced if o not in here]:
            del self.priced[gone]
        self.odd &= here
        for new in here:
            if new not in self.priced and new not in self.odd:
                self._note(cache.order(new))
        self._bound()
        return has_moved

    def _note(self, order: Any) -> None:
        kinds, side = model.OrderType, order.side == model.OrderSide.BUY
        if order.time_in_force != model.TimeInForce.GTC:
            self.odd.add(order.client_order_id)
        elif order.order_type == kinds.LIMIT:
            place = (1 if self.is_inside else 3) if side else (2 if self.is_inside else 0)
            self.priced[order.client_order_id] = place, order.price.as_double()
        elif order.order_type == kinds.STOP_MARKET and order.trigger_type in PLAIN_TRIGGERS:
            self.priced[order.client_order_id] = 2 if side else 1, order.trigger_price.as_double()
        else:
            self.odd.add(order.client_order_id)

    def _bound(self) -> None:
        self.bounds = [NEVER, -NEVER, NEVER, -NEVER]
        for place, price in self.priced.values():
            if place % 2:
                self.bounds[place] = max(self.bounds[place], price * (1 + TOLERANCE))
            else:
                self.bounds[place] = min(self.bounds[place], price * (1 - TOLERANCE))

    def first(self, track: QuoteTimeline, start: int, end: int) -> int:
        """The first place from start to end whose quote somebody notices; `end` where there is none."""
        if not self.priced:
            return end
        bid_up, bid_down, ask_up, ask_down = self.bounds
        size = BLOCK
        while start < end:
            bid, ask = track.bid[start : start + size], track.ask[start : start + size]
            met = (bid >= bid_up) | (bid <= bid_down) | (ask >= ask_up) | (ask <= ask_down)
            if (place := int(met.argmax())) or met[0]:
                return min(start + place, end)
            start, size = start + size, 2 * size
        return end


class QuoteFilter:
    """Cuts parts of the market into stretches, each of which the engine runs before the next is known."""

    def __init__(self, reach: FilterScope, cache: Any, hub: SubscriptionHub, alarm: Callable[[], int | None]) -> None:
        """`alarm` is when the next timer of a strategy is due, nanoseconds."""
        self._latency, self._cache, self._hub, self._alarm = reach.latency, cache, hub, alarm
        self._levels = RestingPrices(reach.is_inside)
        self._has_begun = False
        self._arrival: int | None = None  # when the last command has arrived: until then no quote is left out
        self._due: int | None = None  # the next timer

    def stretches(self, track: QuoteTimeline) -> Iterator[tuple[int, int]]:
        """From where to where events are replayed; those between two stretches are left out."""
        start = 0
        while start < len(track):
            first, end = self._next(track, start)
            yield first, end
            self._look(track.events[end - 1].ts_init, track.last_quote(first, end))
            start = end

    def _next(self, track: QuoteTimeline, start: int) -> tuple[int, int]:
        if self._hub.needs_all:
            return start, len(track)
        if not self._has_begun:
            self._has_begun = True
            return start, track.unit(start, start)[1]
        act = self._act(track, start)
        if self._levels.odd:
            return start, track.past(act, start)
        stop = self._levels.first(track, start, act)
        if self._arrival is not None:
            return start, track.past(min(stop, track.quote_at(self._arrival, start)), start)
        if stop < min(act, start + CLOSE):
            return start, track.past(min(act, start + CLOSE), start)
        if stop == len(track):
            return stop - 1, stop
        first, end = track.unit(stop, start)
        return max(start, first - 1), end

    def _act(self, track: QuoteTimeline, start: int) -> int:
        """The next place where a strategy may act by itself."""
        self._due = self._alarm()
        place = bisect_left(track.custom, start)
        end = track.custom[place] if place < len(track.custom) else len(track)
        if self._due is not None:
            end = min(end, track.at(self._due, start))
        return end

    def _look(self, now: int, quoted: int) -> None:
        """After a stretch that ended now: what rests, and whether a command is on its way.

        Venues take commands when market data comes: the last was at `quoted`.
        """
        hub = self._hub
        has_acted = self._levels.read(self._cache, anew=hub.has_modified)
        has_acted |= hub.has_commanded or (self._due is not None and self._due <= now)
        if self._latency and has_acted:
            self._arrival = now + self._latency
        elif self._arrival is not None and self._arrival <= quoted:
            self._arrival = None
        hub.has_commanded = False
        hub.has_modified &= self._arrival is not None
