import numpy as np
import pytest

from sweep.catalog.demo import stock

PUBLISHED = [
    (72505, 72405, 55),
    (72400, 72213, 59),
    (71972, 72409, 58),
    (72529, 73368, 69),
    (73376, 73699, 72),
]  # first bid, last bid (cents), events
PUBLISHED_SCORES = 18075.8


@pytest.fixture(scope="module")
def days():
    return list(stock.sessions())


def test_five_sessions_of_one_quote_a_second(days):
    assert len(days) == 5
    for n, day in enumerate(days):
        assert len(day.ts) == len(day.bid) == len(day.ask) == len(day.bid_size) == len(day.ask_size) == 23_400
        assert str(np.datetime64(int(day.ts[0]), "ns")) == f"2026-05-0{4 + n}T13:30:00.000000000"
        assert str(np.datetime64(int(day.ts[-1]), "ns")) == f"2026-05-0{4 + n}T19:59:59.000000000"
        assert set(np.diff(day.ts)) == {10**9}


def test_the_same_numbers_on_every_run(days):
    for day, again in zip(days, stock.sessions(), strict=True):
        assert (day.bid == again.bid).all()
        assert (day.ask_size == again.ask_size).all()
        assert day.events == again.events


def test_more_days_go_on_where_the_first_five_end(days):
    more = list(stock.sessions(11))
    assert [str(np.datetime64(int(day.ts[0]), "ns"))[:10] for day in more[4:7]] == [
        "2026-05-08",
        "2026-05-11",
        "2026-05-12",
    ]
    assert str(stock.weekday(10)) == "2026-05-18"
    for day, same in zip(days, more, strict=False):
        assert (day.bid == same.bid).all()
        assert day.events == same.events


def test_the_numbers_are_those_that_were_published(days):
    # of another numpy, or another machine, too: what the documents say of the built-in data rests on them
    assert [(int(d.bid[0]), int(d.bid[-1]), len(d.events)) for d in days] == PUBLISHED
    assert sum(e.score for d in days for e in d.events) == pytest.approx(PUBLISHED_SCORES)


def test_quotes_are_those_of_a_liquid_market(days):
    for day in days:
        spread = day.ask - day.bid
        assert spread.min() == 1
        assert spread.max() <= 5
        assert np.median(spread) == 1
        assert spread[:120].mean() > 1.5 * spread[3600:-3600].mean()
        assert (day.bid_size % 100 == 0).all()
        assert day.bid_size.min() >= 100
        assert 650 < day.bid[0] / 100 < 800
        daily = day.bid.max() / day.bid.min() - 1
        assert 0.003 < daily < 0.03


def test_the_open_is_wilder_than_noon_and_the_close_is_again(days):
    mids = [(day.bid + day.ask) / 2 for day in days]
    opened, noon, closed = (
        np.mean([np.diff(mid[span]).std() for mid in mids])
        for span in (slice(0, 1800), slice(10_800, 12_600), slice(-1800, None))
    )
    assert opened > 1.3 * noon
    assert closed > 1.1 * noon


def test_events_are_scored_and_never_at_the_time_of_a_quote(days):
    events = [event for day in days for event in day.events]
    assert min(len(day.events) for day in days) >= 48
    assert max(len(day.events) for day in days) <= 72
    assert all(event.ts % 10**9 for event in events)
    assert {event.bias for event in events} == {"bullish", "bearish", "neutral"}
    scores = np.array([event.score for event in events])
    assert 0 <= scores.min() < 40
    assert 90 < scores.max() <= 100
    assert all(0 <= event.conviction <= 1 for event in events)
    assert np.corrcoef(scores, [event.conviction for event in events])[0, 1] > 0.5
    for day in days:
        at = (np.array([event.ts for event in day.events]) - day.ts[0]) // 10**9
        assert np.allclose([event.price for event in day.events], (day.bid + day.ask)[at] / 200)


def test_high_scores_are_right_more_often(monkeypatch):
    """Over many weeks: within one, luck hides it, and that is the point of the data."""
    followed: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(20):
        monkeypatch.setattr(stock, "SEED", seed)
        for day in stock.sessions():
            mid = (day.bid + day.ask) / 2
            for event in day.events:
                at = int((event.ts - day.ts[0]) // 10**9)
                if event.bias != "neutral" and at < 22_000:
                    after = mid[at + stock.DIP + stock.RAMP] / mid[at] - 1
                    followed[event.score >= 75].append(after if event.bias == "bullish" else -after)
    assert np.mean(followed[True]) > 0.0002
    assert np.mean(followed[False]) < 0.0001
