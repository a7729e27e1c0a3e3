"""Whole replays small enough to compute by hand: each figure is derived in a comment."""

import pytest

from sweep.backtest import run
from sweep.backtest.data.trading_days import NANOS
from sweep.errors import Reason, TrialError
from tests.support import markets
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import strategy, trial, venue

T0 = ns("2026-05-04T14:00:00")  # a Monday
PER_CONTRACT = {"type": "PerContractFeeModel", "commission": "0.50 USD"}


def rising(count=10, start=T0, first=100.0):
    """Bid first, first + 1 … one a second; the ask is 0.02 above."""
    return [(start + i * SECOND, first + i, first + i + 0.02) for i in range(count)]


@pytest.fixture
def spy(tmp_path):
    """Ten quotes on Monday: bid 100 … 109, ask 100.02 … 109.02."""
    stock = markets.equity()
    return markets.write(tmp_path / "spy", [stock], quotes=markets.quotes(stock, rising()))


def figures(catalog, orders, *, name="SPY.ARCA", **keys):
    """Metrics of a replay of these market orders."""
    venues = keys.pop("venues", None) or [venue(name.rsplit(".", maxsplit=1)[-1], **keys.pop("venue", {}))]
    plan = strategy(orders=orders, instrument_id=name)
    return run(trial(catalog, plan, instruments=keys.pop("instruments", (name,)), venues=venues, **keys))


def test_no_trade_has_no_win_rate_and_no_sharpe(spy):
    outcome = figures(spy, [])
    nothing = {name for name, value in outcome.metrics.items() if value is None}
    assert nothing >= {"win_rate", "profit_factor", "expectancy", "sharpe_ratio", "sortino_ratio", "cagr", "mae", "sqn"}
    assert {value for name, value in outcome.metrics.items() if name not in nothing} == {0}
    assert (outcome.days, outcome.returns, outcome.warnings) == (("2026-05-04",), (0.0,), ())


def test_one_win_with_fees(spy):
    # Buy 10 at the ask of quote 1 (101.02), sell 10 at the bid of quote 4 (104.00): 10 * 2.98 = 29.80.
    # Fees: 20 units * 0.50 = 10.00. Net 19.80.
    outcome = figures(spy, [[1, 10], [4, -10]], venue={"fee_model": PER_CONTRACT})
    m = outcome.metrics
    assert (m["pnl_total"], m["pnl_realized"], m["pnl_unrealized"], m["fees"]) == (19.8, 19.8, 0.0, 10.0)
    assert (m["trades"], m["win_rate"], m["expectancy"], m["profit_factor"]) == (1, 1.0, 19.8, None)
    assert (m["return_total"], outcome.returns) == (0.000198, (0.000198,))
    assert (m["orders"], m["fills"]) == (2, 2)


def test_a_gross_win_that_fees_eat_is_a_loss(spy):
    # Gross 29.80 as above; fees 20 * 2.00 = 40.00; net -10.20.
    m = figures(spy, [[1, 10], [4, -10]], venue={"fee_model": {**PER_CONTRACT, "commission": "2 USD"}}).metrics
    assert (m["pnl_total"], m["win_rate"], m["profit_factor"], m["expectancy"]) == (-10.2, 0.0, 0.0, -10.2)


def test_break_even_is_a_trade_that_is_not_won(tmp_path):
    # Buy at 100.02, sell at a bid of 100.02: 0.00 exactly.
    stock = markets.equity()
    rows = [(T0, 100.0, 100.02), (T0 + SECOND, 100.02, 100.04)]
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rows))
    m = figures(catalog, [[0, 10], [1, -10]]).metrics
    assert (m["pnl_total"], m["trades"], m["win_rate"], m["expectancy"], m["profit_factor"]) == (0.0, 1, 0.0, 0.0, None)


def test_a_partial_close_is_not_yet_a_trade(spy):
    # Buy 10 at 101.02, sell 4 at 104.00: realised 4 * 2.98 = 11.92. Open: 6 * (109.00 - 101.02) = 47.88.
    m = figures(spy, [[1, 10], [4, -4]]).metrics
    assert (m["pnl_realized"], m["pnl_unrealized"], m["pnl_total"]) == (11.92, 47.88, 59.8)
    assert (m["trades"], m["win_rate"], m["positions_open"]) == (0, None, 1)


