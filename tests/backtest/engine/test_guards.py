"""Each thing that the engine goes on silently with ends the trial, with a reason that says what and where."""

import sys

import pytest

from sweep.backtest import run
from sweep.backtest.engine.engine_factory import only_engine
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError
from tests.support import markets
from tests.support.markets import SECOND, ns
from tests.support.strategies import Scripted
from tests.support.trials import FREE, strategy, trial, venue
from tests.support.written_modules import line_of, write_module

T0 = ns("2026-05-04T14:00:00")
QUOTES = {"type": "QuoteTick", "instruments": ["SPY.ARCA"]}
SCORES = {"type": "tests.support.strategies:Score"}


def faulty(catalog, fault, **keys):
    plan = strategy("Faulty", "FaultConfig", fault=fault, orders=[[1, 10], [8, -10]], **keys)
    return trial(catalog, plan)


def failure(backtest):
    """The TrialError that a backtest ends in."""
    with pytest.raises(TrialError) as caught:
        run(backtest)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "where", "second"),
    [
        ("on_start", "on_start", "00"),
        ("on_quote", "on_quote", "02"),
        ("on_order_filled", "on_order_filled", "01"),
        ("on_position_opened", "on_position_opened", "01"),
        ("on_time_event", "on_time_event", "02.000000001"),
        ("on_stop", "on_stop", "09"),
        ("alert", "Faulty.fault_alert.ring", "02.000000001"),
        ("timer", "Faulty.on_start.<lambda>", "01"),
    ],
)
def test_exceptions_in_callbacks_timers_and_lambdas(spy, fault, where, second):
    error = failure(faulty(spy, fault))
    kind = "ZeroDivisionError: division by zero" if fault == "timer" else "ValueError: boom"
    assert error.reason is Reason.STRATEGY
    assert error.message.startswith(f"{where} raised {kind} at 2026-05-04T14:00:{second}Z (strategies.py:")
    assert "Traceback" in error.trace
    assert kind in error.trace


def test_an_exception_at_the_last_event_is_not_missed(spy):
    assert failure(faulty(spy, "on_quote", at=9)).message.startswith("on_quote raised")


def test_an_exception_in_a_topic_handler_of_a_nested_message(spy):
    error = failure(trial(spy, strategy("Publisher", "ScriptedConfig")))
    assert error.message.startswith("on_signal raised ValueError: boom at 2026-05-04T14:00:00Z")


def test_an_exception_that_the_strategy_handles_is_its_own_business(spy):
    assert run(faulty(spy, "handled")).metrics["pnl_total"] == 69.8


def test_a_wrong_quantity_names_the_line_of_the_users_code(spy):
    error = failure(faulty(spy, "quantity"))
    assert "Quantity" in error.message
    assert "(strategies.py:" in error.message


def test_exit_is_a_failure_and_the_process_goes_on(spy):
    error = failure(faulty(spy, "exit"))
    assert (error.reason, error.message.partition(" at ")[0]) == (Reason.STRATEGY, "on_quote raised SystemExit: 3")


@pytest.mark.parametrize("fault", ["interrupt", "keyboard"])
def test_an_interrupt_is_not_swallowed(spy, fault):
    with pytest.raises(KeyboardInterrupt):
        run(faulty(spy, fault))


@pytest.mark.parametrize("method", ["error", "exception"])
def test_an_error_that_the_strategy_logs_is_a_failure_with_its_text(spy, method):
    error = failure(faulty(spy, f"log_{method}"))
    assert error.reason is Reason.STRATEGY
    line = line_of(sys.modules[Scripted.__module__], f"self.log.{method}(")
    place = f"2026-05-04T14:00:02Z, strategies.py:{line}"
    assert error.message == f"the strategy logged an error: no quote for an hour (at {place})"


def test_an_error_that_the_engine_logs_is_a_failure(spy):
    error = failure(faulty(spy, "subscribe_unknown_venue"))
    assert error.reason is Reason.GUARD
    assert "stopped after 0 of 10 events" in error.message
    assert "no client found for client_id=None" in error.message


@pytest.mark.parametrize(
    ("fault", "message"),
    [("stop", "stopped itself"), ("fault", "FAULTED"), ("degrade", "DEGRADED"), ("shutdown", "shut the system down")],
)
def test_a_strategy_that_leaves_before_the_end(spy, fault, message):
    error = failure(faulty(spy, fault))
    assert error.reason is Reason.GUARD
    assert message in error.message
    assert "2026-05-04T14:00:02Z" in error.message


def test_a_strategy_that_does_not_end_stopped(spy):
    # Strategy.stop called on the class itself passes by every wrapper; its state tells.
    error = failure(faulty(spy, "hidden_fault"))
    assert (error.reason, error.message) == (Reason.GUARD, "the strategy ended in state FAULTED, not STOPPED")


