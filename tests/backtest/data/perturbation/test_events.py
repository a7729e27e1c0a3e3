"""Perturbed events: the same however windows are cut, and nothing at size zero."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.feed import Feed
from sweep.backtest.data.perturbation.events import PerturbedEvents
from sweep.backtest.data.windows import Bounds, WindowCache
from sweep.backtest.engine.backtest_run import run
from sweep.spec.components.perturbation import PERTURBATION, Perturbation
from tests.backtest.conftest import T0
from tests.support import markets
from tests.support.markets import SECOND
from tests.support.strategies import Score
from tests.support.trials import strategy, trial

SPY = markets.equity()
CENT = SPY.price_increment.raw
QUOTES = DataEntry("QuoteTick", ("SPY.ARCA",))
SCORES = DataEntry("Score", custom=Score)
ENOUGH = 4000


def prices(quote):
    return str(quote.bid_price), str(quote.ask_price)


def scores(count):
    times = [T0 + n // 2 * SECOND for n in range(count)]  # two in each nanosecond
    return [
        markets.CustomData(markets.DataType("Score"), Score(ts_event=t, ts_init=t, score=float(n)))
        for n, t in enumerate(times)
    ]


def reader(events, queries=None):
    def query(bounds):
        if queries is not None:
            queries.append(bounds)
        return [e for e in events if bounds.start <= e.ts_init < bounds.end]

    return query


@given(cuts=st.sets(st.integers(1, 30)), seed=st.integers(0, 9), delay=st.sampled_from([0, 1, 7.5]))
def test_events_are_the_same_however_windows_are_cut(cuts, seed, delay):
    rules = Perturbation(noise=1, spread=1.5, drop=0.3, delay=delay, seed=seed)
    changed = PerturbedEvents(rules, {"SPY.ARCA": CENT})
    quotes = markets.quotes(SPY, [(T0 + n // 3 * SECOND, 100.0, 100.02) for n in range(60)])
    edges = [T0, *(T0 + n * SECOND for n in sorted(cuts)), T0 + 40 * SECOND]
    for entry, events, say in (
        (QUOTES, quotes, lambda e: (e.ts_init, *prices(e))),
        (SCORES, scores(60), lambda e: (e.ts_init, e.data.score)),
    ):
        whole = changed.read(entry, Bounds(edges[0], edges[-1]), reader(events))
        parts = [changed.read(entry, Bounds(a, b), reader(events)) for a, b in pairwise(edges)]
        assert [say(e) for part in parts for e in part] == [say(e) for e in whole]


def test_a_delay_is_up_to_its_length_in_order_of_the_new_times_and_the_engine_sees_it():
    changed = PerturbedEvents(Perturbation(delay=3), {})
    events = changed.read(SCORES, Bounds(T0, T0 + 100 * SECOND), reader(scores(40)))
    late = [e.ts_init - e.ts_event for e in events]
    assert len(events) == 40
    assert 0 <= min(late) < max(late) <= 3 * SECOND
    assert max(late) > 2 * SECOND
    assert [e.ts_init for e in events] == sorted(e.ts_init for e in events)
    assert all(e.ts_init == e.data.ts_init for e in events)


def test_market_data_is_not_delayed_and_only_own_events_ask_for_what_came_before():
    queries = []
    changed = PerturbedEvents(Perturbation(delay=3), {"SPY.ARCA": CENT})
    quotes = markets.quotes(SPY, [(T0, 100.0, 100.02)])
    assert changed.read(QUOTES, Bounds(T0, T0 + 1), reader(quotes, queries)) == quotes
    changed.read(SCORES, Bounds(T0, T0 + 1), reader([], queries))
    assert queries == [Bounds(T0, T0 + 1), Bounds(T0 - 3 * SECOND, T0 + 1)]


def test_the_share_of_lost_events_and_the_noise_are_as_written():
    quotes = markets.quotes(SPY, [(T0 + n * SECOND, 100.0, 100.1) for n in range(ENOUGH)])
    window = Bounds(T0, T0 + ENOUGH * SECOND)
    lossy = PerturbedEvents(Perturbation(drop=0.2), {"SPY.ARCA": CENT})
    assert abs(len(lossy.read(QUOTES, window, reader(quotes))) / ENOUGH - 0.8) < 0.025
    noisy = PerturbedEvents(Perturbation(noise=0.5), {"SPY.ARCA": CENT})
    shifts = [float(q.bid_price.as_double()) - 100 for q in noisy.read(QUOTES, window, reader(quotes))]
    assert abs(np.mean(shifts)) < 0.004
    assert np.std(shifts) == pytest.approx(0.05, rel=0.06)  # half of ten cents
    wide = PerturbedEvents(Perturbation(spread=1.25), {"SPY.ARCA": CENT})
    spreads = [q.ask_price.as_double() - q.bid_price.as_double() for q in wide.read(QUOTES, window, reader(quotes))]
    assert np.mean(spreads) == pytest.approx(0.125, rel=0.02)


def outcome(spy, cache=None, **rules):
    backtest = trial(spy, strategy(orders=[[1, 100], [9, -100]])) | ({PERTURBATION: rules} if rules else {})
    return run(backtest, cache=cache or WindowCache(0))


def test_a_perturbation_of_size_zero_is_the_unperturbed_trial(spy):
    plain, zero = outcome(spy), outcome(spy, noise=0.0, spread=1.0, drop=0.0, delay=0.0, seed=7)
    assert (zero.metrics, zero.returns, zero.fills) == (plain.metrics, plain.returns, plain.fills)


def test_wider_spreads_cost_what_they_cost_by_hand(spy):
    # bought at the ask, sold at the bid: each of the 100 shares pays one more cent in and one more out
    plain, wide = outcome(spy), outcome(spy, spread=2.0)
    assert plain.metrics["pnl_total"] - wide.metrics["pnl_total"] == pytest.approx(100 * 0.02)


def test_a_perturbed_trial_is_the_same_again_and_another_with_another_seed(spy):
    one, again, other = (outcome(spy, noise=3.0, seed=seed) for seed in (1, 1, 2))
    assert one.fills == again.fills
    assert one.metrics["pnl_total"] == again.metrics["pnl_total"] != other.metrics["pnl_total"]


def test_lost_events_do_not_stop_the_trial_as_rows_that_could_not_be_read(spy):
    lossy = outcome(spy, drop=0.4, seed=3)
    assert lossy.stats["events"] < outcome(spy).stats["events"]


def test_seeds_share_what_was_decoded_and_neither_sees_the_changes_of_the_other(spy, monkeypatch):
    cache, queried = WindowCache(10**9), []
    original = Feed.query
    monkeypatch.setattr(Feed, "query", lambda *args, **more: queried.append(1) or original(*args, **more))
    first, decoded = outcome(spy, cache, noise=3.0, seed=1), len(queried)
    second, again = (outcome(spy, cache, noise=3.0, seed=seed) for seed in (2, 1))
    assert len(queried) == decoded > 0
    assert (first.fills, second.fills) == (again.fills, outcome(spy, noise=3.0, seed=2).fills)