def test_a_flip_closes_one_trade_and_opens_the_next(spy):
    # Buy 10 at 101.02; sell 20 at 104.00: +29.80, short 10 at 104.00; buy 10 at 106.02: -20.20. Fees 40 * 0.5 = 20.
    # Fees of the flip are split: trade 1 pays 10 + 10 units = 10.00, trade 2 the same.
    m = figures(spy, [[1, 10], [4, -20], [6, 10]], venue={"fee_model": PER_CONTRACT}).metrics
    assert (m["pnl_total"], m["fees"], m["trades"], m["win_rate"]) == (-10.4, 20.0, 2, 0.5)
    assert m["profit_factor"] == pytest.approx(19.8 / 30.2, rel=1e-12)
    assert m["expectancy"] == -5.2


def test_reopened_netting_positions_all_count(spy):
    # +29.80 (101.02 -> 104), then 105.02 -> 106.00 = +9.80, then 107.02 -> 108.00 = +9.80.
    m = figures(spy, [[1, 10], [4, -10], [5, 10], [6, -10], [7, 10], [8, -10]]).metrics
    assert (m["trades"], m["win_rate"], m["pnl_total"]) == (3, 1.0, 49.4)


LOST, WON = -10.2, 9.8  # ten of it sold at a bid and bought at the next ask; bought and sold so


def test_losses_are_counted_in_the_order_in_which_they_were_opened(spy):
    orders = [[0, -10], [1, 10], [2, 10], [3, -10], [4, 10], [5, -10], [6, -10], [7, 10]]
    outcome = figures(spy, orders)
    assert outcome.stats["closed"] == [LOST, WON, WON, LOST]  # the engine has the last one first
    assert outcome.stats["closed_days"] == [0, 0, 0, 0]
    assert outcome.metrics["losing_streak"] == 1


def test_positions_of_several_strategies_opened_at_once_are_in_the_order_of_the_strategies(spy):
    loses_first, wins_first = [[0, -10], [1, 10], [2, 10], [3, -10]], [[0, 10], [1, -10], [2, -10], [3, 10]]
    plans = [
        {"name": f"s{n}", **strategy(orders=orders)} for n, orders in enumerate((loses_first, wins_first, loses_first))
    ]
    whole = trial(spy, {}) | {"strategies": plans}
    del whole["strategy"]
    assert run(whole).stats["closed"] == [LOST, WON, LOST, WON, LOST, WON]


def test_a_short_left_open_is_marked_at_the_ask(spy):
    # Sell 10 at 101.00; marked at the ask of the last quote, 109.02: 10 * (101.00 - 109.02) = -80.20.
    outcome = figures(spy, [[1, -10]])
    assert (outcome.metrics["pnl_total"], outcome.metrics["pnl_unrealized"]) == (-80.2, -80.2)
    assert outcome.warnings == ("1 position open at the end, marked to market: SHORT 10 SPY.ARCA",)


def test_hedging_keeps_both_sides(spy):
    # Long 10 at 101.02 and short 10 at 104.00, both open: 10 * (109.00 - 101.02) + 10 * (104.00 - 109.02) = 29.60.
    m = figures(spy, [[1, 10], [4, -10]], venue={"oms_type": "HEDGING"}).metrics
    assert (m["pnl_total"], m["pnl_unrealized"], m["trades"], m["positions_open"]) == (29.6, 29.6, 0, 2)


def test_hedging_trades_close_one_by_one(spy):
    # HedgeCloser opens a long and a short and closes each: +10 * (105.00 - 101.02) and +10 * (102.00 - 106.02).
    plan = strategy("HedgeCloser", "ScriptedConfig")
    m = run(trial(spy, plan, venues=[venue(oms_type="HEDGING")])).metrics
    assert (m["pnl_total"], m["trades"], m["win_rate"], m["profit_factor"]) == (
        -0.4,
        2,
        0.5,
        pytest.approx(39.8 / 40.2),
    )


def test_cash_account_with_a_stock(spy):
    # Buy 10 at 101.02 (cash -1010.20), sell 5 at 104.00 (+520): cash 99509.80; 5 * 109.00 = 545 in stock.
    m = figures(spy, [[1, 10], [4, -5]], venue={"account_type": "CASH"}).metrics
    assert (m["pnl_total"], m["pnl_realized"], m["pnl_unrealized"]) == (54.8, 14.9, 39.9)


