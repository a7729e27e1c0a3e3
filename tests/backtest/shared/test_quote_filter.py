"""Packs that leave out quotes give the results of isolated trials, which receive every quote."""

from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.backtest.shared import quote_filter, shared_run
from sweep.backtest.shared.quote_filter import FilterScope, QuoteTimeline, RestingPrices
from tests.backtest.shared import test_shared_run
from tests.backtest.shared.test_shared_run import T0, actions, backtest, differences
from tests.support import markets
from tests.support.markets import DAY, SECOND
from tests.support.random_strategy import ACTIONS, SHARED
from tests.support.strategies import Score

FAST = 1_000_000  # nanoseconds between quotes of a burst


def market(folder, seed: int, quotes: int = 1600, *, every: int = 6, sizes=(1000,), stale: bool = False):
    """A walk of SPY over two sessions in bursts and gaps, some quotes of one nanosecond; a score every few quotes."""
    draw, stock, rows, scores, price = Random(seed), markets.equity(margin="0.5"), [], [], 100.0
    for day in range(2):
        t = T0 + day * DAY
        for _ in range(quotes // 2):
            t += draw.choice((0, FAST, 30 * FAST, SECOND, 5 * SECOND, 40 * SECOND))
            jump = draw.choice((-0.5, 0.5)) if draw.random() < 0.003 else 0.0
            price = max(5.0, price + draw.choice((-0.02, -0.01, 0, 0, 0.01, 0.02)) + jump)
            rows.append((t, round(price, 2), round(price + draw.choice((0.01, 0.02, 0.03)), 2)))
            if not draw.randrange(every):
                at = t + draw.choice((0, 0, FAST // 2, 3 * SECOND))
                scores.append(Score(ts_event=at, ts_init=at, score=1.0))
    quoted = markets.quotes(stock, rows, size=1000)
    if stale:
        quoted = [markets.later(q, 2 * SECOND) if not n % 50 else q for n, q in enumerate(quoted)]
    if sizes != (1000,):
        quoted = [markets.sized(q, draw.choice(sizes)) for q in quoted]
    scores = sorted({s.ts_init: s for s in scores}.values(), key=lambda s: s.ts_init)
    return markets.write(folder, [stock], quotes=quoted, events=scores)


def event_strategies(catalog, count: int, *, latency: int = 0, **config):
    return [
        backtest(catalog, "random_strategy:RandomEventStrategy", {"seed": n, "often": 4} | config, latency=latency)
        for n in range(count)
    ]


@pytest.fixture(autouse=True)
def eager(monkeypatch):
    """Leave out whatever can be, also where it would not pay."""
    monkeypatch.setattr(quote_filter, "CLOSE", 1)


@pytest.fixture
def skipped(monkeypatch):
    """The number of quotes that each pack left out, and its number of events."""
    counts, dispose = [], shared_run.SharedRun.dispose

    def note(self):
        counts.append((self.skipped, self.events))
        dispose(self)

    monkeypatch.setattr(shared_run.SharedRun, "dispose", note)
    return counts


def same(many):
    """The differences between a pack and its trials run in isolation, and the number of fills."""
    outcomes = shared_run.run([(one, ()) for one in many])
    refused = [why for why in outcomes if isinstance(why, str)]
    assert not refused
    return [differences(*both) for both in zip(many, outcomes, strict=True)], sum(o.metrics["fills"] for o in outcomes)


@pytest.mark.parametrize(
    ("latency", "seed"),  # of a market in which no last order is on its way at the end
    [(0, 3), (25_000_000, 3), pytest.param(2_000_000_000, 4, marks=pytest.mark.slow)],
)
def test_each_trial_is_as_it_is_alone(tmp_path, skipped, latency, seed):
    actions = SHARED if latency else (*SHARED, "alert")
    many = event_strategies(market(tmp_path / "c", seed), 6, latency=latency, actions=actions)
    deviations, fills = same(many)
    assert deviations == [[]] * 6
    assert fills > 200
    assert skipped[0][0] > 50


def test_most_of_the_market_is_left_out_where_little_rests(tmp_path, skipped):
    deviations, fills = same(
        event_strategies(market(tmp_path / "c", 3, every=60), 3, actions=("market", "close"), often=1)
    )
    assert deviations == [[]] * 3
    assert fills > 20
    assert skipped[0][0] > 0.6 * skipped[0][1]


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 10_000),
    kinds=st.lists(st.sampled_from((*ACTIONS, "alert", "until")), min_size=1, max_size=4),
    latency=st.sampled_from((0, FAST, 25_000_000, 2_000_000_000)),
    often=st.integers(1, 12),
    every=st.integers(3, 40),
    sizes=st.sampled_from(((1000,), (3, 8, 1000))),
    asks=st.sampled_from(("", "", "early", "late", "history")),
)
def test_packs_of_random_strategies_on_random_markets(
    tmp_path_factory, seed, kinds, latency, often, every, sizes, asks
):
    quote_filter.CLOSE = 1 + seed % 3 * 5
    catalog = market(tmp_path_factory.mktemp("walk") / "c", seed, 500, every=every, sizes=sizes)
    config = {"often": often, "actions": [*kinds, "close"], "asks": asks}
    many = [
        backtest(catalog, "random_strategy:RandomEventStrategy", config | {"seed": seed + n}, latency=latency)
        for n in range(2 + seed % 5)
    ]
    for one, outcome in zip(many, shared_run.run([(one, ()) for one in many]), strict=True):
        assert isinstance(outcome, str) or not differences(one, outcome)


@pytest.mark.parametrize(
    ("actions", "why"),
    [
        (("market", "alert"), "at a timer of another strategy"),
        (("until",), "an order that ends by itself"),
        (("trailing",), "a trailing stop"),
    ],
)
def test_what_the_steps_of_others_would_change_is_run_alone(tmp_path, actions, why):
    many = event_strategies(market(tmp_path / "c", 3), 4, latency=2_000_000_000, actions=actions)
    outcomes = shared_run.run([(one, ()) for one in many])
    assert any(isinstance(outcome, str) and why in outcome for outcome in outcomes)
    assert [[] if isinstance(o, str) else differences(one, o) for one, o in zip(many, outcomes, strict=True)] == [
        []
    ] * 4


@pytest.mark.parametrize(
    "asks",
    [
        "history",
        pytest.param("before", marks=pytest.mark.slow),
        pytest.param("count", marks=pytest.mark.slow),
        pytest.param("last", marks=pytest.mark.slow),
        "late history",
    ],
)
def test_who_asks_for_quotes_of_before_has_all_of_them(tmp_path, skipped, asks):
    catalog = market(tmp_path / "c", 3)
    many = event_strategies(catalog, 2, actions=SHARED) + event_strategies(catalog, 1, actions=SHARED, asks=asks)
    assert same(many)[0] == [[]] * 3
    assert skipped[-1][0] == 0
    assert len(skipped) == 2


def test_who_listens_from_the_start_and_looks_back_is_not_run_twice(tmp_path, skipped):
    assert (
        same(actions(test_shared_run.market(tmp_path / "c", 5), {"action": "look_back", "every": 20}, {"every": 30}))[0]
        == [[]] * 2
    )
    assert [left_out for left_out, _ in skipped] == [0]


def test_who_listens_from_some_moment_on_misses_nothing_from_then_on(tmp_path, skipped):
    catalog = market(tmp_path / "c", 3)
    many = event_strategies(catalog, 2, actions=SHARED) + event_strategies(catalog, 1, actions=SHARED, asks="late")
    assert same(many)[0] == [[]] * 3
    assert 0 < skipped[0][0] < 0.5 * skipped[0][1]


def test_an_order_that_rests_before_the_first_quote(tmp_path, skipped):
    assert (
        same(event_strategies(market(tmp_path / "c", 3), 3, actions=SHARED, asks="early", latency=25_000_000))[0]
        == [[]] * 3
    )
    assert skipped[0][0]


@pytest.mark.parametrize("wrong", [{"stale": True}, {"sizes": (0, 1000)}], ids=["an older quote", "no size"])
def test_quotes_that_the_book_may_pass_over_are_all_replayed(tmp_path, skipped, wrong):
    many = event_strategies(market(tmp_path / "c", 3, **wrong), 3, actions=SHARED)
    assert same(many)[0] == [[]] * 3
    assert skipped[0][0] == 0


def test_a_limit_order_that_fills_in_parts_is_run_alone(tmp_path, skipped):
    many = event_strategies(
        market(tmp_path / "c", 3, sizes=(2, 5, 9)), 4, actions=("limit", "stop", "bracket", "market")
    )
    outcomes = shared_run.run([(one, ()) for one in many])
    refused = [why for why in outcomes if isinstance(why, str)]
    assert set(refused) == {"an order that filled in parts"}
    assert skipped[0][0]


def test_a_model_that_fills_inside_of_the_spread(tmp_path, skipped):
    many = event_strategies(market(tmp_path / "c", 3), 4, actions=("limit", "bracket", "close"))
    for one in many:
        one["venues"][0]["fill_model"] = {"type": "BestPriceFillModel", "random_seed": 1}
    assert same(many)[0] == [[]] * 4
    assert skipped[0][0]


def quoted(identifiers):
    return SimpleNamespace(custom=None, kind="QuoteTick", identifiers=identifiers)


def test_where_quotes_may_be_left_out():
    entry, other = (quoted(ids) for ids in (("SPY.ARCA",), ("SPY.ARCA", "IWM.ARCA")))
    bars = SimpleNamespace(custom=None, kind="Bar", identifiers=("SPY.ARCA-1-MINUTE-LAST-EXTERNAL",))
    score, stock, future = SimpleNamespace(custom=Score), SimpleNamespace(), SimpleNamespace(expiration_ns=5)
    slow = {"type": "StaticLatencyModel", "base_latency_nanos": 5, "insert_latency_nanos": 2, "cancel_latency_nanos": 9}
    plain, late = {"venues": [{"name": "ARCA"}]}, {"venues": [{"latency_model": slow}]}

    inside = {"venues": [{"fill_model": {"type": "BestPriceFillModel"}}]}
    assert FilterScope.of(plain, [entry, score], [stock]) == FilterScope(0, is_inside=False)
    assert FilterScope.of(late, [entry], [stock]) == FilterScope(14, is_inside=False)
    assert FilterScope.of(inside, [entry], [stock]) == FilterScope(0, is_inside=True)
    refused = [(plain, other, stock), (plain, entry, future), (plain, bars, stock)]
    assert [FilterScope.of(b, [e, score], [i]) for b, e, i in refused] == [None] * 3


@pytest.mark.parametrize(
    ("place", "price", "first"),
    [(0, 3.0, 2), (1, 1.0, 4), (2, 3.5, 2), (3, 1.5, 4), (0, 9.0, 6), (1, 0.0, 6)],
    ids=["limit sell", "stop sell", "stop buy", "limit buy", "too high", "too low"],
)
def test_the_first_quote_that_reaches_a_resting_order(place, price, first):
    import numpy as np

    bid = np.array([2.0, 2.5, 3.0, 2.0, 1.0, 2.0])
    levels = RestingPrices(is_inside=False)
    levels.priced["order"] = place, price
    levels._bound()
    track = QuoteTimeline([None] * 6, (), bid, bid + 0.5)
    assert levels.first(track, 0, 6) == first
    assert levels.first(track, 0, 1) == 1
