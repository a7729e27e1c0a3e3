"""Newest prices at the ends of minutes, by hand."""

import numpy as np
import pytest

from sweep.backtest.accounting.market_minutes import MINUTE, MarketMinutes, merged, minutes_of, newest, sampled
from sweep.backtest.accounting.marks import Marks
from sweep.backtest.data.batches import Batch, FeedPart
from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.windows import Bounds
from tests.support import markets
from tests.support.markets import SECOND

STOCK, OTHER = markets.equity(), markets.equity("QQQ.ARCA")
T0 = 28_000_000 * MINUTE


class Empty:
    def quote(self, _):
        return None


def part(kind, names, *events):
    batch = Batch(DataEntry(kind, names), events)
    return FeedPart(Bounds(0, 1), (batch,), ())


def quoted(rows, instrument=STOCK):
    return markets.quotes(instrument, [(T0 + t, bid, bid + 0.02) for t, bid in rows])


def followed(*parts):
    minutes = MarketMinutes()
    for each in parts:
        minutes.follow(each, Marks(Empty(), [], []))
    minutes.close_day(0)
    return minutes


def test_the_last_quote_of_each_minute():
    rows = quoted([(0, 100), (59 * SECOND, 101), (MINUTE, 102), (3 * MINUTE, 103)])
    minutes = followed(part("QuoteTick", ("SPY.ARCA",), *rows))
    assert minutes.minutes.tolist() == [28_000_000, 28_000_001, 28_000_003]
    assert [side.tolist() for side in minutes.prices("SPY.ARCA")] == [[101, 102, 103], [101.02, 102.02, 103.02]]
    assert minutes.day_ends == [3]


def test_a_minute_that_two_windows_share_has_the_later_price():
    first, second = quoted([(0, 100)]), quoted([(SECOND, 105)])
    minutes = followed(part("QuoteTick", ("SPY.ARCA",), *first), part("QuoteTick", ("SPY.ARCA",), *second))
    assert minutes.prices("SPY.ARCA")[0].tolist() == [105]


def test_an_instrument_without_data_in_a_minute_keeps_its_price():
    events = sorted(quoted([(0, 100), (2 * MINUTE, 102)]) + quoted([(MINUTE, 50)], OTHER), key=lambda q: q.ts_init)
    minutes = followed(part("QuoteTick", ("QQQ.ARCA", "SPY.ARCA"), *events))
    assert minutes.prices("SPY.ARCA")[0].tolist() == [100, 100, 102]
    assert np.isnan(minutes.prices("QQQ.ARCA")[0][0])
    assert minutes.prices("QQQ.ARCA")[0][1:].tolist() == [50, 50]


def test_a_bar_belongs_to_the_minute_that_it_ends():
    kind = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
    rows = markets.bars(kind, [(T0 + MINUTE, *[100.0] * 4), (T0 + 2 * MINUTE, *[101.0] * 4)])
    ((source, columns),) = sampled(Batch(DataEntry("Bar", (kind,)), tuple(rows)))
    assert (source.instrument, source.name) == ("SPY.ARCA", kind)
    assert columns[0].tolist() == [28_000_000, 28_000_001]


def test_a_fill_counts_from_the_first_minute_that_ends_at_it_or_later():
    minutes = followed(part("QuoteTick", ("SPY.ARCA",), *quoted([(0, 100), (MINUTE, 101), (3 * MINUTE, 103)])))
    times = [T0 + 1, T0 + MINUTE, T0 + MINUTE + 1, T0 + 2 * MINUTE + 1, T0 + 5 * MINUTE]
    assert minutes.places(times).tolist() == [0, 0, 1, 2, 3]


def test_a_day_without_a_price_has_a_minute():
    minutes = MarketMinutes()
    minutes.close_day(T0 + MINUTE)
    assert (minutes.minutes.tolist(), minutes.day_ends) == ([28_000_000], [1])


def test_the_samples_of_a_part_are_made_once():
    each = part("QuoteTick", ("SPY.ARCA",), *quoted([(0, 100)]))
    followed(each)
    samples = each.notes["minutes"]
    followed(each)
    assert each.notes["minutes"] is samples


def prices(*rows):
    time, bid, ask = zip(*rows, strict=True)
    return np.array(time), np.array(bid, float), np.array(ask, float)


def test_the_newest_source_counts_and_of_equal_times_the_first():
    quotes, trades = prices((5, 1, 2), (5, 1, 2), (9, 3, 4)), prices((4, 7, 7), (6, 8, 8), (9, 9, 9))
    bid, ask = newest([(2, trades), (0, quotes)], 3)
    assert (bid.tolist(), ask.tolist()) == ([1, 8, 3], [2, 8, 4])


def test_bars_of_two_sides_and_one_side_alone():
    nan = float("nan")
    bids, asks = prices((1, 5, nan), (9, 6, nan)), prices((2, nan, 8), (2, nan, 8))
    time, bid, ask = merged([bids, asks])
    assert (time.tolist(), bid.tolist(), ask.tolist()) == ([2, 9], [5, 6], [8, 8])
    _, bid, ask = merged([bids])
    assert (bid.tolist(), ask.tolist()) == ([5, 6], [5, 6])


@pytest.mark.parametrize("shift", [0, 1])
def test_minutes_cover_all_events(shift):
    events = quoted([(n * 7 * SECOND, 100) for n in range(60)])
    spans = list(minutes_of(events, shift))
    assert [n for _, start, end in spans for n in range(start, end)] == list(range(60))
    assert all((e.ts_init - shift) // MINUTE == minute for minute, a, b in spans for e in events[a:b])