def test_days_of_an_equity_skip_the_weekend(tmp_path):
    # Friday 8 May: buy 10 at 100.02; the day ends at a bid of 104: +39.80. Monday 11 May: bids 90 … 94: 10 * (94 - 104)
    # = -100. r = 39.8 / 100000, then -100 / 100039.8.
    stock = markets.equity()
    friday, monday = ns("2026-05-08T14:00:00"), ns("2026-05-11T14:00:00")
    rows = [*rising(5, friday), *rising(5, monday, 90.0)]
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rows))
    outcome = figures(catalog, [[0, 10]], end="2026-05-12T00:00:00Z")
    assert outcome.days == ("2026-05-08", "2026-05-11")
    assert outcome.returns == pytest.approx((39.8 / 100_000, -100 / 100_039.8), rel=1e-12)
    # mean = (a + b) / 2, stdev = |a - b| / sqrt(2): sharpe = (a + b) / (sqrt(2) * |a - b|) * sqrt(252)
    a, b = outcome.returns
    assert outcome.metrics["sharpe_ratio"] == pytest.approx((a + b) / (2**0.5 * abs(a - b)) * 252**0.5, rel=1e-9)
    assert outcome.metrics["max_drawdown"] == pytest.approx(100 / 100_039.8, rel=1e-12)


def test_a_position_held_overnight_is_marked_each_day(tmp_path):
    # Buy 10 at 100.02 on Monday (bid at the end 102: +19.80), Tuesday ends at a bid of 112: +100.
    stock = markets.equity()
    rows = [*rising(3), *rising(3, T0 + DAY, 110.0)]
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rows))
    outcome = figures(catalog, [[0, 10]])
    assert outcome.returns == pytest.approx((19.8 / 100_000, 100 / 100_019.8), rel=1e-12)


def test_fees_of_orders_at_the_stop_are_in_the_last_day(spy):
    # Closer buys 10 at 100.02 and sells 10 at 109.00 when it is stopped, after the last quote: 89.80 - 10.00 fees.
    outcome = run(trial(spy, strategy("Closer", orders=[[0, 10]]), venues=[venue(fee_model=PER_CONTRACT)]))
    assert (outcome.metrics["pnl_total"], outcome.metrics["positions_open"]) == (79.8, 0)
    assert outcome.returns == pytest.approx((79.8 / 100_000,), rel=1e-12)


def test_fx_days_roll_at_five_in_new_york(tmp_path):
    # New York is at UTC-4: 20:59 UTC on Monday is still Monday, 21:00 is Tuesday; Sunday evening is Monday.
    pair = markets.pair()
    times = ["2026-05-03T22:00:00", "2026-05-04T20:59:59", "2026-05-04T21:00:00", "2026-05-08T20:59:00"]
    rows = [(ns(t), 1.1 + n / 100, 1.1001 + n / 100) for n, t in enumerate(times)]
    catalog = markets.write(tmp_path, [pair], quotes=markets.quotes(pair, rows))
    outcome = figures(catalog, [[0, 1000]], name="EUR/USD.SIM", start="2026-05-03T00:00:00Z")
    assert outcome.days == ("2026-05-04", "2026-05-05", "2026-05-08")
    # Long 1000 at 1.1001; bids at the days' ends 1.11, 1.12, 1.13: +9.90, +10, +10.
    assert outcome.returns == pytest.approx((9.9 / 100_000, 10 / 100_009.9, 10 / 100_019.9), rel=1e-12)


def test_profit_in_another_currency_is_converted(tmp_path):
    # USD/JPY on a USD account. Buy 1000 at 150.11, sell 500 at 150.40: +145 JPY, booked at the rate of that fill
    # (150.40 / 150.41): 145 / 150.405 = 0.96 USD. Open 500: 500 * (150.90 - 150.11) = 395 JPY, / ask 150.91 = 2.62 USD.
    pair = markets.pair("USD/JPY.SIM", digits=3)
    rows = [(T0 + i * SECOND, 150 + i / 10, 150.01 + i / 10) for i in range(10)]
    catalog = markets.write(tmp_path, [pair], quotes=markets.quotes(pair, rows))
    m = figures(catalog, [[1, 1000], [4, -500]], name="USD/JPY.SIM").metrics
    assert m["pnl_realized"] == pytest.approx(0.96, abs=1e-9)
    assert m["pnl_unrealized"] == pytest.approx(395 / 150.91, rel=1e-12)
    assert m["pnl_total"] == pytest.approx(0.96 + 395 / 150.91, rel=1e-9)


