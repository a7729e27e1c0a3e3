"""Options held to their expiration: exercised, settled in cash, worthless or unknown; every figure by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nautilus_trader.model import Currency, IndexInstrument, IndexPriceUpdate, Price, Quantity
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.backtest import run
from sweep.backtest.records import BacktestRecord, Hooks
from sweep.errors import TrialError
from sweep.trial import Result
from tests.support.markets import HOUR, bars, equity, ns, option, quotes, symbol, trades, write
from tests.support.trials import trial, venue

EXPIRY = ns("2026-05-04T20:00:00")
T0 = EXPIRY - HOUR
TIMES, SPOT = (T0, T0 + HOUR // 2, EXPIRY - 1, EXPIRY + HOUR), (500.0, 505.0, 507.0, 509.0)
OTHER = equity("QQQ.ARCA")
STOCK, BARS = equity("SPY.ARCA", margin="0.5"), "SPY.ARCA-1-MINUTE-LAST-EXTERNAL"
CALL, HIGH_CALL, PUT = (option(f"SPY260504{k}.ARCA") for k in ("C00500000", "C00506000", "P00510000"))
PREMIUMS = {CALL: (3.0, 3.1), HIGH_CALL: (1.0, 1.1), PUT: (10.0, 10.1)}  # bid and ask at the start


def index() -> Any:
    usd, cent = Currency.from_str("USD"), Price.from_str("0.01")
    return IndexInstrument(STOCK.id, symbol("SPY.ARCA"), usd, 2, 0, cent, Quantity.from_int(1), 0, 0)


def entry(kind: str, *names: str) -> dict[str, Any]:
    return {"type": kind, "bar_types" if kind == "Bar" else "instruments": list(names)}


def market(folder: Path, underlying: str, options: Sequence[Any]) -> list[dict[str, Any]]:
    """A catalog with prices of the underlying of a kind; the entries of `data:`."""
    rows = [q for o in options for q in quotes(o, [(t, *PREMIUMS[o]) for t in TIMES[:3]])]
    named = [str(o.id) for o in options]
    steps = list(zip(TIMES, SPOT, strict=True))
    base = index() if underlying == "index" else STOCK
    if underlying in {"quotes", "trades"}:
        rows += quotes(STOCK, [(t, p - 0.02, p + 0.02) for t, p in steps])
    write(
        folder, [base, *options], quotes=rows, trades=trades(STOCK, steps) if underlying == "trades" else (),
        bars=bars(BARS, [(t, *[p] * 4) for t, p in steps]) if underlying == "bars" else (),
    )  # fmt: skip
    if underlying == "nothing":
        write(folder, [OTHER], quotes=quotes(OTHER, [(EXPIRY + HOUR, 1, 2)]))
    if underlying == "index":
        updates = [IndexPriceUpdate(STOCK.id, Price(p, 2), t, t) for t, p in steps]
        ParquetDataCatalog(str(folder)).write_index_price_updates(updates)
    kinds = {"trades": [entry("QuoteTick", *named, "SPY.ARCA"), entry("TradeTick", "SPY.ARCA")],
             "quotes": [entry("QuoteTick", *named, "SPY.ARCA")],
             "bars": [entry("QuoteTick", *named), entry("Bar", BARS)],
             "index": [entry("QuoteTick", *named), entry("IndexPriceUpdate", "SPY.ARCA")],
             "nothing": [entry("QuoteTick", *named, "QQQ.ARCA")]}  # fmt: skip
    return kinds[underlying]


def held(
    folder: Path, underlying: str, legs: Sequence[tuple[Any, int]], *, sell: bool = False
) -> tuple[Result, BacktestRecord]:
    """Options that are bought or sold at the start and held; with `sell` the shares are closed an hour after."""
    data = market(folder, underlying, [o for o, _ in legs])
    config = {
        "instrument_id": str(legs[0][0].id), "underlying": "SPY.ARCA", "legs": [[str(o.id), n] for o, n in legs],
        "sell_at": EXPIRY + HOUR if sell else 0,
    }  # fmt: skip
    strategy = {
        "path": "tests.support.strategies:Exercised", "config_path": "tests.support.strategies:ExercisedConfig",
        "config": config,
    }  # fmt: skip
    fee = {"type": "PerContractFeeModel", "commission": "1 USD"}
    records = list[BacktestRecord]()
    plan = trial(str(folder), strategy, data=data, venues=[venue(fee_model=fee)])
    return run(plan, look=Hooks(keep=records.append)), records[0]


def figures(result: Result) -> tuple[Any, ...]:
    m = result.metrics
    return m["trades"], m["win_rate"], m["expectancy"], m["positions_open"], m["pnl_total"]


def excursions(result: Result) -> tuple[Any, ...]:
    return result.metrics["mae"], result.metrics["mfe"]


# shares come at the strike and go at 509, the trade that is the last event then; a fee of 1 a contract and 1 a share
EXERCISES = {
    "a long call": ([(CALL, 1)], -310 - 1 + 100 * (509 - 500) - 100),
    "a short call": ([(CALL, -1)], 300 - 1 + 100 * (500 - 509) - 100),
    "a long put": ([(PUT, 1)], -1010 - 1 + 100 * (510 - 509) - 100),
    "a short put": ([(PUT, -1)], 1000 - 1 + 100 * (509 - 510) - 100),
}


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_counts_once_with_its_true_pnl(tmp_path: Path, name: str):
    legs, pnl = EXERCISES[name]
    result, record = held(tmp_path, "trades", legs, sell=True)
    assert figures(result) == (1, float(pnl > 0), pytest.approx(pnl), 0, pytest.approx(pnl))
    (position,) = record.positions
    assert (position.pnl, position.instrument_id) == (pytest.approx(pnl), str(legs[0][0].id))
    # 10 of spread and 1 of fees at once; the option that is closed at 0 is no loss, for its shares come at the strike
    assert excursions(result) == pytest.approx((min(-11, pnl), max(0, pnl)))


def test_shares_that_are_still_held_leave_the_trade_open(tmp_path: Path):
    """The last price is the quote of 21:00, 508.98 to 509.02, or the trade of that moment at 509: the quote counts."""
    result, _ = held(tmp_path, "trades", [(CALL, 1)])
    assert figures(result) == (0, None, None, 1, pytest.approx(-311 + 100 * (508.98 - 500)))
    assert excursions(result) == (None, None)


def test_a_spread_of_two_exercises_is_one_trade(tmp_path: Path):
    """Long 500, short 506: shares come at 500 and go at 506."""
    result, _ = held(tmp_path, "trades", [(CALL, 1), (HIGH_CALL, -1)])
    pnl = -310 - 1 + 100 - 1 + 600
    assert figures(result) == (1, 1.0, pytest.approx(pnl), 0, pytest.approx(pnl))
    assert excursions(result) == pytest.approx((-2 * 11, pnl))


def test_ids_that_the_venue_draws_change_nothing(tmp_path: Path):
    """The fills of an exercise have random ids: two runs have one trail and one record."""
    (one, first), (two, second) = (
        held(tmp_path / name, "trades", [(CALL, 1), (PUT, -1)], sell=True) for name in ("a", "b")
    )
    assert (one.fills, first.fills, first.orders) == (two.fills, second.fills, second.orders)
    assert first.positions == second.positions


@pytest.mark.parametrize(("underlying", "spot"), [("quotes", 507), ("bars", 507), ("index", 507)])
@pytest.mark.parametrize("legs", [[(CALL, 1)], [(CALL, -1)], [(PUT, 1)], [(PUT, -1)]])
def test_without_trades_of_the_underlying_options_are_settled_in_cash(
    tmp_path: Path, underlying: str, spot: int, legs: list[tuple[Any, int]]
):
    """By the middle of the last quote, the last bar, or the engine's own settlement of an index."""
    ((contract, size),) = legs
    result, record = held(tmp_path, underlying, legs)
    intrinsic = spot - 500 if contract is CALL else 510 - spot
    premium = PREMIUMS[contract][1 if size > 0 else 0]
    pnl = 100 * size * (intrinsic - premium) - 1
    assert figures(result) == (1, float(pnl > 0), pytest.approx(pnl), 0, pytest.approx(pnl))
    assert result.metrics["pnl_realized"] == pytest.approx(pnl)
    (position,) = record.positions
    assert (position.ts_closed, position.avg_price_close) == (EXPIRY, float(intrinsic))
    assert any("SETTLED" in w for w in result.warnings) == (underlying != "index")
    assert excursions(result) == pytest.approx((min(-11, pnl), max(0, pnl)))
    if underlying == "quotes":  # of four minutes with quotes it is held at the end of the second alone
        value = 100 * PREMIUMS[contract][0 if size > 0 else 1]
        assert result.metrics["exposure_capital"] == pytest.approx(value / (100_000 - 11) / 4)


