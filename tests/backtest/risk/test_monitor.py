"""Risk limits on tiny markets, against figures worked out by hand. Every price is a bid; the ask is a cent higher."""

from typing import Any

import pytest

from sweep.backtest.engine.backtest_run import run
from sweep.backtest.risk.monitor import RiskMonitor
from sweep.backtest.setup.builder import build
from sweep.errors import Reason, TrialError
from tests.support import markets
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import strategy, trial, venue

T0 = ns("2026-05-04T13:30:00")


def market(tmp_path, *days: list[float], name: str = "SPY.ARCA", gap: int = SECOND) -> str:
    """A catalog of sessions on following days, a price each second."""
    rows = [
        (T0 + day * DAY + n * gap, price, price + 0.01)
        for day, prices in enumerate(days)
        for n, price in enumerate(prices)
    ]
    spy = markets.equity(name)
    return markets.write(tmp_path / "catalog", [spy], quotes=markets.quotes(spy, rows))


def result(catalog: str, orders: list[list[int]], **risk: Any) -> Any:
    """Outcome of orders (number of the quote, signed quantity) under limits."""
    return run(trial(catalog, strategy(orders=orders)) | {"risk": risk})


def stops(outcome: Any) -> list[dict[str, Any]]:
    return outcome.stats["risk_stops"]


def test_a_drawdown_strikes_at_the_first_mark_beyond_it_and_closes_there(tmp_path):
    # Bought 900 at 100.01. Equity at 110: 108,991, the peak. At 99: 99,091, a fall of 9.083 %. At 97.80: 98,011,
    # 10.074 %: sold there. Nothing of the rise to 120 is left, and the second order is refused.
    catalog = market(tmp_path, [100, 100, 110, 99, 97.8, 120, 120, 120])
    outcome = result(catalog, [[1, 900], [6, 10]], max_drawdown="10 %")
    (stop,) = stops(outcome)
    assert stop["value"] == pytest.approx(1 - 98_011 / 108_991)
    assert (stop["at"], stop["limit"], stop["threshold"]) == ("2026-05-04T13:30:04Z", "max_drawdown", 0.1)
    assert (stop["equity"], stop["then"], stop["until"]) == (98_011.0, "flatten", "end")
    assert outcome.metrics["pnl_total"] == pytest.approx(-1_989.0)
    assert outcome.metrics["trades"] == 1
    assert (outcome.metrics["risk_stops"], outcome.metrics["orders_refused"]) == (1, 1)
    assert any("max_drawdown (10.07% of 10.00%)" in warning for warning in outcome.warnings)


def test_a_limit_is_checked_before_a_strategy_hears_of_the_same_mark(tmp_path):
    # Bought at 100.01; at 88 the limit strikes, and the order that the strategy sends at that very quote is refused.
    catalog = market(tmp_path, [100, 100, 88, 90, 90])
    for _ in range(6):  # the engine alone would call the two in random order
        outcome = result(catalog, [[1, 900], [2, 10]], max_drawdown="10 %")
        assert (outcome.metrics["risk_stops"], outcome.metrics["orders_refused"]) == (1, 1)


def test_a_fall_to_the_limit_itself_does_not_strike(tmp_path):
    # Bought 500 at 100.01, marked at 80.01: equity 90,000, a fall of exactly 10 %.
    outcome = result(market(tmp_path, [100, 100, 80.01, 95, 95]), [[1, 500]], max_drawdown=0.1)
    assert stops(outcome) == []
    assert outcome.metrics["positions_open"] == 1


def test_halted_keeps_what_is_open_and_lets_exits_go(tmp_path):
    catalog = market(tmp_path, [100, 100, 88, 92, 95, 96, 97, 98])
    outcome = result(catalog, [[1, 900], [4, 10], [5, -900], [6, 10]], max_drawdown="10 %", then="halt")
    assert [s["limit"] for s in stops(outcome)] == ["max_drawdown"]
    assert outcome.metrics["orders_refused"] == 2  # those of quotes 4 and 6; the exit of quote 5 was sent
    assert outcome.metrics["pnl_total"] == pytest.approx(900 * (96 - 100.01))