def test_two_currencies_in_a_cash_account(tmp_path):
    # 100,000 USD and 1,000 EUR. At the start EUR is worth 1.1000 (bid): 101,100. Buy 1000 EUR at 1.1011 (USD -1101.10),
    # sell 500 at 1.1040 (+552.00): 99,450.90 USD and 1,500 EUR at the last bid 1.1090 = 1,663.50: 101,114.40.
    # Total 14.40 = realised 500 * 0.0029 = 1.45, open 500 * (1.1090 - 1.1011) = 3.95, the 1,000 EUR * 0.0090 = 9.00.
    pair = markets.pair()
    rows = [(T0 + i * SECOND, 1.1 + i / 1000, 1.1001 + i / 1000) for i in range(10)]
    catalog = markets.write(tmp_path, [pair], quotes=markets.quotes(pair, rows))
    account = {"account_type": "CASH", "base_currency": None, "starting_balances": ["100_000 USD", "1_000 EUR"]}
    m = figures(catalog, [[1, 1000], [4, -500]], name="EUR/USD.SIM", venue=account).metrics
    assert m["pnl_total"] == pytest.approx(14.4, abs=1e-9)
    assert m["pnl_realized"] == pytest.approx(1.45, abs=1e-9)
    assert m["pnl_unrealized"] == pytest.approx(3.95, abs=1e-9)
    assert m["pnl_revaluation"] == pytest.approx(9.0, abs=1e-9)
    assert m["return_total"] == pytest.approx(14.4 / 101_100, rel=1e-9)


def test_no_exchange_rate_names_the_pair(tmp_path):
    stock = markets.equity()
    catalog = markets.write(tmp_path, [stock], quotes=markets.quotes(stock, rising()))
    account = {"account_type": "CASH", "base_currency": None, "starting_balances": ["100_000 USD", "1_000 EUR"]}
    with pytest.raises(TrialError, match="from EUR to USD") as caught:
        figures(catalog, [[1, 10]], venue=account)
    assert caught.value.reason is Reason.DATA


def test_two_venues_add_up(tmp_path):
    # SPY as in one_win without fees: +29.80 on ARCA; EUR/USD long 1000 at 1.1011, open at the bid 1.1090: +7.90 on SIM.
    stock, pair = markets.equity(), markets.pair()
    fx = markets.quotes(pair, [(T0 + i * SECOND, 1.1 + i / 1000, 1.1001 + i / 1000) for i in range(10)])
    catalog = markets.write(tmp_path, [stock, pair], quotes=[*markets.quotes(stock, rising()), *fx])
    plan = strategy("TwoLegs", "ScriptedConfig")
    names = ("EUR/USD.SIM", "SPY.ARCA")
    outcome = run(trial(catalog, plan, instruments=names, venues=[venue(), venue("SIM")]))
    assert outcome.metrics["pnl_total"] == pytest.approx(29.8 + 7.9, abs=1e-9)
    assert outcome.metrics["return_total"] == pytest.approx(37.7 / 200_000, rel=1e-9)


