"""The eleven traps of NautilusTrader 2.0 that would silently corrupt a sweep, each provoked."""

import json
import multiprocessing

import pytest

from sweep.backtest import check, run
from sweep.errors import Reason, TrialError
from tests.support import markets
from tests.support.markets import SECOND, ns
from tests.support.trials import strategy, trial, venue

T0 = ns("2026-05-04T14:00:00")
ORDERS = [[1, 10], [4, -10]]


def failure(backtest):
    with pytest.raises(TrialError) as caught:
        run(backtest)
    return caught.value


def faulty(spy, fault):
    return trial(spy, strategy("Faulty", "FaultConfig", fault=fault, orders=ORDERS))


def test_1_an_exception_in_a_callback_is_only_logged(spy):
    assert failure(faulty(spy, "on_order_filled")).reason is Reason.STRATEGY


def test_2_the_config_idiom_of_version_one_drops_every_parameter(spy):
    plan = {
        "path": "tests.support.configs:TakesNone",
        "config_path": "tests.support.configs:Annotated",
        "config": {"threshold": 90.0},
    }
    assert [p.where for p in check(trial(spy, plan))] == ["strategy.config.threshold"]
    assert failure(trial(spy, plan)).reason is Reason.PARAMETERS


def test_3_a_misspelt_parameter_becomes_a_dead_attribute(spy):
    (problem,) = check(trial(spy, strategy(order=ORDERS)))
    assert (problem.where, problem.remedy) == ("strategy.config.order", "did you mean 'orders'?")


def test_4_a_second_engine_silences_the_first(spy):
    assert failure(trial(spy, strategy("Nester", "NesterConfig", catalog=spy))).reason is Reason.GUARD
    assert failure(trial(spy, strategy("Rival", "RivalConfig", when="start", orders=ORDERS))).reason is Reason.GUARD


def test_5_signals_and_exits_are_swallowed(spy):
    assert "SystemExit" in failure(faulty(spy, "exit")).message
    with pytest.raises(KeyboardInterrupt):
        run(faulty(spy, "interrupt"))


def test_6_a_margin_account_buys_without_end(tmp_path):
    stock = markets.equity(margin=None)
    rows = [(T0 + i * SECOND, 100.0, 100.02) for i in range(10)]
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rows))
    error = failure(trial(catalog, strategy(orders=[[1, 1_000_000], [4, -1_000_000]])))
    assert (error.reason, "no broker" in error.message) == (Reason.GUARD, True)


def test_7_a_used_engine_is_not_seeded_again(spy):
    model = {"type": "DefaultFillModel", "prob_slippage": 0.5, "random_seed": 3}
    orders = [[n, 10 if n % 2 else -10] for n in range(9)]
    metrics = [run(trial(spy, strategy(orders=orders), venues=[venue(fill_model=model)])).metrics for _ in range(4)]
    assert metrics[1:] == metrics[:-1]


def test_8_no_data_is_a_pnl_of_zero(spy):
    assert failure(trial(spy, strategy(), start="2026-05-06T00:00:00Z")).reason is Reason.DATA


def test_9_an_open_position_is_left_out(spy):
    # Long 10 at 101.02, never sold: open at the bid of 109. The engine says PnL (total) 0 and Win Rate 0.
    outcome = run(trial(spy, strategy(orders=[[1, 10]])))
    assert outcome.stats["stats_pnls"]["USD"]["PnL (total)"] == 0
    assert outcome.stats["stats_pnls"]["USD"]["Win Rate"] == 0
    assert (outcome.metrics["pnl_total"], outcome.metrics["win_rate"]) == (79.8, None)
    assert list(outcome.warnings) == ["1 position open at the end, marked to market: LONG 10 SPY.ARCA"]


def test_10_a_forked_child_hangs_but_a_spawned_one_gives_the_same_figures(spy):
    backtest = trial(spy, strategy(orders=ORDERS))
    here = run(backtest)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        in_child = pool.apply(figures, (json.dumps(backtest),))
    assert in_child == json.loads(json.dumps([here.metrics, here.days, here.returns]))


def figures(text):
    """Run a trial as a worker does: plain data in, plain data out."""
    outcome = run(json.loads(text))
    return json.loads(json.dumps([outcome.metrics, outcome.days, outcome.returns]))


def test_11_a_rejected_exit_leaves_a_position_without_one(spy):
    # The stop is already in the market: REJECTED, and the position stays for the rest of the run.
    outcome = run(trial(spy, strategy("Faulty", "FaultConfig", fault="stop_in_market", orders=[[1, 10]])))
    assert (outcome.metrics["orders_rejected"], outcome.metrics["positions_open"]) == (1, 1)
    assert list(outcome.warnings) == [
        (
            "1 of 2 orders REJECTED: STOP_MARKET SELL order stop px of 500.00 was in the market: "
            "bid=102.00, ask=102.02, but rejected because of configuration"
        ),
        "1 position open at the end, marked to market: LONG 10 SPY.ARCA",
        "never called: on_time_event (no timer without a callback of its own was set, or none was due)",
    ]
