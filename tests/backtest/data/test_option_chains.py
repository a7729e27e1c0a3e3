"""A chain gives the result of all of its contracts, and reads only those that the strategy subscribes to."""

import random

import pytest

from sweep.backtest.data import option_chains
from sweep.backtest.data.windows import WindowCache
from sweep.backtest.engine.backtest_run import BacktestRun, build, run
from sweep.errors import Reason, TrialError
from tests.support import markets
from tests.support.markets import SECOND, ns
from tests.support.option_chain_strategy import OptionChainStrategy
from tests.support.strategies import Score
from tests.support.trials import trial, venue

T0 = ns("2026-05-04T13:30:00")
MS = SECOND // 1000
NAMES = tuple(f"SPY260504{kind}{100_000 + 1000 * n:08}.SMART" for kind in "CP" for n in range(6))
LATENCY = {"type": "StaticLatencyModel", "base_latency_nanos": 300_000_000}
SCORES = {"type": "tests.support.strategies:Score"}
SPY = {"type": "QuoteTick", "instruments": ["SPY.ARCA"]}
CHAIN = {"type": "QuoteTick", "chain": "SPY"}
ALL = {"type": "QuoteTick", "instruments": list(NAMES)}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    """SPY once a second for ten minutes, a score every few seconds, options now and then: often at the same moment."""
    draw, stock = random.Random(3), markets.equity()
    options = [markets.option(name) for name in NAMES]
    strangers = [
        markets.option("QQQ260504C00100000.SMART"),
        markets.option("SPY260501C00100000.SMART", expires="2026-05-01T20:00:00"),
    ]
    ticks = markets.quotes(stock, [(T0 + i * SECOND, 100 + i / 100, 100.02 + i / 100) for i in range(600)])
    for option in options:
        times = sorted(T0 + draw.choice((1000, 1000, 500, 333)) * MS * i for i in draw.sample(range(600), 400))
        rows = [(t, 2 + draw.randrange(100) / 100, 3.10) for t in dict.fromkeys(times)]
        ticks += markets.quotes(option, rows)
    times = [T0 + (4 * i) * SECOND + draw.choice((0, 0, 1, 500 * MS)) for i in range(140)]
    scores = [Score(ts_event=t, ts_init=t, score=1.0) for t in times]
    directory = tmp_path_factory.mktemp("chain")
    return markets.write(directory, [stock, *options, *strangers], quotes=ticks, events=scores)


def backtest(catalog, place, data, **keys):
    plan = {
        "path": "tests.support.option_chain_strategy:OptionChainStrategy",
        "config_path": "tests.support.option_chain_strategy:OptionChainStrategyConfig",
    }
    config = {"place": place, "contracts": list(NAMES)} | keys
    venues = [venue("ARCA"), venue("SMART", latency_model=LATENCY)]
    return trial(catalog, plan | {"config": config}, venues=venues, data=data)


def replay(spec, **options):
    """(what the strategy was told, the figures)"""
    outcome = run(spec, **{"cache": WindowCache(0)} | options)
    return list(OptionChainStrategy.record), (outcome.metrics, outcome.days, outcome.returns)


@pytest.mark.parametrize("rows", [30, pytest.param(10**9, marks=pytest.mark.slow)])
@pytest.mark.parametrize("place", ["event", "quote"])
def test_a_chain_gives_what_all_of_its_contracts_give(catalog, place, rows):
    whole = replay(backtest(catalog, place, [ALL, SPY, SCORES]), rows=10**9)
    assert whole[1][0]["trades"] > 10
    assert replay(backtest(catalog, place, [SPY, CHAIN, SCORES]), rows=rows) == whole


def test_in_a_timer_it_joins_behind_the_next_row_wherever_windows_end(catalog):
    whole = replay(backtest(catalog, "timer", [SPY, CHAIN, SCORES], every=3), rows=10**9)
    assert whole[1][0]["trades"] > 5
    for rows in (30, 77):
        assert replay(backtest(catalog, "timer", [SPY, CHAIN, SCORES], every=3), rows=rows) == whole
    everything = replay(backtest(catalog, "timer", [ALL, SPY, SCORES], every=3))[0]
    first = next(r for r in whole[0] if r[1] in NAMES)
    alert = max(r[0] for r in whole[0] if r[1] == "timer" and r[0] < first[0])
    row = -(-alert // SECOND) * SECOND  # SPY has one on each second
    assert first == next(r for r in everything if r[1] == first[1] and r[0] > row)


def test_a_contract_that_would_come_too_late_fails_the_trial(catalog):
    spec = backtest(catalog, "closed", [SPY, CHAIN, SCORES], every=1)
    with pytest.raises(TrialError, match="in the event of an order or a position") as raised:
        replay(spec)
    assert raised.value.reason is Reason.GUARD


def test_only_what_is_subscribed_to_is_read_and_a_worker_reads_it_once(catalog):
    cache = WindowCache(10**9)
    parts, _ = build(spec := backtest(catalog, "event", [SPY, CHAIN, SCORES], every=1000))
    assert parts
    again = []
    for _ in range(2):
        one = BacktestRun(catalog, parts, cache)
        decoded = []
        query = one.chains._decode
        one.chains._decode = lambda name, files, query=query, decoded=decoded: (
            decoded.append(name) or query(name, files)
        )
        one.run(10**9, ())
        again.append((decoded, one.result().metrics))
        assert 4 <= one.chains.fed < 20  # of 400: it is left soon after its fourth
        one.dispose()
        parts = build(spec)[0]
    assert [len(decoded) for decoded, _ in again] == [1, 0]
    assert again[0][1] == again[1][1]


def test_its_contracts_are_the_living_options_on_the_underlying(catalog):
    parts, _ = build(backtest(catalog, "event", [SPY, CHAIN, SCORES]))
    one = BacktestRun(catalog, parts, WindowCache(0))
    assert one.chains.members == set(NAMES)
    one.dispose()


def test_a_contract_beyond_the_chain_cannot_be_subscribed_to(catalog):
    spec = backtest(catalog, "event", [SPY, CHAIN, SCORES], contracts=["QQQ260504C00100000.SMART"])
    with pytest.raises(TrialError, match="the trial's data has no quotes of QQQ260504C00100000.SMART"):
        replay(spec)


def test_a_worker_looks_at_hundreds_of_definitions_once_a_second_and_not_in_each_trial(catalog, monkeypatch):
    looked, look = list[int](), option_chains.state_of
    monkeypatch.setattr(option_chains, "state_of", lambda files: looked.append(len(files)) or look(files))
    monkeypatch.setattr(option_chains, "TRUST", 3600.0)
    cache, spec = WindowCache(2**20), backtest(catalog, "event", [SPY, CHAIN, SCORES])
    for _ in range(3):
        run(spec, cache=cache)
    assert looked == [len(NAMES)] * 2  # when they were read, and the first time that they were known
    monkeypatch.setattr(option_chains, "TRUST", -1.0)
    run(spec, cache=cache)
    assert len(looked) == 3