def test_crypto_trades_every_day_of_the_week(tmp_path):
    # Buy 0.5 at 50,001 on Friday, fee 0.1 %: 25.0005. Bids at the days’ ends: 50,000; 50,100; 50,200.
    swap = markets.perpetual()
    starts = [ns(f"2026-05-{d:02}T12:00:00") for d in (8, 9, 10)]
    rows = [(t, 50_000 + 100 * n, 50_001 + 100 * n) for n, t in enumerate(starts)]
    catalog = markets.write(tmp_path, [swap], quotes=markets.quotes(swap, rows))
    fee = {"type": "MakerTakerFeeModel", "maker_rate": 0.001, "taker_rate": "0.001"}
    account = {"base_currency": None, "starting_balances": ["100_000 USDT"], "fee_model": fee}
    name = "BTCUSDT-PERP.BINANCE"
    outcome = figures(catalog, [[0, 0.5]], name=name, venue=account, end="2026-05-11T00:00:00Z")
    assert outcome.days == ("2026-05-08", "2026-05-09", "2026-05-10")
    assert outcome.metrics["fees"] == 25.0005
    assert outcome.metrics["pnl_total"] == pytest.approx(0.5 * (50_200 - 50_001) - 25.0005, abs=1e-9)
    a, b, c = outcome.returns
    assert a == pytest.approx((-0.5 - 25.0005) / 100_000, rel=1e-9)
    mean = (a + b + c) / 3
    deviation = (((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 2) ** 0.5
    assert outcome.metrics["sharpe_ratio"] == pytest.approx(mean / deviation * 365**0.5, rel=1e-9)


def test_spot_crypto_in_a_cash_account(tmp_path):
    # 100,000 USDT and 1 BTC. Buy 0.5 at 50,011 (fee 0.1 %: 25.0055), sell 0.2 at 50,040 (fee 10.008).
    # Realised 0.2 * 29 - 35.0135 = -29.2135; open 0.3 * (50,090 - 50,011) = 23.70; the BTC: 50,090 - 50,000 = 90.
    pair = markets.pair("BTC/USDT.BINANCE", digits=2, size_digits=6, margin=None)
    rows = [(T0 + i * SECOND, 50_000 + i * 10, 50_001 + i * 10) for i in range(10)]
    catalog = markets.write(tmp_path, [pair], quotes=markets.quotes(pair, rows))
    account = {
        "account_type": "CASH",
        "base_currency": None,
        "starting_balances": ["100_000 USDT", "1 BTC"],
        "fee_model": {"type": "MakerTakerFeeModel", "maker_rate": "0.001", "taker_rate": "0.001"},
    }
    m = figures(catalog, [[1, 0.5], [4, -0.2]], name="BTC/USDT.BINANCE", venue=account).metrics
    assert m["pnl_realized"] == pytest.approx(-29.2135, abs=1e-8)
    assert m["pnl_unrealized"] == pytest.approx(23.7, abs=1e-8)
    assert m["pnl_revaluation"] == pytest.approx(90.0, abs=1e-8)
    assert m["fees"] == pytest.approx(35.0135, abs=1e-8)


def test_a_future_has_its_multiplier(tmp_path):
    # Long 1 at 5001.25, closed and short 1 at 5004.00: 50 * 2.75 = 137.50; open: 50 * (5004.00 - 5009.25) = -262.50.
    # Fees 3 * 2.50 = 7.50.
    future = markets.future()
    rows = [(T0 + i * SECOND, 5000.0 + i, 5000.25 + i) for i in range(10)]
    catalog = markets.write(tmp_path, [future], quotes=markets.quotes(future, rows))
    fee = {"type": "PerContractFeeModel", "commission": "2.50 USD"}
    outcome = figures(catalog, [[1, 1], [4, -2]], name="ESM6.GLBX", venue={"fee_model": fee})
    m = outcome.metrics
    assert (m["pnl_total"], m["pnl_unrealized"], m["fees"], m["trades"]) == (-132.5, -262.5, 7.5, 1)
    assert m["expectancy"] == 132.5


def test_trades_alone_mark_open_positions_too(tmp_path):
    # The engine's own equity stays at 100,000 here. Buy 10 at 101.00 (trade 1), last trade 105.00: +40.
    stock = markets.equity()
    rows = [(T0 + i * SECOND, 100.0 + i) for i in range(6)]
    catalog = markets.write(tmp_path, [stock], trades=markets.trades(stock, rows))
    data = [{"type": "TradeTick", "instruments": ["SPY.ARCA"]}]
    outcome = run(trial(catalog, strategy("OnTrade", orders=[[1, 10]]), data=data))
    assert outcome.metrics["pnl_total"] == 40.0


def test_bars_alone_mark_open_positions_too(tmp_path):
    # Buy 10 at the close of bar 1 (101.50), last close 105.50: +40.
    stock, kind = markets.equity(), "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
    rows = [(T0 + (i + 1) * 60 * NANOS, 100 + i, 101 + i, 99 + i, 100.5 + i) for i in range(6)]
    catalog = markets.write(tmp_path, [stock], bars=markets.bars(kind, rows))
    data = [{"type": "Bar", "bar_types": [kind]}]
    outcome = run(trial(catalog, strategy("OnBar", orders=[[1, 10]]), data=data))
    assert outcome.metrics["pnl_total"] == 40.0


def test_a_loss_in_another_currency_is_bought_back_at_the_ask(tmp_path):
    # Short 1000 USD/JPY at the bid 150.10, marked at the ask 150.91: -810 JPY. To settle it JPY is bought with USD at
    # the bid of the pair, 150.90: -810 / 150.90.
    pair = markets.pair("USD/JPY.SIM", digits=3)
    rows = [(T0 + i * SECOND, 150 + i / 10, 150.01 + i / 10) for i in range(10)]
    catalog = markets.write(tmp_path, [pair], quotes=markets.quotes(pair, rows))
    m = figures(catalog, [[1, -1000]], name="USD/JPY.SIM").metrics
    assert m["pnl_unrealized"] == pytest.approx(-810 / 150.9, rel=1e-12)


def test_a_fee_in_another_currency_is_a_cost_of_the_trade(tmp_path):
    # SPY: +29.80 USD gross. Fees 20 * 0.10 EUR = 2 EUR, owed at the ask 1.1002: -2.2004; the trade nets 27.5996.
    # The account: 100 EUR worth 110.00 (bid 1.1000) become 98 EUR worth 107.80: 29.80 - 2.20 = 27.60.
    stock, pair = markets.equity(), markets.pair("EUR/USD.ARCA")
    rates = markets.quotes(pair, [(T0 + i * SECOND, 1.1, 1.1002) for i in range(10)])
    catalog = markets.write(tmp_path, [stock, pair], quotes=[*markets.quotes(stock, rising()), *rates])
    account = {
        "account_type": "CASH",
        "base_currency": None,
        "starting_balances": ["100_000 USD", "100 EUR"],
        "fee_model": {"type": "PerContractFeeModel", "commission": "0.10 EUR"},
    }
    m = figures(catalog, [[1, 10], [4, -10]], venue=account, instruments=("EUR/USD.ARCA", "SPY.ARCA")).metrics
    assert m["pnl_total"] == pytest.approx(27.6, abs=1e-9)
    assert m["expectancy"] == pytest.approx(27.5996, abs=1e-9)
    assert m["fees"] == pytest.approx(2.2, abs=1e-3)


def test_an_open_option_is_worth_its_premium_on_a_margin_account(tmp_path):
    # The engine books the premium at once, on MARGIN too: 2 × 100 × 3.12 = 624 less; the account keeps 99,376 until the
    # sale. At the end the bid is 12: worth 2,400. Equity 101,776; open PnL 2 × 100 × (12.00 - 3.12) = 1,776.
    call = markets.option()
    catalog = markets.write(
        tmp_path, [call], quotes=markets.quotes(call, [(t, b, a + 0.1) for t, b, a in rising(first=3.0)])
    )
    m = figures(catalog, [[0, 2]], name=str(call.id)).metrics
    assert (m["pnl_total"], m["pnl_unrealized"], m["pnl_realized"]) == (1776.0, 1776.0, 0.0)
    # Sold first: 2 × 100 × 3.00 = 600 more; bought back it would cost 2 × 100 × 12.12 = 2,424: -1,824.
    m = figures(catalog, [[0, -2]], name=str(call.id)).metrics
    assert (m["pnl_total"], m["pnl_unrealized"]) == (-1824.0, -1824.0)
    # Closed at quote 3 at a bid of 6.00: 2 × 100 × (6.00 - 3.12) = 576.
    m = figures(catalog, [[0, 2], [3, -2]], name=str(call.id)).metrics
    assert (m["pnl_total"], m["pnl_realized"], m["trades"]) == (576.0, 576.0, 1)


def test_an_option_that_the_engine_leaves_open_is_settled_by_quotes_of_its_underlying(tmp_path):
    # It expires five seconds after the first quote, with SPY at 105.00 to 105.02: worth 5.01.
    call = markets.option(expires="2026-05-04T14:00:05")
    stock = markets.equity("SPY.SMART")
    quotes = markets.quotes(call, rising(count=5, first=3.0)) + markets.quotes(stock, rising())
    catalog = markets.write(tmp_path, [call, stock], quotes=quotes)
    outcome = figures(catalog, [[0, 1]], name=str(call.id), instruments=(str(call.id), "SPY.SMART"))
    assert (outcome.metrics["positions_open"], outcome.metrics["trades"]) == (0, 1)
    assert outcome.metrics["pnl_total"] == pytest.approx(199.0)  # 100 × (5.01 - 3.02)
    assert any("1 position SETTLED at the expiration" in w for w in outcome.warnings)
