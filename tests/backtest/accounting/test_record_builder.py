"""Plain records of a backtest on ten quotes: bid 100 … 109, ask two cents above."""

import pytest

from sweep.backtest.engine import backtest_run
from sweep.backtest.records import BacktestRecord, Hooks
from tests.backtest.conftest import T0
from tests.support.markets import SECOND
from tests.support.trials import strategy, trial


def run(catalog, orders, **more) -> BacktestRecord:
    records: list[BacktestRecord] = []
    backtest_run.run(trial(catalog, strategy(orders=orders, **more)), look=Hooks(keep=records.append))
    return records[0]


def test_a_round_trip_to_the_cent(spy):
    # bought 10 at the ask of quote 1 (101.02), sold at the bid of quote 4 (104): 29.80 before fees
    record = run(spy, [[1, 10], [4, -10]])
    bought, sold = record.fills
    assert (bought.ts_event, bought.side, bought.quantity, bought.price) == (T0 + SECOND, "BUY", 10.0, 101.02)
    assert (sold.ts_event, sold.side, sold.quantity, sold.price) == (T0 + 4 * SECOND, "SELL", 10.0, 104.0)
    assert bought.value == pytest.approx(1010.20)
    assert (bought.sign, sold.sign) == (1, -1)
    assert record.mids() == pytest.approx([101.01, 104.01])
    (position,) = record.positions
    fees = bought.commission + sold.commission
    assert (position.side, position.quantity, position.is_open) == ("LONG", 10.0, False)
    assert (position.ts_opened, position.ts_closed) == (T0 + SECOND, T0 + 4 * SECOND)
    assert position.pnl == pytest.approx(29.80 - fees)
    assert position.fees == pytest.approx(fees)
    assert record.figures["pnl_total"] == pytest.approx(position.pnl)
    assert [o.status for o in record.orders] == ["FILLED", "FILLED"]
    assert record.balances[-1].total - record.balances[0].total == pytest.approx(position.pnl)


def test_what_is_open_is_marked_and_a_flip_is_two(spy):
    # short 10 at quote 2 (bid 102), flipped to long 10 at quote 5 (ask 105.02), marked at the last bid, 109
    record = run(spy, [[2, -10], [5, 20]])
    short, long = record.positions
    assert (short.side, long.side) == ("SHORT", "LONG")
    assert short.pnl + short.fees == pytest.approx(-30.20)
    assert long.is_open
    assert long.avg_price_close is None
    assert long.pnl + long.fees == pytest.approx(39.80)
    assert sum(p.pnl for p in record.positions) == pytest.approx(record.figures["pnl_total"])


def test_the_days_begin_and_end_with_their_data(spy):
    (day,) = run(spy, []).days
    assert (day.date, day.first, day.last) == ("2026-05-04", T0, T0 + 9 * SECOND)
    assert (day.equity, day.pnl, day.net_return) == (run(spy, []).equity_start, 0.0, 0.0)


def test_a_denied_order_says_why(spy):
    (order,) = run(spy, [[1, 1e9]]).orders
    assert order.status == "DENIED"
    assert order.reason


def test_keeping_changes_no_figure(spy):
    plan = trial(spy, strategy(orders=[[1, 10], [4, -10]]))
    records: list[BacktestRecord] = []
    assert backtest_run.run(plan, look=Hooks(keep=records.append)).metrics == backtest_run.run(plan).metrics
