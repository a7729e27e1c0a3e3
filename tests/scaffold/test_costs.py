"""Costs of every kind of instrument: models that the engine takes, and fees that are not nothing."""

from dataclasses import replace

import pytest

from sweep.backtest.setup import venues
from sweep.scaffold.costs import COSTS, balance, costs, slippage
from sweep.spec.sections import Venue
from tests.scaffold.test_search_space import EURO, STOCK

KINDS = {
    "US stock": STOCK,
    "stock": replace(STOCK, currency="EUR"),
    "pair": EURO,
    "pair, quotes": replace(EURO, kind="QuoteTick"),
    "coins": replace(EURO, has_coins=True, currency="USDT"),
    "perpetual": replace(EURO, type="CryptoPerpetual", has_coins=True, currency="USDT"),
    "future": replace(STOCK, type="FuturesContract"),
    "option": replace(STOCK, type="OptionContract"),
}


def test_every_kind_is_looked_at():
    assert set(KINDS) == set(COSTS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_venue_takes_them(kind):
    traded, cost = KINDS[kind], costs(KINDS[kind])
    assert cost.leverage_note == COSTS[kind].leverage_note
    problems = []
    venue = {
        "name": "X", "oms_type": "NETTING", "account_type": "MARGIN", "base_currency": traded.currency,
        "starting_balances": [f"{balance(traded.currency)} {traded.currency}"], "default_leverage": cost.leverage,
        "fee_model": cost.fee_model,
        "fill_model": {"type": "DefaultFillModel", "prob_slippage": slippage(traded)[0], "random_seed": 1},
    }  # fmt: skip
    assert venues.build(Venue.model_validate(venue).model_dump(), problems), problems
    assert any(value for key, value in cost.fee_model.items() if key != "type")


def test_only_prices_without_a_spread_slip():
    assert slippage(STOCK)[0] == 1.0
    assert slippage(replace(STOCK, kind="TradeTick"))[0] == 1.0
    assert slippage(replace(STOCK, kind="QuoteTick"))[0] == 0.0
