"""Windows cover every row once; the cache keeps within its budget."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.data.trading_days import NANOS, TradingDay
from sweep.backtest.data.windows import Bounds, Histogram, WindowCache, shared_cache
from sweep.errors import InputError

HOUR = 3600 * NANOS


def histogram(times, start, end):
    counts = Histogram(start, end)
    counts.add(np.array(times, np.int64), is_market=True)
    return counts


@given(st.data(), st.integers(1, 50))
def test_windows_cover_every_row_once_and_no_window_is_far_too_big(data, rows):
    start = data.draw(st.integers(0, 5 * HOUR))
    end = start + data.draw(st.integers(60 * NANOS, 30 * HOUR))
    times = np.array(data.draw(st.lists(st.integers(start, end - 1), min_size=1, max_size=300)), np.int64)
    windows = histogram(times, start, end).cut(TradingDay("d", start, end), rows)
    assert (windows[0].start, windows[-1].end) == (start, end)
    assert all(a.end == b.start for a, b in pairwise(windows))
    assert sum(int(((times >= w.start) & (times < w.end)).sum()) for w in windows) == len(times)


def test_windows_hold_about_as_many_rows_as_asked():
    times = np.arange(10_000, dtype=np.int64) * NANOS
    windows = histogram(times, 0, 3 * HOUR).cut(TradingDay("d", 0, 3 * HOUR), 1000)
    sizes = [int(((times >= w.start) & (times < w.end)).sum()) for w in windows]
    assert sum(sizes) == 10_000
    assert max(sizes) <= 1060  # a minute has 60


def test_a_session_without_rows_has_no_windows():
    assert histogram([5], 0, 2 * HOUR).cut(TradingDay("d", HOUR, 2 * HOUR), 10) == []


def test_surveys_are_made_once_and_the_oldest_is_forgotten():
    cache, calls = WindowCache(0), []
    for identity in [*range(17), 16, 0]:
        cache.survey(identity, lambda identity=identity: calls.append(identity))
    assert calls == [*range(17), 0]


def test_long_periods_have_coarser_buckets():
    assert len(Histogram(0, 20 * 365 * 24 * HOUR).all) < 2_100_000


def load(cache, group, names, size=10):
    """The windows that had to be decoded."""
    decoded = []
    for name in names:
        cache.get(group, Bounds(name, name + 1), lambda name=name: (decoded.append(name) or f"{group}{name}", size))
    return decoded


def test_a_second_pass_decodes_nothing():
    cache = WindowCache(100)
    assert load(cache, "a", range(5)) == [0, 1, 2, 3, 4]
    assert load(cache, "a", range(5)) == []
    assert cache.used == 50


def test_a_full_cache_keeps_what_it_has():
    # Evicting the least recently used would decode all of it again in each pass.
    cache = WindowCache(30)
    load(cache, "a", range(5))
    assert load(cache, "a", range(5)) == [3, 4]
    assert cache.used == 30


def test_other_data_makes_room_for_this():
    cache = WindowCache(30)
    load(cache, "a", range(3))
    load(cache, "b", range(3))
    assert load(cache, "b", range(3)) == []
    assert load(cache, "a", range(3)) == [0, 1, 2]


def test_no_budget_no_cache():
    cache = WindowCache(0)
    load(cache, "a", range(3))
    assert (load(cache, "a", range(3)), cache.used) == ([0, 1, 2], 0)


def test_the_budget_comes_from_the_environment(monkeypatch):
    for text, size in (("2 MiB", 2 * 2**20), ("0", 0)):
        monkeypatch.setenv("SWEEP_WINDOW_CACHE", text)
        shared_cache.cache_clear()
        assert shared_cache().budget == size
    monkeypatch.setenv("SWEEP_WINDOW_CACHE", "lots")
    shared_cache.cache_clear()
    with pytest.raises(InputError, match="SWEEP_WINDOW_CACHE"):
        shared_cache()
    monkeypatch.delenv("SWEEP_WINDOW_CACHE")
    shared_cache.cache_clear()
    assert shared_cache().budget == 512 * 2**20