def test_a_daily_loss_is_of_the_day_and_trading_goes_on_the_next(tmp_path):
    # Day 1: bought 100 at 100.01; at 79 equity 97,899, a loss of 2.101 %: sold. Day 2: 100 at 80.01, closed at 85.
    catalog = market(tmp_path, [100, 100, 81, 79, 90], [80, 80, 85, 85, 85])
    outcome = result(catalog, [[1, 100], [4, 10], [6, 100], [8, -100]], daily_loss="2 %")
    (stop,) = stops(outcome)
    assert (stop["limit"], stop["equity"], stop["until"]) == ("daily_loss", 97_899.0, "next_day")
    assert outcome.metrics["pnl_total"] == pytest.approx(100 * (79 - 100.01) + 100 * (85 - 80.01))
    assert outcome.metrics["orders_refused"] == 1


def test_a_daily_loss_until_the_end(tmp_path):
    catalog = market(tmp_path, [100, 100, 81, 79, 90], [80, 80, 85, 85, 85])
    outcome = result(catalog, [[1, 100], [6, 100]], daily_loss="2 %", until="end")
    assert outcome.metrics["orders_refused"] == 1
    assert outcome.metrics["pnl_total"] == pytest.approx(100 * (79 - 100.01))


def test_a_drawdown_that_lasts_strikes_again_the_next_day_before_anything_is_sent(tmp_path):
    # Bought 900 at 100.01; at 88 10.8 % are lost: closed. The next day begins flat, and as far below the peak.
    catalog = market(tmp_path, [100, 100, 88, 88], [88, 88, 90, 90])
    outcome = result(catalog, [[1, 900], [5, 10]], max_drawdown="10 %", until="next_day")
    assert [s["at"] for s in stops(outcome)] == ["2026-05-04T13:30:02Z", "2026-05-05T13:30:00Z"]
    assert (outcome.metrics["orders_refused"], outcome.metrics["trades"]) == (1, 1)


def test_only_so_many_positions_are_opened_a_day(tmp_path):
    catalog = market(tmp_path, [100] * 10, [100] * 10)
    orders = [[1, 10], [2, -10], [3, 10], [4, -10], [5, 10], [11, 10], [12, -10]]
    outcome = result(catalog, orders, max_trades_per_day=2)
    assert outcome.metrics["trades"] == 3
    assert outcome.metrics["orders_refused"] == 1
    assert [(s["limit"], s["then"]) for s in stops(outcome)] == [("max_trades_per_day", "halt")]


def test_a_position_never_exceeds_its_limit(tmp_path):
    catalog = market(tmp_path, [100] * 10)
    outcome = result(catalog, [[1, 60], [2, 50], [3, 40], [4, -100], [5, -101], [6, -100]], max_position=100)
    # 60; 110 refused; 100; 0; -101 refused; -100
    assert outcome.metrics["orders_refused"] == 2
    assert outcome.metrics["fills"] == 4
    other = result(catalog, [[1, 60], [2, 50]], max_position={"QQQ.ARCA": 1, "SPY.ARCA": 100})
    assert other.metrics["orders_refused"] == 1
    free = result(catalog, [[1, 60], [2, 50]], max_position={"QQQ.ARCA": 1})
    assert free.metrics["orders_refused"] == 0


@pytest.mark.parametrize("first", [[[1, 60]], [[1, -60]]])
def test_orders_that_are_sent_before_the_first_of_them_fills_do_not_exceed_it_together(tmp_path, first):
    catalog = market(tmp_path, [100] * 6)
    twice = [[1, first[0][1]], [1, first[0][1]]]
    alone = result(catalog, twice, max_position=100)
    together = portfolio(catalog, named("a", first), named("b", first), max_position=100)
    for outcome in (alone, together):
        assert (outcome.metrics["orders_refused"], outcome.metrics["fills"]) == (1, 1)
    assert result(catalog, twice, max_position=120).metrics["orders_refused"] == 0


