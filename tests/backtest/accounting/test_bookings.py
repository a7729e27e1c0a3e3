"""Bookings of accounts of one currency for each strategy, at the rates of the fills."""

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from sweep.backtest.accounting.bookings import Booked, matched
from sweep.backtest.engine.backtest_run import run
from sweep.errors import Reason, TrialError
from tests.support import markets
from tests.support.markets import DAY, SECOND, ns
from tests.support.trials import FREE, strategy, trial, venue

T0 = ns("2026-05-04T13:30:00")
NAMES = ("EUR/USD.SIM", "USD/JPY.SIM", "SPY.SIM")
FIGURES = ("pnl_total", "fees", "trades", "win_rate", "max_drawdown", "exposure")
IN_EUR = {"type": "PerContractFeeModel", "commission": "0.01 EUR"}
MANY = {"base_currency": None, "starting_balances": ["1_000_000 USD", "50_000_000 JPY", "500_000 EUR"]}


def written(folder: Any, **prices: list[float]) -> str:
    """A catalog of quotes each second, two days of them; the ask is a ten-thousandth of the first bid above."""
    pairs = {"eur": markets.pair("EUR/USD.SIM"), "jpy": markets.pair("USD/JPY.SIM", digits=3)}
    pairs["spy"] = markets.equity("SPY.SIM")
    quotes: list[Any] = []
    for name, bids in prices.items():
        spread = round(bids[0] / 10_000, pairs[name].price_precision)
        half = (len(bids) + 1) // 2
        times = [T0 + n // half * DAY + n % half * SECOND for n in range(len(bids))]
        quotes += markets.quotes(pairs[name], [(t, bid, bid + spread) for t, bid in zip(times, bids, strict=True)])
    return markets.write(folder, list(pairs.values()), quotes=quotes)


def metrics(catalog: str, account: dict[str, Any], **orders: tuple[str, list[list[int]]]) -> dict[str, Any]:
    strategies = [
        {"name": name, **strategy(orders=rows, instrument_id=instrument)} for name, (instrument, rows) in orders.items()
    ]
    whole = trial(catalog, {}, instruments=NAMES, venues=[venue("SIM", **account)]) | {"strategies": strategies}
    del whole["strategy"]
    return run(whole).metrics


def own(figures: dict[str, Any], name: str) -> list[Any]:
    return [figures[f"strategies.{name}.{figure}"] for figure in FIGURES]


def test_gains_are_booked_at_the_rate_of_their_fill(tmp_path):
    # All trade at once, so that the account's states must be told apart. `gain` buys 10,000 USD/JPY at 150.015 and
    # sells at 152: +19,850 JPY, sold for USD at the ask 152.015: 130.58. `turn` is short 3,000 from 150 and turns at
    # 151.015: -3,045 JPY, bought at the bid 151: -20.17; its 2,000 gain 985 * 2 = 1,970 JPY at 152.015: 12.96.
    # `eur` buys 1,000 at 1.10011 and sells at 1.12: +19.89 USD. At the end USD/JPY is 160, which changes nothing.
    catalog = written(tmp_path, eur=[1.1, 1.1, 1.11, 1.12, 1.12, 1.12], jpy=[150, 150, 151, 152, 155, 160], spy=[9] * 6)
    figures = metrics(
        catalog, {},
        gain=("USD/JPY.SIM", [[1, 10_000], [3, -10_000]]), eur=("EUR/USD.SIM", [[1, 1000], [3, -1000]]),
        turn=("USD/JPY.SIM", [[1, -3000], [2, 5000], [3, -2000]]),
    )  # fmt: skip
    assert [own(figures, name)[0] for name in ("gain", "eur", "turn")] == pytest.approx([130.58, 19.89, -20.17 + 12.96])
    assert figures["pnl_total"] == pytest.approx(130.58 + 19.89 - 20.17 + 12.96)


@pytest.mark.parametrize(
    "account",
    [
        {"oms_type": "NETTING"},
        {"oms_type": "HEDGING", "fee_model": IN_EUR},
        {"oms_type": "NETTING", "fee_model": IN_EUR} | MANY,
        {"oms_type": "HEDGING", "fee_model": FREE} | MANY,
    ],
    ids=["one currency, turning", "one currency, fees in another", "fees taken from a pair that turns", "many"],
)
def test_a_strategy_among_others_has_the_figures_that_it_has_alone(tmp_path, account):
    random = Random(7)
    walks: dict[str, list[float]] = {}
    for name, price, step in (("eur", 1.1, 0.002), ("jpy", 150.0, 0.3), ("spy", 100.0, 0.5)):
        walks[name] = [price := price + random.choice((-2, -1, 0, 1, 2)) * step for _ in range(40)]
    catalog = written(tmp_path, **walks)
    account = {"starting_balances": ["1_000_000 USD"], "default_leverage": 10} | account
    orders: dict[str, tuple[str, list[list[int]]]] = {}
    for name, instrument, most in zip(walks, NAMES, (9000, 9000, 90), strict=True):
        times = sorted(random.sample(range(40), 9))
        orders[name] = (instrument, [[at, random.randint(1, most) * random.choice((1, -1))] for at in times])
    figures = metrics(catalog, account, **orders)
    for name, rows in orders.items():
        alone = metrics(catalog, account, **{name: rows})
        assert own(figures, name) == pytest.approx(own(alone, name), abs=0.05 if "base_currency" in account else 0.011)
    change = figures["pnl_total"] - figures["pnl_revaluation"]
    assert sum(own(figures, name)[0] for name in orders) == pytest.approx(change, abs=0.011)


def test_what_was_realised_in_the_account_s_currency_is_matched_exactly_and_the_rest_by_size():
    fills = [
        Booked(1, "a", Decimal("19.90"), frozenset({"USD"})), Booked(1, "b", Decimal("124.1"), frozenset({"JPY"})),
        Booked(1, "c", Decimal("-7.3"), frozenset({"JPY", "USD"})),
    ]  # fmt: skip
    amounts = [Decimal("-7.04"), Decimal("130.91"), Decimal("19.90")]
    pairs = matched(fills, amounts, "USD")
    assert {fill.strategy: str(amount) for fill, amount in pairs} == {"a": "19.90", "b": "130.91", "c": "-7.04"}


def test_a_trial_fails_where_bookings_cannot_be_told_apart(tmp_path):
    # Of two strategies at once: 1 JPY short of a cent is booked as nothing at all.
    catalog = written(tmp_path, eur=[1.1] * 4, jpy=[1000, 1000, 1001, 1001], spy=[9] * 4)
    with pytest.raises(TrialError, match="cannot be divided among") as caught:
        metrics(
            catalog, {}, much=("USD/JPY.SIM", [[1, 900], [2, -900]]), little=("USD/JPY.SIM", [[1, 1], [2, -1]]),
        )  # fmt: skip
    assert caught.value.reason is Reason.GUARD
