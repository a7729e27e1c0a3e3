"""Events of books are found in columns and made of deltas alike, whatever windows cut them."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader.model import BookAction, BookOrder, InstrumentId, OrderBookDelta, OrderSide, Price, Quantity

from sweep.backtest.data.book_events import LAST, BookSurveyor, grouped
from sweep.backtest.data.windows import Bounds

ROWS = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=40)


def deltas(rows):
    """(nanoseconds since the one before, True for instrument A, True for the flag) as deltas in order."""
    time, deltas = 10, []
    order = BookOrder(OrderSide.BUY, Price(1.0, 2), Quantity(1, 0), 0)
    for gap, is_a, is_last in rows:
        time += gap
        name = InstrumentId.from_str("A.X" if is_a else "B.X")
        deltas.append(OrderBookDelta(name, BookAction.ADD, order, LAST if is_last else 0, len(deltas), time, time))
    return deltas


def surveyed(rows, size=7):
    surveyor, counted = BookSurveyor(), []
    for name in ("A.X", "B.X"):
        mine = [d for d in rows if str(d.instrument_id) == name]
        for n in range(0, len(mine), size):
            part = mine[n : n + size]
            times, flags = (np.array([getattr(d, field) for d in part], np.int64) for field in ("ts_init", "flags"))
            counted += surveyor.closing_times(name, times, flags).tolist()
    counted += [time for times in surveyor.rest() for time in times.tolist()]
    return surveyor.survey(), counted


def sequences(event):
    return [d.sequence for d in getattr(event, "deltas", [event])]


@given(ROWS, st.lists(st.integers(10, 130), max_size=5))
def test_no_window_cuts_an_event_and_none_is_lost(rows, edges):
    feed = deltas(rows)
    survey, counted = surveyed(feed)
    whole, _ = grouped(feed, survey, Bounds(0, 1000))
    borders = [0, *sorted(set(edges)), 1000]
    parts = []
    for start, end in pairwise(borders):
        window, reach = Bounds(start, end), survey.reach(start)
        events, sizes = grouped([d for d in feed if reach <= d.ts_init < end], survey, window)
        assert sum(sizes) == sum(start <= time < end for time in counted)
        assert all(start <= e.ts_init < end for e in events)
        parts += events
    assert [sequences(e) for e in parts] == [sequences(e) for e in whole]
    assert sorted(n for e in whole for n in sequences(e)) == list(range(len(feed)))


def test_what_has_no_flag_is_single_and_what_is_left_is_one_event():
    feed = deltas([(1, True, False), (1, True, False), (1, False, True), (1, False, False), (1, False, False)])
    survey, _ = surveyed(feed)
    assert (survey.unflagged, survey.trailing) == (frozenset({"A.X"}), {"B.X": (15, 2)})
    assert [sequences(e) for e in grouped(feed, survey, Bounds(0, 99))[0]] == [[0], [1], [2], [3, 4]]