def test_a_reversal_counts_from_the_other_side(tmp_path):
    # 60 are held; a sale of 160 leaves -100, one of 161 would leave -101. So with a second strategy: 60 and -160.
    catalog = market(tmp_path, [100] * 6)
    assert result(catalog, [[1, 60], [2, -160]], max_position=100).metrics["orders_refused"] == 0
    assert result(catalog, [[1, 60], [2, -161]], max_position=100).metrics["orders_refused"] == 1
    both = portfolio(catalog, named("a", [[1, 60]]), named("b", [[2, -60], [3, -100], [4, -1]]), max_position=100)
    assert (both.metrics["orders_refused"], both.metrics["fills"]) == (1, 3)


def test_a_sale_beside_the_one_that_closes_opens_nothing(tmp_path):
    # Orders take 1.5 s. The position is being closed from quote 4 on; the strategy's own sale of quote 5 is refused.
    catalog = market(tmp_path, [100, 100, 100, 100, 79, 79, 79, 79, 79, 79, 79, 79])
    latency = {"type": "StaticLatencyModel", "base_latency_nanos": 1_500_000_000}
    backtest = trial(catalog, strategy(orders=[[0, 100], [5, -100]]), venues=[venue(latency_model=latency)])
    outcome = run(backtest | {"risk": {"max_drawdown": "2 %"}})
    assert (outcome.metrics["trades"], outcome.metrics["orders_refused"]) == (1, 1)
    assert outcome.metrics["pnl_total"] == pytest.approx(100 * (79 - 100.01))


def test_two_exits_at_once_open_nothing_where_trading_has_stopped(tmp_path):
    catalog = market(tmp_path, [100, 100, 88, 92, 95, 96])
    outcome = result(catalog, [[1, 900], [4, -900], [4, -900]], max_drawdown="10 %", then="halt")
    assert (outcome.metrics["orders_refused"], outcome.metrics["trades"]) == (1, 1)
    assert outcome.metrics["positions_open"] == 0


@pytest.mark.parametrize("then", ["flatten", "halt"])
def test_an_emulated_entry_is_cancelled_too(tmp_path, then):
    # The entry at 60 waits in the engine's emulator, not at the venue.
    catalog = market(tmp_path, [100, 100, 100, 89, 55, 55, 55])
    plan = {"path": "tests.support.strategies:Emulating", "config_path": "tests.support.strategies:ScriptedConfig"}
    outcome = run(
        trial(catalog, plan | {"config": {"orders": [[1, 300]]}}) | {"risk": {"max_drawdown": "3 %", "then": then}}
    )
    assert outcome.metrics["fills"] == (2 if then == "flatten" else 1)


def test_the_engines_risk_checks_must_not_be_bypassed(tmp_path):
    whole = trial(market(tmp_path, [100, 100]), strategy()) | {"risk": {"max_drawdown": "1 %"}}
    whole |= {"engine": {"risk_engine": {"bypass": True}}}
    (problem,) = build(whole)[1]
    assert (problem.where, problem.remedy) == ("engine.risk_engine.bypass", "leave out risk, or bypass")
    whole["engine"]["risk_engine"]["bypass"] = False  # the remedy
    assert build(whole)[1] == []


