from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.catalog.ingest.bars_to_quotes import CLOSE, Bars, sound, ticks_of

MINUTE = 60 * 10**9
PRICE = st.integers(1, 30)


def bars(rows: dict[int, tuple[int, int, int, int]]) -> Bars:
    """From {minute: (open, high, low, close)}."""
    return Bars(np.array(list(rows), np.int64) * MINUTE, np.array(list(rows.values()), np.int64).reshape(-1, 4))


def quotes(bid: Bars, ask: Bars) -> tuple[list[tuple[int, int, int]], Counter[str], Counter[str]]:
    dropped, noticed = Counter[str](), Counter[str]()
    ticks = ticks_of(bid, ask, MINUTE, 7, dropped, noticed)
    assert set(ticks.bid_size.tolist()) | set(ticks.ask_size.tolist()) <= {7}
    return list(zip(ticks.ts.tolist(), ticks.bid.tolist(), ticks.ask.tolist(), strict=True)), +dropped, +noticed


def test_a_rising_bar_is_low_before_high():
    ticks, dropped, noticed = quotes(bars({1: (10, 19, 5, 15)}), bars({1: (11, 20, 6, 16)}))
    third = MINUTE // 3
    assert ticks == [
        (MINUTE, 10, 11), (MINUTE + third, 5, 6), (MINUTE + 2 * third, 19, 20), (2 * MINUTE - CLOSE, 15, 16),
    ]  # fmt: skip
    assert not dropped
    assert not noticed


def test_a_falling_bar_is_high_before_low():
    ticks, _, _ = quotes(bars({1: (15, 19, 5, 10)}), bars({1: (16, 20, 6, 11)}))
    assert [bid for _, bid, _ in ticks] == [15, 19, 5, 10]


def test_a_bar_that_ends_where_it_began_counts_as_rising():
    ticks, _, _ = quotes(bars({1: (10, 19, 5, 10)}), bars({1: (11, 20, 6, 11)}))
    assert [bid for _, bid, _ in ticks] == [10, 5, 19, 10]


def test_bars_of_one_side_alone_are_counted():
    bid = bars(dict.fromkeys((1, 2, 3, 5), (10, 10, 10, 10)))
    ask = bars(dict.fromkeys((2, 3, 4, 6, 7), (11, 11, 11, 11)))
    ticks, dropped, _ = quotes(bid, ask)
    assert [ts // MINUTE for ts, _, _ in ticks] == [2, 2, 2, 2, 3, 3, 3, 3]
    assert dropped == {"bars of the bid file alone": 2, "bars of the ask file alone": 3}


def test_an_extreme_of_two_moments_is_kept_on_the_careful_side():
    flat = dict.fromkeys((2, 3), (10, 10, 10, 10))
    bid = bars({1: (10, 25, 9, 10), **flat})
    ask = bars({1: (11, 24, 8, 11), **dict.fromkeys(flat, (11, 11, 11, 11))})
    ticks, _, noticed = quotes(bid, ask)
    assert [(b, a) for _, b, a in ticks[:4]] == [(10, 11), (8, 9), (24, 25), (10, 11)]
    assert noticed == {"bid above ask, exchanged": 2}


def test_files_given_the_wrong_way_round_are_refused():
    bid, ask = bars({1: (10, 10, 10, 10)}), bars({1: (11, 11, 11, 11)})
    with pytest.raises(ValueError, match="exchanged"):
        quotes(ask, bid)


@pytest.mark.parametrize("minutes", [(0, 5, 10), (0, 60)])
def test_bars_of_another_length_are_refused(minutes):
    five = bars(dict.fromkeys(minutes, (10, 10, 10, 10)))
    with pytest.raises(ValueError, match="--bar-seconds"):
        quotes(five, five)


@st.composite
def sides(draw):
    """Two sound sides over some minutes, the ask above the bid at each of the four prices."""
    minutes = draw(st.lists(st.integers(0, 40), min_size=1, unique=True).map(sorted))
    minutes = [minutes[0], minutes[0] + 1, *(m for m in minutes if m > minutes[0] + 1)]
    bid, ask = dict[int, tuple[int, int, int, int]](), dict[int, tuple[int, int, int, int]]()
    for m in minutes:
        opened, closed, up, down, spread = (draw(PRICE) for _ in range(5))
        bid[m] = (opened, max(opened, closed) + up, min(opened, closed) - down, closed)
        ask[m] = (opened + spread, bid[m][1] + spread, bid[m][2] + spread, closed + spread)
    return bid, ask


@given(sides())
def test_every_price_of_every_bar_comes_in_order_inside_its_bar(both):
    bid, ask = both
    ticks, dropped, noticed = quotes(bars(bid), bars(ask))
    assert [ts for ts, _, _ in ticks] == sorted({ts for ts, _, _ in ticks})
    assert len(ticks) == 4 * len(bid)
    for n, minute in enumerate(bid):
        four = ticks[4 * n : 4 * n + 4]
        assert all(minute * MINUTE <= ts < (minute + 1) * MINUTE for ts, _, _ in four)
        assert sorted(b for _, b, _ in four) == sorted(bid[minute])
        assert sorted(a for _, _, a in four) == sorted(ask[minute])
        assert (four[0][1], four[3][1]) == (bid[minute][0], bid[minute][3])
    assert not dropped
    assert not noticed


def test_bars_are_put_in_order_each_once_and_only_if_they_can_be():
    rows = Bars(
        np.array([3, 1, 2, 2, 4], np.int64) * MINUTE,
        np.array([(9, 9, 9, 9), (5, 6, 4, 5), (7, 8, 6, 7), (7, 8, 6, 7), (9, 8, 7, 8)], np.int64),
    )
    dropped, noticed = Counter[str](), Counter[str]()
    sides = sound(rows, "bid", dropped, noticed)
    assert (sides.ts // MINUTE).tolist() == [1, 2, 3]
    assert sides.prices[:, 0].tolist() == [5, 7, 9]
    assert +dropped == {"bid bars twice": 1, "bid bars whose high and low do not hold open and close": 1}
    assert +noticed == {"bid bars out of order": 3}


def test_two_different_bars_of_one_time_are_refused():
    rows = Bars(np.array([0, MINUTE, MINUTE], np.int64), np.array([(1,) * 4, (2,) * 4, (3,) * 4], np.int64))
    with pytest.raises(ValueError, match="two different bars of 1970-01-01T00:01:00"):
        sound(rows, "bid", Counter(), Counter())


ROW = st.tuples(st.integers(0, 6), st.integers(-1, 5), st.integers(-1, 5), st.integers(0, 2), st.integers(0, 2))
