"""Events of order books: the deltas up to one with the flag F_LAST, which change the book together.

An order must not meet a book of which only a part of an event is applied, so the engine is given each event whole, as
its own node does (`batch_deltas`). An event counts for the time of its last delta. Deltas of an instrument of which
none has the flag are events of their own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from nautilus_trader import model

from sweep.backtest.data.parquet_columns import F_SNAPSHOT
from sweep.backtest.data.windows import Array, Bounds

DELTAS = "OrderBookDelta"
LAST = 128  # the engine's flag F_LAST


@dataclass(frozen=True, slots=True)
class BookSurvey:
    """The events of all books of a feed, as far as they are not the usual ones of one time that end with F_LAST."""

    spans: tuple[tuple[int, int], ...] = ()  # times of the first and the last delta of events that last
    unflagged: frozenset[str] = frozenset()  # instruments without F_LAST
    trailing: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    # instrument: time of the last delta, and number, of the deltas after the last F_LAST

    def reach(self, start: int) -> int:
        """Time from which deltas belong to the events that end at `start` or later."""
        return min((first for first, last in self.spans if first < start <= last), default=start)


class BookSurveyor:
    """Finds the events in the columns of files, one file after another."""

    def __init__(self) -> None:
        self._open: dict[str, list[Array]] = {}  # times of the deltas after the last F_LAST
        self._flagged: set[str] = set()
        self._spans: list[tuple[int, int]] = []

    def closing_times(self, name: str, times: Array, flags: Array) -> Array:
        """Times at which events end that are whole now, for each of their deltas."""
        self._open.setdefault(name, []).append(times)
        ends = np.flatnonzero(flags & LAST)
        if not len(ends):
            return times[:0]
        self._flagged.add(name)
        waiting = np.concatenate(self._open[name])
        ends += len(waiting) - len(times)
        whole = int(ends[-1]) + 1
        self._open[name] = [waiting[whole:]]
        self._note(waiting[np.concatenate(([0], ends[:-1] + 1))], waiting[ends])
        return waiting[ends[np.searchsorted(ends, np.arange(whole))]]

    def _note(self, firsts: Array, lasts: Array) -> None:
        lasting = firsts < lasts
        self._spans += zip(firsts[lasting].tolist(), lasts[lasting].tolist(), strict=True)

    def rest(self) -> Iterator[Array]:
        """Closing times of the deltas that no F_LAST follows; to be asked for once, after all files."""
        for name, parts in self._open.items():
            times = np.concatenate(parts)
            if name in self._flagged and len(times):
                self._note(times[:1], times[-1:])
                yield np.full(len(times), times[-1])
            else:
                yield times

    def survey(self) -> BookSurvey:
        """The events of all files."""
        left = {name: np.concatenate(parts) for name, parts in self._open.items()}
        trailing = {n: (int(t[-1]), len(t)) for n, t in left.items() if n in self._flagged and len(t)}
        return BookSurvey(tuple(self._spans), frozenset(left.keys() - self._flagged), trailing)


def grouped(deltas: Iterable[Any], survey: BookSurvey, window: Bounds) -> tuple[tuple[Any, ...], tuple[int, ...]]:
    """Events that end in a window, in order, and how many deltas each has. `deltas` begin at `survey.reach`."""
    events: list[tuple[Any, int]] = []
    waiting: dict[Any, list[Any]] = {}
    names: dict[Any, str] = {}
    for delta in deltas:
        key = delta.instrument_id
        name = names.get(key) or names.setdefault(key, str(key))
        if name in survey.unflagged:
            events.append((delta, 1))
            continue
        waiting.setdefault(key, []).append(delta)
        if delta.flags & LAST or is_end(waiting[key], survey.trailing.get(name)):
            events.append((model.OrderBookDeltas(key, waiting[key]), len(waiting.pop(key))))
    inside = [(event, count) for event, count in events if event.ts_init >= window.start]
    return tuple(event for event, _ in inside), tuple(count for _, count in inside)


def is_end(waiting: Sequence[Any], trailing: tuple[int, int] | None) -> bool:
    """True for all of the deltas at the end of the data that no F_LAST follows."""
    return trailing is not None and (waiting[-1].ts_init, len(waiting)) == trailing


def is_snapshot(delta: Any) -> bool:
    """True for a delta with which a book begins anew."""
    return delta.action == model.BookAction.CLEAR or bool(delta.flags & F_SNAPSHOT)