def test_trading_ends_at_a_time_of_day_and_goes_on_the_next(tmp_path):
    # 13:30 UTC is 9:30 in New York; quotes each second.
    catalog = market(tmp_path, [100, 100, 101, 102, 103, 104], [100, 100, 101, 102, 103, 104])
    orders = [[1, 100], [4, 10], [7, 100], [8, -100]]
    outcome = result(catalog, orders, stop_trading_at="09:30:03 America/New_York")
    assert [(s["at"], s["limit"]) for s in stops(outcome)] == [
        ("2026-05-04T13:30:03Z", "stop_trading_at"), ("2026-05-05T13:30:03Z", "stop_trading_at"),
    ]  # fmt: skip
    assert outcome.metrics["orders_refused"] == 1
    assert outcome.metrics["pnl_total"] == pytest.approx(100 * (102 - 100.01) + 100 * (101 - 100.01))


def test_limits_that_do_not_strike_change_nothing(tmp_path):
    catalog = market(tmp_path, [100, 100, 101, 99, 103, 104])
    plain = run(trial(catalog, strategy(orders=[[1, 100], [3, -50]])))
    limited = result(catalog, [[1, 100], [3, -50]], max_drawdown="50 %", daily_loss="50 %", max_trades_per_day=9,
                     max_position=1000, stop_trading_at="23:00 America/New_York")  # fmt: skip
    assert {k: v for k, v in limited.metrics.items() if k in plain.metrics} == plain.metrics
    assert (limited.fills, limited.returns) == (plain.fills, plain.returns)


@pytest.mark.parametrize(
    ("risk", "where"),
    [
        ({"max_drawdown": 10}, "risk.max_drawdown"),
        ({"max_drawdown": "ten"}, "risk.max_drawdown"),
        ({"daily_loss": "0 %"}, "risk.daily_loss"),
        ({"max_trades_per_day": 0}, "risk.max_trades_per_day"),
        ({"max_position": -1}, "risk.max_position"),
        ({"stop_trading_at": "15:45"}, "risk.stop_trading_at"),
        ({"stop_trading_at": "25:00 UTC"}, "risk.stop_trading_at"),
        ({"then": "flatten"}, "risk"),
        ({"max_drawdown": 0.1, "strategies": {"Scriptd": {"daily_loss": 0.1}}}, "risk.strategies.Scriptd"),
    ],
)
def test_wrong_limits_are_mistakes(tmp_path, risk, where):
    with pytest.raises(TrialError, match=where):
        result(market(tmp_path, [100, 100]), [], **risk)


def portfolio(catalog: str, *strategies: dict[str, Any], **risk: Any) -> Any:
    backtest = trial(catalog, {}) | {"strategies": list(strategies), "risk": risk}
    del backtest["strategy"]
    return run(backtest)


def named(name: str, orders: list[list[int]]) -> dict[str, Any]:
    return {"name": name, **strategy(orders=orders)}


def test_a_limit_of_one_strategy_stops_it_alone(tmp_path):
    # `down` buys 100 at 100.01 and `up` sells 100 at 100. At 79 `down` has lost 2,101 of 100,000: sold there.
    catalog = market(tmp_path, [100, 100, 90, 79, 75, 70, 70, 70])
    outcome = portfolio(
        catalog, named("down", [[1, 100], [5, 10]]), named("up", [[1, -100], [6, 100]]),
        max_drawdown="90 %", strategies={"down": {"max_drawdown": "2 %"}},
    )  # fmt: skip
    (stop,) = stops(outcome)
    assert (stop["strategy"], stop["equity"], stop["value"]) == ("down", 97_899.0, pytest.approx(0.02101))
    assert outcome.metrics["orders_refused"] == 1
    assert outcome.metrics["pnl_total"] == pytest.approx(100 * (79 - 100.01) + 100 * (100 - 70.01))


def test_a_limit_of_all_stops_all(tmp_path):
    catalog = market(tmp_path, [100, 100, 90, 79, 75, 70, 70, 70])
    outcome = portfolio(catalog, named("one", [[1, 100], [5, 10]]), named("two", [[1, 50], [6, 1]]), daily_loss="3 %")
    (stop,) = stops(outcome)
    assert (stop["strategy"], stop["equity"]) == ("", 100_000 + 150 * (79 - 100.01))
    assert outcome.metrics["orders_refused"] == 2
    assert outcome.metrics["pnl_total"] == pytest.approx(150 * (79 - 100.01))