@pytest.mark.parametrize(
    ("fault", "missing"),
    [
        ("quotes", "no quotes of SPX.ARCA"),
        ("trades", "no trades of SPY.ARCA"),
        ("external_bars", "no bars of SPY.ARCA-1-MINUTE-LAST-EXTERNAL"),
        ("internal_bars", "built from trades of SPY.ARCA"),
        ("composite_bars", "no bars of SPY.ARCA-1-MINUTE-LAST-EXTERNAL"),
        ("book", "order book deltas"),
        ("data", "Unheard, which is not in the trial's data"),
    ],
)
def test_a_subscription_that_can_never_deliver(spy, fault, missing):
    error = failure(faulty(spy, f"subscribe_wrong_{fault}"))
    assert error.reason is Reason.GUARD
    assert missing in error.message


@pytest.mark.parametrize("fault", ["right_internal_bars", "own_data", "positional_and_named"])
def test_a_subscription_that_can_deliver(spy, fault):
    assert run(faulty(spy, f"subscribe_{fault}")).metrics["pnl_total"] == 69.8


@pytest.mark.parametrize(
    ("model", "where"),
    [
        ({"fee_model": {"type": "tests.support.strategies:FailingFee"}}, "FailingFee.get_commission"),
        ({"fill_model": {"type": "tests.support.strategies:FailingFill"}}, "FailingFill.get_orderbook"),
        ({"modules": [{"type": "tests.support.strategies:FailingModule"}]}, "FailingModule.process"),
    ],
)
def test_exceptions_in_models(spy, model, where):
    error = failure(trial(spy, strategy(orders=[[1, 10]]), venues=[venue(**model)]))
    assert error.reason is Reason.STRATEGY
    assert error.message.startswith(where)
    assert "boom" in error.message


def test_callbacks_of_bases_and_mixins_are_watched(spy):
    error = failure(trial(spy, strategy("Heir", "ScriptedConfig")))
    assert error.message.startswith("on_quote raised ValueError: from the mixin")


def test_the_next_trial_in_the_process_is_clean(spy):
    failure(faulty(spy, "on_quote"))
    assert run(faulty(spy, "")).metrics["pnl_total"] == 69.8
    assert sys.monitoring.get_tool(4) is None


def test_a_second_engine_in_the_process_is_refused(spy):
    with only_engine():
        error = failure(faulty(spy, ""))
    assert (error.reason, "already running" in error.message) == (Reason.GUARD, True)


def test_a_replay_inside_a_replay_is_refused(spy):
    error = failure(trial(spy, strategy("Nester", "NesterConfig", catalog=spy)))
    assert "already running" in error.message


@pytest.mark.parametrize("when", ["start", "quote", "init"])
def test_a_strategy_that_builds_an_engine_of_its_own(spy, when):
    # Without the guard: no callback comes any more, and the PnL looks plausible.
    backtest = trial(spy, strategy("Rival", "RivalConfig", when=when, orders=[[1, 10], [8, -10]]))
    for _ in range(2):  # the interpreter reports a place in the code once: a second trial must find it too
        error = failure(backtest)
        assert error.reason is Reason.GUARD
        assert "engine" in error.message


def test_no_data_in_the_period(spy):
    backtest = trial(spy, strategy(), start="2026-05-05T00:00:00Z")
    assert failure(backtest).reason is Reason.DATA
    assert "no QuoteTick of SPY.ARCA in the period" in failure(backtest).message


def test_a_leverage_that_nobody_asked_for_is_warned_of(spy):
    silent = {k: v for k, v in venue().items() if k != "default_leverage"}
    (warning,) = run(trial(spy, strategy(), venues=[silent])).warnings
    assert warning == "ARCA has no default_leverage: the engine takes 10"
    # At 101.02 with a margin of 100 %: 9,800 units are 990,000 (9.9 x), 10,000 are 1,010,200 (10.1 x).
    assert run(trial(spy, strategy(orders=[[1, 9_800]]), venues=[silent])).metrics["orders_denied"] == 0
    assert run(trial(spy, strategy(orders=[[1, 10_000]]), venues=[silent])).metrics["orders_denied"] == 1


def test_no_events_in_the_period(spy):
    backtest = trial(spy, strategy(), end="2026-05-04T14:00:01Z", data=[QUOTES, SCORES])
    assert "no Score in the period" in failure(backtest).message


def test_one_instrument_of_two_without_data_in_the_period(tmp_path):
    one, two = markets.equity(), markets.equity("QQQ.ARCA")
    late = [(ns("2026-05-06T14:00:00"), 100.0, 100.02)]
    rows = [*markets.quotes(one, [(T0, 100.0, 100.02)]), *markets.quotes(two, late)]
    catalog = markets.write(tmp_path, [one, two], quotes=rows)
    backtest = trial(catalog, strategy(), instruments=("SPY.ARCA", "QQQ.ARCA"), end="2026-05-05T00:00:00Z")
    assert "no QuoteTick of QQQ.ARCA in the period" in failure(backtest).message


