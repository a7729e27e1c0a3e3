"""Equity within the days, in replays small enough to compute by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sweep.backtest import run
from sweep.backtest.accounting.fill_replay import FillReplay
from sweep.backtest.accounting.minute_equity import extremes, joined
from tests.backtest.accounting.test_fill_replay import fill, instrument
from tests.backtest.accounting.test_marks import KINDS, NAMED
from tests.support import markets
from tests.support.markets import DAY, HOUR, MINUTE, ns
from tests.support.trials import strategy, trial, venue

T0 = ns("2026-05-04T14:00:00")  # a Monday
FEES = {"type": "PerContractFeeModel", "commission": "0.50 USD"}
BARS = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"


def minutely(*bids, start=T0, spread=0.02):
    """A quote in the middle of each minute."""
    return [(start + MINUTE // 2 + n * MINUTE, bid, bid + spread) for n, bid in enumerate(bids)]


def spy(place, rows):
    stock = markets.equity()
    return markets.write(place, [stock], quotes=markets.quotes(stock, rows))


def figures(catalog, orders, *, name="SPY.ARCA", **keys):
    venues = [venue(name.rpartition(".")[2], **keys.pop("venue", {}))]
    return run(trial(catalog, strategy(orders=orders, instrument_id=name), instruments=(name,), venues=venues, **keys))


def test_a_fall_that_is_over_at_the_end_of_the_day(tmp_path):
    # Buy 100 at 101.02, fees 50: equity 100,000 - 50 - 2 at once. Marked at 90: -50 + 100 * (90 - 101.02) = -1152.
    # Sold at 105, fees 50: 100 * 3.98 - 100 = 298. Highest before the fall: 100,000 at the start.
    m = figures(spy(tmp_path, minutely(100, 101, 90, 104, 105, 105)), [[1, 100], [4, -100]], venue={"fee_model": FEES})
    m = m.metrics
    assert m["pnl_total"] == 298.0
    assert m["max_drawdown"] == pytest.approx(1152 / 100_000, rel=1e-12)
    assert m["max_drawdown_daily"] == 0.0
    assert (m["mae"], m["mfe"]) == pytest.approx((-1152, 298), rel=1e-12)
    # The fall begins at minute 0 (the start is the peak), is deepest at minute 2 and over at 3: 100 * 2.98 - 50 > 0.
    assert (m["drawdown_time"], m["recovery_time"]) == (180, 60)
    # Open at the ends of minutes 1 to 3, and worth there 100 times the bid; equity is 100,000 and the open PnL.
    gross = [(10_100, 99_948), (9_000, 98_848), (10_400, 100_248)]
    assert m["exposure_capital"] == pytest.approx(sum(g / e for g, e in gross) / 6, rel=1e-12)
    assert m["turnover"] == pytest.approx((10_102 + 10_500) / 100_000, rel=1e-12)
    assert m["exposure"] == pytest.approx(3 / 5)


def test_a_short_is_worth_the_ask_and_a_reversal_is_two_trades(tmp_path):
    # Sell 10 at 100; at 109.02 the PnL is -90.2. Buy 20 at 104.02: -40.2, and long 10 at 104.02; sold at 106: +19.8.
    m = figures(spy(tmp_path, minutely(100, 109, 104, 98, 106)), [[0, -10], [2, 20], [4, -10]]).metrics
    assert m["pnl_total"] == pytest.approx(-20.4)
    # At 98 the second trade is at -60.2: with the first -100.4, which is below -90.2.
    assert m["max_drawdown"] == pytest.approx(100.4 / 100_000, rel=1e-12)
    assert (m["mae"], m["mfe"]) == pytest.approx((-(90.2 + 60.2) / 2, 19.8 / 2))
    assert (m["trades_long"], m["pnl_long"], m["trades_short"], m["pnl_short"]) == (1, 19.8, 1, -40.2)


def test_both_sides_of_a_hedge(tmp_path):
    # Long 10 at 100.02 and short 10 at 100; at 90: 10 * (90 - 100.02) + 10 * (100 - 90.02) = -0.4.
    m = figures(spy(tmp_path, minutely(100, 100, 90, 100)), [[0, 10], [1, -10]], venue={"oms_type": "HEDGING"}).metrics
    assert m["max_drawdown"] == pytest.approx(0.4 / 100_000, rel=1e-9)
    assert m["exposure_capital"] == pytest.approx((1000 + 2000.2 + 1800.2 + 2000.2) / 4 / 100_000, rel=1e-4)


def fall(folder, kind, time, size):
    """The deepest fall of a position from 100.00 to 100.02 that another kind of data marks at a time of its own."""
    put, entry, _ = KINDS[kind]
    stock, first = markets.equity(), ns("2026-05-04T14:00:00")
    markets.write(folder, [stock], quotes=markets.quotes(stock, [(t, 100.0, 100.02) for t in (first, first + HOUR)]))
    put(str(folder), time)
    data = [NAMED | {"type": "QuoteTick"}, *([entry] if entry else [])]
    return figures(str(folder), [[0, size]], data=data).metrics["max_drawdown"] * 100_000


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "quotes"])
def test_every_kind_of_data_marks_the_minutes(tmp_path, kind):
    bid, ask = KINDS[kind][2]
    at = T0 + 30 * MINUTE
    assert fall(tmp_path / "long", kind, at, 10) == pytest.approx(10 * (100.02 - bid))
    gain = 10 * (100 - ask)  # of the short, which is lost again at the last quote: 100.02 - 100 is the PnL then
    assert fall(tmp_path / "short", kind, at, -10) == pytest.approx((gain + 0.2) / (1 + gain / 100_000))


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "quotes" and "bars" not in k])  # they end a minute
def test_a_quote_counts_more_than_another_kind_of_its_time(tmp_path, kind):
    assert fall(tmp_path, kind, T0 + HOUR, 10) == pytest.approx(0.2)


def test_every_bar_of_bars(tmp_path):
    # Long 10 from the second bar of 101 on: the fall of the second day to 91 counts, the first one to 90 does not.
    days = [(T0, 100), (T0 + MINUTE, 101), (T0 + 2 * MINUTE, 101), (T0 + DAY, 91), (T0 + DAY + MINUTE, 103)]
    rows = markets.bars(BARS, [(t, *[p] * 4) for t, p in days])
    catalog = markets.write(tmp_path, [markets.equity()], bars=rows)
    plan = strategy("OnBar", orders=[[1, 10]])
    m = run(trial(catalog, plan, data=[{"type": "Bar", "bar_types": [BARS]}])).metrics
    assert m["max_drawdown"] == pytest.approx(10 * (101 - 91) / 100_000, rel=1e-2)
    assert m["max_drawdown_daily"] == pytest.approx(0, abs=1e-6)


def test_a_pair_that_settles_in_another_currency(tmp_path):
    # 10,000 USD for yen at 150.02; at 140: 10,000 * (140 - 150.02) = -100,200 JPY, or 715.714 USD at the bid of 140.
    pair = markets.pair("USD/JPY.SIM", digits=3)
    catalog = markets.write(tmp_path, [pair], quotes=markets.quotes(pair, minutely(150, 140, 150)))
    m = figures(catalog, [[0, 10_000]], name="USD/JPY.SIM").metrics
    assert m["max_drawdown"] == pytest.approx(100_200 / 140 / 100_000, rel=1e-9)
    assert m["turnover"] == pytest.approx(10_000 * 150.02 / 150.01 / 100_000, rel=1e-3)


def test_exercises_that_share_a_trade_are_one():
    replay: Any = SimpleNamespace(expired={"a": {0}, "b": {1, 2}, "c": {3}, "d": {2}, "e": {4}, "f": {5}})
    assert joined(replay, [("a", "b"), ("e", "f"), ("c", "d")]) == [{4, 5}, {0, 1, 2, 3}]
    assert joined(replay, []) == []


def test_trades_together_have_one_low_and_one_high():
    """An option for 3 that is closed at 0 when its share comes at 10: by themselves they lose 3 and gain 9.

    Prices of the share at the ends of minutes: 12, 11, 14, 19. Together: 3 - 3, then 11 - 10 - 3, 14 - 10 - 3, and 6.
    """
    fills = [fill("BUY", "1", "3", order="O-1"), fill("SELL", "1", "0", order="EXPIRATION-1")]
    fills += [fill("BUY", "1", "10", position="S", order="EXPIRATION-2"), fill("SELL", "1", "19", position="S")]
    for one, name in zip(fills, ("C", "C", "S", "S"), strict=True):
        one.instrument_id = name
    replay = FillReplay({"C": instrument(), "S": instrument()}, fills, [0, 1, 1, 3], 4)
    prices = {"C": np.array([3.0, 1, 1, 1]), "S": np.array([12.0, 11, 14, 19])}
    minutes: Any = SimpleNamespace(prices=lambda name: (prices[name], prices[name]))

    def both(*exercised: tuple[str, str]) -> list[list[float]]:
        return [side.tolist() for side in extremes(replay, minutes, lambda _: 2.0, exercised)]

    assert both(("EXPIRATION-1", "EXPIRATION-2")) == [[pytest.approx(2 * -2)], [pytest.approx(2 * 6)]]
    assert both() == [[-6.0, 0.0], [0.0, 18.0]]