@pytest.mark.parametrize(("then", "left"), [("flatten", 0), ("halt", 1)])
def test_what_rests_is_cancelled_but_for_exits(tmp_path, then, left):
    # Bought 300 at 100.01 with a stop at 50 and an entry of 10 at 60: at 89 a fall of 3.3 %.
    catalog = market(tmp_path, [100, 100, 100, 89, 55, 55, 55])
    plan = {"path": "tests.support.strategies:Resting", "config_path": "tests.support.strategies:ScriptedConfig"}
    outcome = run(
        trial(catalog, plan | {"config": {"orders": [[1, 300]]}}) | {"risk": {"max_drawdown": "3 %", "then": then}}
    )
    assert len(stops(outcome)) == 1
    assert outcome.metrics["orders_open"] == left  # halted: the stop that protects what is open
    assert outcome.metrics["fills"] == (2 if then == "flatten" else 1), "the entry at 60 was cancelled"


def test_commands_on_their_way_are_dealt_with_when_they_arrive(tmp_path):
    # Orders take 1.5 s. That of quote 3 is on its way when the limit strikes at quote 4; it fills, and is closed.
    catalog = market(tmp_path, [100, 100, 100, 100, 79, 79, 79, 79, 79, 79, 79, 79])
    latency = {"type": "StaticLatencyModel", "base_latency_nanos": 1_500_000_000}
    backtest = trial(catalog, strategy(orders=[[0, 100], [3, 50]]), venues=[venue(latency_model=latency)])
    outcome = run(backtest | {"risk": {"max_drawdown": "2 %"}})
    assert len(stops(outcome)) == 1
    assert outcome.metrics["positions_open"] == 0
    assert outcome.metrics["orders_refused"] == 0


@pytest.mark.parametrize(("kind", "equity", "pnl"), [("TradeTick", 98_012.0, -1_996.0), ("Bar", 98_020.0, -1_980.0)])
def test_trades_and_bars_are_marks_too(tmp_path, kind, equity, pnl):
    # Bought at 100, marked at 97.80. A trade of 100 has 100 at its price; the other 800 are a cent worse, both times.
    spy, prices = markets.equity(), [100.0, 100.0, 110.0, 99.0, 97.8, 120.0, 120.0]
    times = [T0 + n * 60 * SECOND for n in range(len(prices))]
    name = "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
    data = (
        {"trades": markets.trades(spy, list(zip(times, prices, strict=True)))}
        if kind == "TradeTick"
        else {"bars": markets.bars(name, [(t, p, p, p, p) for t, p in zip(times, prices, strict=True)])}
    )
    catalog = markets.write(tmp_path / "catalog", [spy], **data)
    entry = {"type": kind, "instruments": ["SPY.ARCA"]} if kind == "TradeTick" else {"type": kind, "bar_types": [name]}
    reader = strategy("OnTrade", orders=[[1, 900]]) if kind == "TradeTick" else strategy("OnBar", orders=[[1, 900]])
    outcome = run(trial(catalog, reader, data=[entry]) | {"risk": {"max_drawdown": "10 %"}})
    (stop,) = stops(outcome)
    assert stop["equity"] == pytest.approx(equity)
    assert outcome.metrics["pnl_total"] == pytest.approx(pnl)


