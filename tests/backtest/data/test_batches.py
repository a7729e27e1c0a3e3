"""Decoded events arrive in one order, however they are cut and woven, and each trial has its own custom ones."""

from heapq import merge
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader import model

from sweep.backtest.data.batches import CUSTOM_CLIENT, Batch, CopyOnWriteEvent, own_copy, parted, woven
from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.windows import Bounds
from tests.support.strategies import News, Score

TIMES = st.lists(st.integers(10, 39), max_size=20).map(sorted)


def batches(**times):
    """A batch for each kind that has times; those of one capital letter are custom."""
    kinds = {kind: DataEntry(kind, custom=object if len(kind) == 1 else None) for kind in times}
    events_by_kind = {k: tuple(SimpleNamespace(ts_init=t, kind=k, n=n) for n, t in enumerate(times[k])) for k in times}
    return tuple(Batch(kinds[k], events) for k, events in events_by_kind.items() if events)


@given(times=TIMES, others=TIMES, at=st.lists(st.integers(0, 50), unique=True, max_size=6).map(sorted))
def test_a_decoded_stretch_is_cut_where_it_is_asked_for_and_loses_nothing(times, others, at):
    whole = batches(QuoteTick=times, Bar=others)
    parts = list(parted(Bounds(10, 40), whole, at))
    assert [p.bounds.start for p in parts] == [10, *(t for t in at if 10 < t < 40)]
    assert [p.bounds.end for p in parts] == [*(t for t in at if 10 < t < 40), 40]
    for batch in whole:
        pieces = [(p.bounds, b) for p in parts for b in p.batches if b.entry == batch.entry]
        assert tuple(e for _, b in pieces for e in b.events) == batch.events
        assert all(bounds.start <= e.ts_init < bounds.end for bounds, b in pieces for e in b.events)
    assert all(b.events for p in parts for b in p.batches)


@given(quotes=TIMES, bars=TIMES, scores=TIMES, news=TIMES)
def test_woven_events_arrive_as_batches_added_one_by_one_would(quotes, bars, scores, news):
    """The engine merges what it is given by time; of one time the list that was added first comes first."""
    given_one_by_one = batches(QuoteTick=quotes, Bar=bars, S=scores, N=news)
    streams = woven(given_one_by_one)
    assert len(streams) <= max(1, bool(quotes) + bool(bars))

    def arriving(lists):
        return [(e.kind, e.n) for e in merge(*lists, key=lambda e: e.ts_init)]

    assert arriving(s.events for s in streams) == arriving(b.events for b in given_one_by_one)
    for stream in streams:
        assert [n for n, e in enumerate(stream.events) if len(e.kind) == 1] == sorted(stream.custom)
        assert stream.client_id == (CUSTOM_CLIENT if stream.custom else None)


def custom(data):
    return model.CustomData(model.DataType(type(data).__name__), data)


def test_each_trial_has_its_own_custom_events():
    event = custom(Score(ts_event=5, ts_init=5, score=1.0))
    quote = SimpleNamespace(ts_init=5)
    (stream,) = woven([Batch(DataEntry("QuoteTick"), (quote,)), Batch(DataEntry("Score", custom=Score), (event,))])
    one, two = stream.fresh(), stream.fresh()
    one[1].data.score = 2.0
    assert (two[1].data.score, event.data.score, stream.fresh()[1].data.score) == (1.0, 1.0, 1.0)
    assert one[0] is quote


def test_what_an_event_holds_is_its_own_too():
    news = custom(News(ts_event=5, ts_init=5))
    news.data.words = {"said": 1}
    own_copy(news).data.words["said"] = 2
    assert news.data.words == {"said": 1}


def lent_to(deed, times: int = 3):
    """Copies that strategies receive when the first one changes its own, and the event itself."""
    event = model.CustomData(model.DataType("Score"), Score(ts_event=1, ts_init=1, score=7.0))
    lent, readings = CopyOnWriteEvent(event), []
    for n in range(times):
        copied = lent.take()
        readings.append((id(copied.data), copied.data.score))
        if n == 0:
            deed(copied)
        del copied
    return readings, event


def test_who_only_reads_an_event_shares_it_with_the_next():
    readings, event = lent_to(lambda copied: copied.data.score + 1)
    assert [score for _, score in readings] == [7.0] * 3
    assert len({place for place, _ in readings}) == 1
    assert readings[0][0] != id(event.data)


def test_who_changes_an_event_changes_it_for_nobody_else():
    def change(copied):
        copied.data.score = 1.0
        copied.data.more = "new"

    readings, event = lent_to(change)
    assert [score for _, score in readings] == [7.0] * 3
    assert event.data.score == 7.0


@pytest.mark.parametrize(
    "part", [lambda c: c, lambda c: c.data, lambda c: vars(c.data)], ids=["event", "data", "fields"]
)
def test_who_keeps_an_event_has_it_alone(part):
    references = []
    readings, _ = lent_to(lambda copied: references.append(part(copied)))
    assert readings[0][0] != readings[1][0] == readings[2][0]
    fields = references[0] if isinstance(references[0], dict) else vars(getattr(references[0], "data", references[0]))
    assert fields["score"] == 7.0
