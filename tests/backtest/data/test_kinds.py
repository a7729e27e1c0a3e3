"""Data of every kind that a catalog holds reaches the strategy, in the order of the spec, and the venue's book."""

from collections import Counter

import pytest

from sweep.backtest import check, run
from sweep.backtest.data.windows import WindowCache
from sweep.backtest.engine import backtest_run
from sweep.errors import Reason, TrialError
from sweep.spec.model import resolve
from tests.support import every_kind_catalog
from tests.support.every_kind_catalog import BARS, NAME, T0
from tests.support.listeners import Filled, Listener
from tests.support.markets import SECOND
from tests.support.trials import trial, venue

KINDS = ["QuoteTick", "TradeTick", "OrderBookDelta", "OrderBookDepth", "FundingRateUpdate", "MarkPriceUpdate",
         "IndexPriceUpdate", "InstrumentStatus", "InstrumentClose"]  # fmt: skip


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    return every_kind_catalog.write(tmp_path_factory.mktemp("market"))


def backtest(market, name="Listener", kinds=KINDS, bars=True, orders=(), **keys):
    plan = {
        "path": f"tests.support.listeners:{name}",
        "config_path": "tests.support.strategies:ScriptedConfig",
        "config": {"instrument_id": NAME, "orders": [list(o) for o in orders]},
    }
    data = [{"type": kind, "instruments": [NAME]} for kind in kinds]
    account = {"base_currency": "USDT", "starting_balances": ["100_000 USDT"]}
    listed = data + ([{"type": "Bar", "bar_types": [BARS]}] if bars else [])
    return trial(market, plan, data=listed, venues=[venue("BINANCE", **account, **keys)])


def test_everything_is_heard(market):
    run(backtest(market))
    counts = Counter(kind for _, kind in Listener.heard)
    assert counts == {
        "quote": 6, "trade": 6, "bar": 1, "deltas": 6, "depth": 6, "mark": 6, "index": 6, "close": 1,
        "funding 0.0001": 1, "funding -0.0002": 1, "status HALT": 1, "status TRADING": 1,
        "book": counts["book"], "internal bar": counts["internal bar"],
    }  # fmt: skip
    assert counts["book"] >= 4  # one a second, between the events
    closed = [(at - T0) // SECOND for at, kind in Listener.heard if kind == "internal bar"]
    assert closed == [0, 2, 4]  # of two seconds each; the first holds the first quote alone


@pytest.mark.parametrize("kinds", [KINDS, KINDS[::-1]])
def test_events_of_one_moment_come_as_the_spec_lists_them(market, kinds):
    run(backtest(market, kinds=kinds))
    words = {"QuoteTick": "quote", "TradeTick": "trade", "OrderBookDelta": "deltas", "OrderBookDepth": "depth",
             "MarkPriceUpdate": "mark", "IndexPriceUpdate": "index"}  # fmt: skip
    heard = list(dict.fromkeys(kind for at, kind in Listener.heard if at == T0 and kind in words.values()))
    assert heard == [words[kind] for kind in kinds if kind in words]


def test_windows_are_cut_by_memory_and_change_nothing(market):
    whole = backtest_run.run(backtest(market), rows=10**9)
    before = list(Listener.heard)
    cache = WindowCache(10**9)
    assert backtest_run.run(backtest(market), rows=3, cache=cache).metrics == whole.metrics
    assert Listener.heard == before
    heavy = [size for group in cache._groups.values() for _, size in group.values()]
    assert len(heavy) > 6


def test_a_heavy_row_counts_for_what_it_takes(market):
    def cuts(kind):
        cache = WindowCache(10**9)
        backtest_run.run(backtest(market, "Filled", ["TradeTick", kind], bars=False), rows=20, cache=cache)
        return sum(len(group) for group in cache._groups.values())

    assert cuts("OrderBookDepth") > cuts("MarkPriceUpdate")  # six rows each; a depth is worth nine quotes


@pytest.mark.parametrize("kind", ["OrderBookDelta", "OrderBookDepth"])
def test_an_order_walks_the_book(market, kind):
    keys = {"book_type": "L2_MBP"}
    outcome = run(backtest(market, "Filled", ["TradeTick", kind], bars=False, orders=[(1, 4), (3, -4)], **keys))
    assert Filled.fills == [
        ("1.000", "101.0"), ("2.000", "102.0"), ("1.000", "104.0"),
        ("1.000", "100.0"), ("2.000", "99.0"), ("1.000", "98.0"),
    ]  # fmt: skip
    assert outcome.metrics["pnl_total"] == -(101 + 204 + 104) + (100 + 198 + 98)


@pytest.mark.parametrize("kind", ["OrderBookDelta", "OrderBookDepth"])
def test_a_position_beside_a_book_is_marked_at_the_side_that_closes_it(market, kind):
    for size, mark in ((1, 100.0 - 101), (-1, 100.0 - 101)):  # bought at the ask, sold at the bid, and the other way
        plan = backtest(market, "Filled", ["TradeTick", kind], bars=False, orders=[(1, size)], book_type="L2_MBP")
        assert run(plan).metrics["pnl_unrealized"] == pytest.approx(mark)


def test_a_halt_is_kept_to(market):
    orders = [(2, 1)]  # with the trade of the moment at which trading is halted
    kinds = ["InstrumentStatus", "TradeTick"]
    assert run(backtest(market, "Filled", kinds, bars=False, orders=orders)).metrics["orders_rejected"] == 1
    assert run(backtest(market, "Filled", kinds[1:], bars=False, orders=orders)).metrics["orders_rejected"] == 0


def test_funding_is_heard_and_not_booked(market):
    # The engine of this version books none; should it begin to, figures change and this tells.
    kinds = ["TradeTick", "FundingRateUpdate"]
    outcome = run(backtest(market, "Filled", kinds, bars=False, orders=[(0, 10), (5, -10)]))
    assert outcome.metrics["pnl_total"] == 0


def test_a_deep_book_without_its_data_is_refused(market):
    with pytest.raises(TrialError, match="book_type L2_MBP, but the trial's data has neither") as caught:
        run(backtest(market, "Filled", ["TradeTick"], bars=False, book_type="L2_MBP"))
    assert caught.value.reason is Reason.DATA


def test_a_book_without_a_price_is_warned_of(market):
    plan = backtest(market, "Filled", ["OrderBookDelta"], bars=False, book_type="L2_MBP")
    plan["strategy"] = {"path": "tests.support.configs:NoConfig", "config_path": None, "config": {}}
    (warning,) = run(plan).warnings
    assert warning == f"{NAME} has an order book but neither quotes nor trades: the engine denies its orders at market"


def test_a_subscription_needs_its_kind(market):
    for kind in KINDS:
        if kind == "OrderBookDelta":
            continue
        with pytest.raises(TrialError, match="so nothing would ever come"):
            run(backtest(market, kinds=[k for k in KINDS if k != kind]))


def test_a_period_for_each_trial(market):
    base = backtest(market, "Filled", ["TradeTick"], bars=False)
    later = resolve(base, {"period.start": "2026-05-04T14:00:02Z", "period.end": "2026-05-04T14:00:05Z"})
    assert [run(plan).stats["events"] for plan in (base, later)] == [6, 3]


def test_every_kind_has_its_keys(market):
    plan = backtest(market)
    plan["data"][2] = {"type": "OrderBookDelta", "bar_types": [BARS]}
    rules = [p.rule for p in check(plan)]
    assert "OrderBookDelta has no key 'bar_types'" in rules