@pytest.mark.parametrize("risk", [{"max_drawdown": "10 %", "then": "halt"}, {"max_trades_per_day": 1}])
@pytest.mark.parametrize("oms", ["NETTING", "HEDGING"])
def test_an_order_against_a_position_that_it_does_not_reduce_is_an_entry(tmp_path, oms, risk):
    # 900 are held from 100.01 on. A sale of 100 by another strategy, or of a HEDGING account, opens a short position.
    catalog = market(tmp_path, [100, 100, 88, 92, 95, 96, 97, 98])
    if oms == "NETTING":
        outcome = portfolio(catalog, named("holder", [[1, 900]]), named("seller", [[4, -100]]), **risk)
    else:
        hedging = trial(catalog, strategy(orders=[[1, 900], [4, -100]]), venues=[venue(oms_type=oms)])
        outcome = run(hedging | {"risk": risk})
    assert outcome.metrics["orders_refused"] == 1
    assert (outcome.metrics["fills"], outcome.metrics["positions_open"]) == (1, 1)


def test_an_order_that_names_its_position_is_an_exit(tmp_path):
    # HEDGING: a long at 100.01 and a short at 100 of 10 each, closed one by one after the limit of the day.
    catalog = market(tmp_path, [100] * 8)
    hedging = trial(catalog, strategy("NamedCloser"), venues=[venue(oms_type="HEDGING")])
    outcome = run(hedging | {"risk": {"max_trades_per_day": 2}})
    assert outcome.metrics["orders_refused"] == 0
    assert (outcome.metrics["trades"], outcome.metrics["positions_open"]) == (2, 0)
    assert outcome.metrics["pnl_total"] == pytest.approx(2 * 10 * -0.01)


@pytest.mark.parametrize(("most", "refused", "held"), [(100, 1, 50), (500, 0, 500)])
@pytest.mark.parametrize("orders", [[], [[0, 1]]])
def test_an_order_at_work_does_not_grow_beyond_the_limit(tmp_path, most, refused, held, orders):
    # An order of 50 at 90 that is made 500 rests, and fills at 90 when the ask falls to 88.01.
    catalog = market(tmp_path, [100, 100, 100, 100, 88, 88])
    outcome = run(trial(catalog, strategy("Growing", orders=orders)) | {"risk": {"max_position": most}})
    assert outcome.metrics["orders_refused"] == refused
    assert outcome.metrics["pnl_total"] == pytest.approx(held * (88 - 90))


def several(catalog: str, plan: dict[str, Any], account: Any, *instruments: str, **risk: Any) -> Any:
    """Outcome of a portfolio of one strategy under limits."""
    whole = trial(catalog, {}, instruments=instruments, venues=[account]) | {"strategies": [plan], "risk": risk}
    del whole["strategy"]
    return run(whole)


LIMITS = [{"max_drawdown": "1 %"}, {"strategies": {"a": {"max_drawdown": "1 %"}}}]


@pytest.mark.parametrize("risk", LIMITS)
@pytest.mark.parametrize(("amount", "bids"), [(10, (2.0, 2.0, 1.5, 1.0, 1.0)), (-10, (2.0, 2.0, 2.5, 3.0, 3.0))])
def test_options_are_marked_at_what_closing_them_brings(tmp_path, risk, amount, bids):
    # Ten calls of 100 shares. Bought at the ask 2.05: at the bid 1.50 0.55 %, at 1.00 1.05 % are lost, 1,050 USD.
    # Sold at the bid 2.00: at the ask 2.55 0.55 %, at 3.05 1.05 % are lost, 1,050 USD. Closed there.
    call = markets.option()
    rows = [(T0 + n * SECOND, bid, bid + 0.05) for n, bid in enumerate(bids)]
    catalog = markets.write(tmp_path / "catalog", [call], quotes=markets.quotes(call, rows))
    plan = {"name": "a", **strategy(orders=[[1, amount]], instrument_id=str(call.id))}
    outcome = several(catalog, plan, venue("SMART", default_leverage=10), str(call.id), **risk)
    (stop,) = stops(outcome)
    assert (stop["at"], stop["value"], stop["equity"]) == ("2026-05-04T13:30:03Z", pytest.approx(0.0105), 98_950.0)
    assert (outcome.metrics["pnl_total"], outcome.metrics["positions_open"]) == (-1_050.0, 0)