def test_an_instrument_that_the_catalog_does_not_define(tmp_path):
    stock = markets.equity()
    catalog = markets.write(tmp_path, [markets.equity("QQQ.ARCA")], quotes=markets.quotes(stock, [(T0, 100.0, 100.02)]))
    error = failure(trial(catalog, strategy()))
    assert (error.reason, "no definition of SPY.ARCA" in error.message) == (Reason.DATA, True)


def test_an_instrument_at_a_venue_that_is_not_there(spy):
    error = failure(trial(spy, strategy(), venues=[venue("XNAS")]))
    assert (error.reason, "no venue in `venues:` for SPY.ARCA" in error.message) == (Reason.DATA, True)


def test_a_catalog_that_is_not_there(tmp_path):
    assert failure(trial(str(tmp_path / "none"), strategy())).reason is Reason.DATA


def test_quotes_that_the_engine_would_skip(tmp_path):
    # Quotes in tenths of a cent for an instrument in cents: the engine drops each of them.
    stock, fine = markets.equity(), markets.pair("SPY/USD.ARCA", digits=3)
    quotes = markets.quotes(fine, [(T0 + i * SECOND, 100.0, 100.002) for i in range(10)])
    renamed = [markets.requote(q, stock.id) for q in quotes]
    catalog = markets.write(tmp_path, [stock], quotes=renamed)
    error = failure(trial(catalog, strategy(orders=[[1, 10]])))
    assert error.reason is Reason.DATA
    assert "precision 3 and 0, but SPY.ARCA has 2 and 0" in error.message


def test_a_damaged_file(tmp_path):
    stock = markets.equity()
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, [(T0, 100.0, 100.02)]))
    (file,) = tmp_path.glob("data/quotes/*/*.parquet")
    file.write_bytes(file.read_bytes()[:-20])
    assert failure(trial(catalog, strategy())).reason is Reason.DATA


def test_rows_that_the_catalog_reads_short(spy, monkeypatch):
    from sweep.backtest.data.feed import Feed

    whole = Feed.query
    monkeypatch.setattr(Feed, "query", lambda self, *args: whole(self, *args)[:-1])
    assert "holds 10 rows until the end of 2026-05-04, but 9 could be read" in failure(uncached(spy)).message
    monkeypatch.setattr(Feed, "query", lambda *_: [])
    assert "holds 10 rows until the end of 2026-05-04, but 0 could be read" in failure(uncached(spy, 4)).message


def uncached(catalog, second=3):
    """A backtest over a period of its own, which no cache holds."""
    return trial(catalog, strategy(), end=f"2026-05-07T01:02:0{second}Z")


def test_a_blown_account(tmp_path):
    # Long 9000 at 100.02, marked at a bid of 50: 9000 * (50 - 100.02) = -450,180 on an equity of 100,000.
    stock = markets.equity()
    rows = [(T0, 100.0, 100.02), (T0 + SECOND, 100.0, 100.02), (T0 + 2 * SECOND, 50.0, 50.02)]
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rows))
    error = failure(trial(catalog, strategy(orders=[[0, 9000]]), venues=[venue(default_leverage=10)]))
    assert (error.reason, error.message.partition(" at ")[0]) == (
        Reason.BLOWN,
        "the account is blown: equity -350180.00 USD",
    )


def test_a_balance_that_was_negative_in_between(tmp_path):
    # Hedged, 9000 each way at about 100. At 50 the long is closed: 9000 * (50 - 100.02) = -450,180, a balance of
    # -350,180 under an equity near 100,000; then the short is closed and all looks well again.
    stock = markets.equity(margin="0.000001")
    rows = [(T0 + i * SECOND, p, p + 0.02) for i, p in enumerate([100.0] * 4 + [50.0] * 4)]
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rows))
    venues = [venue(oms_type="HEDGING", default_leverage=100)]
    error = failure(trial(catalog, strategy("HedgeCloser", orders=[[1, 9000]]), venues=venues))
    assert error.reason is Reason.GUARD
    assert error.message == "the account at ARCA went negative: -350180.00 USD at 2026-05-04T14:00:05Z"


def test_buying_power_without_end_is_warned_of(tmp_path):
    stock = markets.equity(margin=None)
    catalog = markets.write(
        tmp_path, [stock], quotes=markets.quotes(stock, [(T0 + i * SECOND, 100.0, 100.02) for i in range(3)])
    )
    (warning,) = run(trial(catalog, strategy(orders=[[0, 10], [1, -10]]))).warnings
    assert warning == "SPY.ARCA has no initial margin: the MARGIN account at ARCA could buy any amount of it"