def test_a_settled_option_is_held_until_its_expiration_by_its_strategy_too(tmp_path: Path):
    """From 19:30 to 20:00 of two hours; the engine leaves it open to the end."""
    data = market(tmp_path, "quotes", [CALL])
    scripted = {"path": "tests.support.strategies:Scripted", "config_path": "tests.support.strategies:ScriptedConfig"}
    config = {"instrument_id": str(CALL.id)}
    strategies = [
        {"name": name, **scripted, "config": config | {"orders": orders}}
        for name, orders in (("buyer", [[1, 1]]), ("idle", []))
    ]
    plan = trial(str(tmp_path), {}, data=data) | {"strategies": strategies}
    del plan["strategy"]
    m = run(plan).metrics
    assert (m["exposure"], m["strategies.buyer.exposure"], m["strategies.idle.exposure"]) == (0.25, 0.25, 0.0)


@pytest.mark.parametrize("underlying", ["trades", "quotes"])
def test_an_option_out_of_the_money_ends_worthless(tmp_path: Path, underlying: str):
    worthless = option("SPY260504C00520000.ARCA")
    PREMIUMS[worthless] = (0.5, 0.6)
    result, _ = held(tmp_path, underlying, [(worthless, 1)])
    assert figures(result) == (1, 0.0, pytest.approx(-61), 0, pytest.approx(-61))


def test_data_that_ends_before_the_expiration_is_settled_at_the_end_of_the_period(tmp_path: Path):
    data = market(tmp_path, "quotes", [CALL])
    strategy = {
        "path": "tests.support.strategies:Scripted", "config_path": "tests.support.strategies:ScriptedConfig",
        "config": {"instrument_id": str(CALL.id), "orders": [[0, 1]]},
    }  # fmt: skip
    plan = trial(str(tmp_path), strategy, data=data, end="2026-05-04T20:00:30Z")  # the last event is before 20:00
    assert figures(run(plan)) == (1, 1.0, pytest.approx(100 * (7 - 3.1)), 0, pytest.approx(100 * (7 - 3.1)))
    short = figures(run(plan | {"period": {"start": "2026-05-04", "end": "2026-05-04T20:00:00Z"}}))
    assert short == (0, None, None, 1, pytest.approx(100 * (3.0 - 3.1)))  # it has not expired yet


def test_without_any_price_of_the_underlying_the_trial_says_that_it_cannot_know(tmp_path: Path):
    with pytest.raises(TrialError, match=r"expired at 2026-05-04T20:00:00Z with an open position.*no price of SPY"):
        held(tmp_path, "nothing", [(CALL, 1)])