@pytest.mark.parametrize("risk", LIMITS)
def test_another_currency_is_converted_at_the_same_moment(tmp_path, risk):
    # 100,000 EUR bought for 80,000 GBP. EUR is always 1.25 USD; at EUR/GBP 0.78 GBP is 1.25 / 0.78 USD, and 2,000 GBP
    # are lost: 3,205.13 USD of the 256,250 at the start, 1.2508 %. The other 98,000 GBP gain by that rate, which is no
    # strategy's: the equity of the account is 100,000 + 98,000 * 1.25 / 0.78 = 257,051.28, higher than before.
    eur, gbp = markets.pair("EUR/USD.SIM"), markets.pair("EUR/GBP.SIM")
    rates = [(T0 + n * SECOND, price, price) for n, price in enumerate((0.8, 0.8, 0.79, 0.78, 0.78))]
    dollars = [(at, 1.25, 1.25) for at, _, _ in rates]
    quotes = [*markets.quotes(eur, dollars), *markets.quotes(gbp, rates)]
    catalog = markets.write(tmp_path / "catalog", [eur, gbp], quotes=quotes)
    plan = {"name": "a", **strategy(orders=[[1, 100_000]], instrument_id="EUR/GBP.SIM")}
    account = venue("SIM", base_currency=None, starting_balances=["100_000 USD", "100_000 GBP"])
    outcome = several(catalog, plan, account, "EUR/USD.SIM", "EUR/GBP.SIM", **risk)
    if "strategies" not in risk:
        assert stops(outcome) == []
        return
    (stop,) = stops(outcome)
    assert (stop["at"], stop["strategy"]) == ("2026-05-04T13:30:03Z", "a")
    assert stop["value"] == pytest.approx(2_000 * 1.25 / 0.78 / 256_250)
    assert stop["equity"] == pytest.approx(256_250 - 2_000 * 1.25 / 0.78)


@pytest.mark.parametrize("risk", LIMITS)
def test_a_rate_that_the_data_does_not_have_fails_the_trial(tmp_path, risk):
    account = venue(base_currency=None, starting_balances=["100_000 EUR", "100_000 USD"])
    plan = {"name": "a", **strategy(orders=[[1, 10]])}
    with pytest.raises(TrialError, match="no exchange rate from USD to EUR: add quotes of that pair") as caught:
        several(market(tmp_path, [100, 100, 90, 80]), plan, account, "SPY.ARCA", **risk)
    assert caught.value.reason is Reason.DATA


def test_a_mark_that_is_missing_in_the_middle_fails_with_its_own_reason(tmp_path, monkeypatch):
    def missing(_monitor):
        raise TrialError(Reason.DATA, "no price to mark the open position in SPY.ARCA to market")

    monkeypatch.setattr(RiskMonitor, "mark", missing)
    with pytest.raises(TrialError, match="no price to mark") as caught:
        result(market(tmp_path, [100, 100, 90]), [[1, 10]], max_drawdown="1 %")
    assert caught.value.reason is Reason.DATA


def test_books_alone_are_no_marks(tmp_path):
    data = [
        {"type": "QuoteTick", "instruments": ["SPY.ARCA"]},
        {"type": "OrderBookDelta", "instruments": ["SPY.ARCA", "QQQ.ARCA"]},
    ]
    whole = trial(market(tmp_path, [100, 100]), strategy(), data=data) | {"risk": {"max_drawdown": "1 %"}}
    (problem,) = (p for p in build(whole)[1] if p.where == "risk")
    assert (problem.value, problem.remedy[:15]) == ("QQQ.ARCA", "add data of it:")
    data.append({"type": "Bar", "bar_types": ["QQQ.ARCA-1-MINUTE-LAST-EXTERNAL"]})  # the remedy
    assert not [p for p in build(whole | {"data": data})[1] if p.where == "risk"]
