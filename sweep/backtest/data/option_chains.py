"""Option chains: of hundreds of contracts only those are read that a strategy subscribes to, from then on.

The result is that of a chain whose every contract is replayed, for a strategy that looks only at what it subscribed to.
Of one nanosecond the options' quotes arrive before everything else, so a subscription made in a callback of listed data
misses nothing. Made anywhere else (a timer, an order's event) it takes effect after the next row of listed data.

To that end a window is run in stretches: one for each time of the listed data while the strategy listens to any of it,
else one for each custom event and each of its timers. The engine needs microseconds for a stretch.
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import numpy as np
from nautilus_trader import model

from sweep.backtest.data.directory_cache import cached, folder, forget
from sweep.backtest.data.feed import Feed, latest_of
from sweep.backtest.data.parquet_columns import time_column
from sweep.backtest.data.preflight import Traits, traits
from sweep.backtest.data.subscriptions import Listening
from sweep.backtest.data.windows import Bounds, WindowCache
from sweep.catalog.data_files import contracts
from sweep.common.files import file_state
from sweep.errors import Reason, TrialError

QUOTES = model.NautilusDataType.QuoteTick
ROW_BYTES = 220  # of a decoded quote
TRUST = 1.0  # seconds for which definitions are taken as they were: hundreds of files are looked at for each trial else


class Rows(NamedTuple):
    """Events in order, and their times (ns)."""

    events: Sequence[Any]
    times: Sequence[int]

    @classmethod
    def of(cls, events: Sequence[Any]) -> "Rows":
        return cls(events, [e.ts_init for e in events])

    def between(self, start: int, end: int) -> Sequence[Any]:
        """The events with start <= time < end."""
        return self.events[bisect_left(self.times, start) : bisect_left(self.times, end)]


class Listing(NamedTuple):
    """The contracts of a trial's chains."""

    files: tuple[str, ...]
    state: tuple[Any, ...]  # of these files, when they were read
    members: frozenset[str]
    definitions: list[Any]  # by id: the latest of each
    traits: list[Traits]  # of these


def state_of(files: Iterable[str]) -> tuple[Any, ...]:
    """Equal only while none of the files has gone or changed."""
    try:
        return tuple(map(file_state.state_of, map(os.stat, files)))
    except OSError:
        return ()