def test_buying_power_without_end_that_was_used_is_an_error(tmp_path):
    stock = markets.equity(margin=None)
    rows = [(T0 + i * SECOND, 100.0, 100.02) for i in range(3)]
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rows))
    error = failure(trial(catalog, strategy(orders=[[0, 2000], [1, -2000]])))
    assert error.reason is Reason.GUARD
    assert "a position of 200040.00 USD was opened on an equity of at most 100000.00 USD" in error.message


def test_rejected_and_denied_orders_are_counted_and_warned_of(spy):
    outcome = run(faulty(spy, "stop_in_market"))
    assert outcome.metrics["orders_rejected"] == 1
    assert outcome.warnings[0].startswith("1 of 3 orders REJECTED: ")
    outcome = run(trial(spy, strategy(orders=[[1, 100_000]])))
    assert (outcome.metrics["orders_denied"], outcome.metrics["fills"]) == (1, 0)
    assert outcome.warnings[0].startswith("1 of 1 orders DENIED: ")


def test_a_partial_fill_left_open_is_warned_of(spy):
    # A ThreeTierFillModel holds 100 units: 150 stay filled for 100.
    model = {"type": "ThreeTierFillModel", "random_seed": 1}
    outcome = run(trial(spy, strategy(orders=[[1, 150]]), venues=[venue(fill_model=model)]))
    assert outcome.metrics["orders_open"] == 1
    (warning,) = [w for w in outcome.warnings if "partly" in w]
    assert warning.startswith(
        "1 order partly filled and still open at the end: 100 of 150 SPY.ARCA (ThreeTierFillModel: 50,"
    )


def test_figures_that_do_not_add_up_are_not_shown(spy, monkeypatch):
    from sweep.backtest.accounting import closed_positions

    honest = closed_positions.net
    monkeypatch.setattr(closed_positions, "net", lambda p: {k: v + 1 for k, v in honest(p).items()})
    error = failure(trial(spy, strategy(orders=[[1, 10], [4, -10]])))
    assert (error.reason, "do not add up" in error.message) == (Reason.GUARD, True)


def test_fees_must_be_said(spy):
    silent = {k: v for k, v in venue().items() if k != "fee_model"}
    assert "fee_model" in failure(trial(spy, strategy(), venues=[silent])).message
    assert FREE["type"] in failure(trial(spy, strategy(), venues=[silent])).message


def test_iso_keeps_nanoseconds():
    assert moment_of(T0 + 5) == "2026-05-04T14:00:00.000000005Z"
    assert moment_of(T0) == "2026-05-04T14:00:00Z"


@pytest.mark.parametrize(
    "members",
    [
        "def __init__(self): super().__init__(); setattr(self, NAME, {})",
        "def on_start(self): setattr(self, NAME, {})",
        "def on_start(self): self.subscribe_quotes(SPY)\n    def on_quote(self, quote): vars(self)[NAME] = 1",
    ],
)
def test_an_attribute_of_the_engine_that_is_hidden_in_a_way_no_source_shows(spy, tmp_path, monkeypatch, members):
    module = write_module(tmp_path, monkeypatch, f"NAME = 'state'\nclass S(Strategy):\n    {members}\n")
    error = failure(trial(spy, {"path": f"{module.__name__}:S"}))
    assert (error.reason, "self.state hides the engine's" in error.message) == (Reason.GUARD, True)


@pytest.mark.parametrize("method", ["error", "exception"])
def test_errors_that_the_strategy_logs_are_warnings_where_the_spec_says_so(spy, method):
    plain = run(faulty(spy, ""))
    outcome = run(faulty(spy, f"log_{method}") | {"code": {"logged_errors": "warn"}})
    assert outcome.metrics == plain.metrics
    first = "no quote for an hour (at 2026-05-04T14:00:02Z)"
    assert outcome.warnings == (f"errors logged by the strategy: 1, the first: {first}", *plain.warnings)
    assert failure(faulty(spy, f"log_{method}") | {"code": {"logged_errors": "fail"}}).reason is Reason.STRATEGY


def test_a_use_that_only_the_running_code_shows_is_accepted_by_file_and_line(spy):
    module = "tests.support.nondeterministic_strategy:NondeterministicStrategy"
    impure = {"path": module, "config_path": f"{module}Config"}
    backtest = trial(spy, impure | {"config": {"use": "hidden"}})
    place = failure(backtest).message.partition(" ")[0]
    assert run(backtest | {"code": {"accept": [place]}}).metrics["orders"] == 0
    backtest["strategy"]["config"]["use"] = "purge"  # no line may change the records
    place = failure(backtest).message.partition(" ")[0]
    assert failure(backtest | {"code": {"accept": [place]}}).reason is Reason.GUARD
