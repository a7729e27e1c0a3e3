"""A backtest that is judged on the way: the same as one that is not, or cut off cleanly at the end of a day."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.engine import run
from sweep.backtest.rungs import Ladder, day_of
from sweep.trial import Rung
from tests.support import markets
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import strategy, trial

DAYS = ("2026-05-04", "2026-05-05", "2026-05-06", "2026-05-07", "2026-05-08")
T0 = ns("2026-05-04T13:30:00")
ORDERS = [[1, 10], [4, -10], [101, 10], [107, -10], [201, 5], [305, 5], [402, -10]]  # nth quote, shares
CUT = Rung(0.4, "pnl_total", lower=1e9)


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """A hundred quotes a day from Monday to Friday, rising by a cent a second."""
    stock = markets.equity()
    rows = [
        (T0 + day * DAY + n * SECOND, 100 + day + n / 100, 100.01 + day + n / 100)
        for day in range(5)
        for n in range(100)
    ]
    return markets.write(tmp_path_factory.mktemp("week"), [stock], quotes=markets.quotes(stock, rows))


def backtest(week, end: str = "2026-05-09", orders=ORDERS):
    return trial(week, strategy(orders=orders)) | {
        "period": {"start": "2026-05-04T00:00:00Z", "end": f"{end}T00:00:00Z"}
    }


@given(days=st.integers(1, 400), at=st.integers(1, 99))
def test_a_share_is_reached_at_the_first_day_that_holds_it(days: int, at: int):
    day = day_of(at / 100, days)
    assert 1 <= day <= days
    assert day * 100 >= at * days
    assert day == 1 or (day - 1) * 100 < at * days


def test_a_rung_at_the_last_day_is_never_reached():
    ladder = Ladder([Rung(0.5, "x", lower=5.0), Rung(0.9, "x"), Rung(7, "x")], days=4)
    assert not ladder.is_due(1)
    assert ladder.is_due(2)
    assert not ladder.judge(2, {"x": 4.0})
    assert not Ladder([Rung(0.9, "x"), Rung(7, "x")], days=4).is_due(4)


@pytest.mark.parametrize(("value", "goes_on"), [(4.9, False), (5.0, True), (7.0, True), (7.1, False), (None, True)])
def test_a_value_at_a_bound_goes_on_and_one_that_does_not_exist_too(value, goes_on):
    ladder = Ladder([Rung(1, "x", lower=5.0, upper=7.0)], days=2)
    assert ladder.judge(1, {"x": value}) is goes_on
    assert ladder.values == [value]


def test_rungs_that_are_passed_change_no_bit(week):
    plain = run(backtest(week))
    judged = run(backtest(week), [Rung(at, m, lower=-1e9) for at, m in ((0.2, "pnl_total"), (0.5, "sharpe_ratio"))])
    assert len(judged.rungs) == 2
    assert not judged.pruned
    assert replace(judged, timing={}, rungs=()) == replace(plain, timing={})
    assert plain.metrics["fills"] == len(ORDERS)


@pytest.mark.parametrize("rows", [7, 100, 10**9])
def test_a_pruned_one_has_the_figures_of_its_days(week, rows):
    pruned, whole = run(backtest(week), [Rung(0.2, "pnl_total"), CUT], rows=rows), run(backtest(week))
    assert pruned.pruned
    assert pruned.days == DAYS[:2]
    assert pruned.returns == whole.returns[:2]
    assert (
        pruned.rungs[-1]
        == pruned.metrics["pnl_total"]
        == pytest.approx(100_000 * ((1 + whole.returns[0]) * (1 + whole.returns[1]) - 1), abs=1e-6)
    )
    assert pruned.metrics["fills"] == 4


def test_an_open_position_is_marked_to_market_at_the_rung(week):
    orders = [[1, 10]]
    pruned = run(backtest(week, orders=orders), [CUT])
    two_days = run(backtest(week, "2026-05-06", orders))
    for name in ("pnl_total", "pnl_unrealized", "positions_open", "max_drawdown", "fees"):
        assert pruned.metrics[name] == two_days.metrics[name]
    assert pruned.metrics["pnl_unrealized"] > 0


def test_days_count_as_shares_do(week):
    one, other = run(backtest(week), [replace(CUT, at=2)]), run(backtest(week), [CUT])
    assert replace(one, timing={}) == replace(other, timing={})


def test_an_engine_follows_a_pruned_one_unharmed(week):
    before = run(backtest(week))
    run(backtest(week), [CUT])
    assert replace(run(backtest(week)), timing={}) == replace(before, timing={})