class Chains:
    """The contracts of a trial's chains, and the quotes of those that the strategy listens to."""

    def __init__(self, feed: Feed, cache: WindowCache) -> None:
        self.catalog, self.path, self.span, self.cache = feed.catalog, feed.path, Bounds(feed.start, feed.end), cache
        self.listening = Listening()
        self.fed = 0  # quotes
        self._active: set[str] = set()  # contracts that are fed
        self._window = Bounds(0, 0)
        self._rows: dict[str, Rows] = {}  # of the present window
        self._files: dict[str, tuple[Path, ...]] = {}
        listed = {i for e in feed.entries for i in e.instruments}
        listing = self._list(feed.chains, listed)
        self.members, self.instruments, self.traits = listing.members, listing.definitions, listing.traits

    def _list(self, underlyings: tuple[str, ...], listed: set[str]) -> Listing:
        """The contracts but those that are listed as instruments; read again only where their files have changed."""
        if not underlyings:
            return Listing((), (), frozenset(), [], [])
        listing = cached(
            self.cache, key := ("chain", underlyings, self.span), self.path, (), lambda: self._read(underlyings)
        )
        looked = self.cache.survey(("looked", str(self.path), key), dict[str, float])
        if monotonic() - looked.get("at", float("-inf")) > TRUST:
            if listing.state != state_of(listing.files):
                forget(self.cache, key, self.path)
                return self._list(underlyings, listed)
            looked["at"] = monotonic()
        if not listed & listing.members:
            return listing
        left = [d for d in listing.definitions if str(d.id) not in listed]
        return listing._replace(members=listing.members - listed, definitions=left, traits=list(map(traits, left)))

    def _read(self, underlyings: tuple[str, ...]) -> Listing:
        span = self.span
        by_id = {f.identifier: f for u in underlyings for f in contracts(self.path, u, span.start, span.end)}
        if not by_id:
            raise TrialError(Reason.DATA, f"{self.path} defines no options on {', '.join(underlyings)} in the period")
        files = tuple(str(f.path) for f in by_id.values())
        definitions = self._define(sorted(by_id))
        return Listing(files, state_of(files), frozenset(by_id), definitions, list(map(traits, definitions)))

    def _define(self, names: Sequence[str]) -> list[Any]:
        latest = latest_of(self.catalog.instruments(list(names)), self.span.end)
        return [latest[name] for name in sorted(latest)]

    @property
    def touched(self) -> frozenset[str]:
        """The contracts of which quotes were read."""
        return frozenset(self._files)

    # -- one window ------------------------------------------------------------------------------------------------

    def stretches(self, window: Bounds, listed: Sequence[Rows], timers: Callable[[], list[int]]) -> Iterator[Bounds]:
        """The window in stretches; each must have been run before the next is asked for."""
        self._window, self._rows = window, {}
        times = merged(r.times for r in listed)
        events = merged(r.times for r in listed if isinstance(r.events[0], model.CustomData))
        start, is_first = (
            window.start,
            True,
        )  # the strategy starts with the first row: only then it is known what it hears
        while start < window.end:
            hears = is_first or self.listening.hears_market
            wakes = [next_of(times, start)] if hears else [next_of(events, start), *self._alarms(start, times, timers)]
            end = min(min(wakes) + 1, window.end)
            yield Bounds(start, end)
            self._join(end, times)
            start, is_first = end, False

    def _alarms(self, start: int, times: list[int], timers: Callable[[], list[int]]) -> Iterator[int]:
        """The rows with which the strategy's timers fire."""
        return (next_of(times, max(start, t)) for t in timers())

    def quotes(self, stretch: Bounds) -> Iterator[Sequence[Any]]:
        """Quotes of the strategy's contracts in a stretch, by contract."""
        for name in sorted(self._active):
            if quotes := self._load(name).between(stretch.start, stretch.end):
                self.fed += len(quotes)
                yield quotes

    def _join(self, end: int, times: list[int]) -> None:
        """Contracts that were subscribed to until `end` are fed from then on; none may have missed a quote."""
        for name in list(self.listening.fresh):
            joined_at = self.listening.joined[name]
            row = next_of(times, joined_at)
            if row == NEVER:
                continue  # the next row is in another window
            since = joined_at + 1 if row == joined_at else row + 1
            if self._load(name).between(since, end):
                raise TrialError(Reason.GUARD, LATE.format(name))
            self._active.add(name)
            self.listening.fresh.remove(name)

    def release(self, is_flat: Callable[[str], bool]) -> None:
        """Forget contracts that the strategy has left and holds nothing of."""
        for name in [n for n in self.listening.left if is_flat(n)]:
            self.listening.forget(name)
            self._active.discard(name)

    # -- quotes ----------------------------------------------------------------------------------------------------

    def _load(self, name: str) -> Rows:
        """All quotes of a contract in the present window."""
        if name not in self._rows:
            files = self._files_of(name)
            group = ("chain", name, tuple((f, file_state.state_of(f.stat())) for f in files))
            self._rows[name] = self.cache.get(group, self._window, lambda: self._decode(name, files))
        return self._rows[name]

    def _files_of(self, name: str) -> tuple[Path, ...]:
        """The files with a contract's quotes."""
        if name not in self._files:
            place = self.path / "data" / "quotes" / folder(name)  # the engine would search the whole tree
            self._files[name] = tuple(sorted(place.glob("*.parquet")))
        return self._files[name]

    def _decode(self, name: str, files: Iterable[Path]) -> tuple[Rows, int]:
        start, end = self._window.start, min(self._window.end, self.span.end)
        named = [str(f.relative_to(self.path)) for f in files]  # by name, or the engine searches the whole tree
        rows = Rows.of(self.catalog.query(QUOTES, [name], start, end - 1, files=named) if named else [])
        held = sum(int(((times >= start) & (times < end)).sum()) for f in files for times in time_column(f))
        if held != len(rows.events):
            message = f"the catalog holds {held} quotes of {name} in a window, but {len(rows.events)} could be read"
            raise TrialError(Reason.DATA, message)
        return rows, held * ROW_BYTES


LATE = (
    "the strategy subscribed to {} in the event of an order or a position, but hears no market data with which it "
    "could have been joined; subscribe in on_data, on_quote or a timer, or subscribe to the underlying's quotes as well"
)
NEVER = 2**62


def merged(columns: Iterable[Sequence[int]]) -> list[int]:
    """All times, ascending, each once."""
    arrays = [np.asarray(c, np.int64) for c in columns]
    return np.unique(np.concatenate(arrays)).tolist() if arrays else []


def next_of(times: Sequence[int], start: int) -> int:
    """The first time from `start` on."""
    n = bisect_left(times, start)
    return times[n] if n < len(times) else NEVER
