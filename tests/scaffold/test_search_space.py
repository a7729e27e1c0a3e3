"""A config and a space proposed from fields: nothing beyond the bounds, no size that cannot be ordered."""

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from sweep.errors import InputError
from sweep.scaffold.config_fields import fields_of
from sweep.scaffold.costs import balance, costs
from sweep.scaffold.market import Market, Traded
from sweep.scaffold.search_space import propose, trade_size

STOCK = Traded(
    id="AAPL.XNAS", kind="Bar", bar_type="AAPL.XNAS-1-DAY-LAST-EXTERNAL", type="Equity", currency="USD",
    has_coins=False, price=Decimal("187.52"), multiplier=Decimal(1), size_step=Decimal(1),
)  # fmt: skip
EURO = replace(STOCK, id="EUR/USD.SIM", type="CurrencyPair", price=Decimal("1.08"), size_step=Decimal(1000))
MARKET = Market(Path("c"), (STOCK, EURO), "2026-03-02", "2026-03-21", 15, 15)


class Config(BaseModel):
    instrument_id: str
    bar_types: list[str]
    venue: str
    order_size: Decimal
    fast_period: int = Field(default=6, ge=4)
    slow_period: int = 8
    stop: float = 0.3
    zero: int = 0
    seed: int = 7
    limit: int | None = None
    note: object = object()


def test_values_come_from_the_market_and_the_defaults():
    proposal = propose(fields_of(Config), MARKET, STOCK, {})
    assert proposal.config | {"order_size": 0} == {
        "instrument_id": "AAPL.XNAS", "bar_types": [STOCK.bar_type, STOCK.bar_type], "venue": "XNAS", "order_size": 0,
        "fast_period": 6, "slow_period": 8, "stop": 0.3, "zero": 0, "seed": 7, "limit": None,
    }  # fmt: skip
    assert proposal.config["order_size"] == 50  # a tenth of 100,000 at 187.52 is 53 shares
    assert proposal.space == {"fast_period": [6, 12], "slow_period": [4, 8, 16], "stop": [0.15, 0.3, 0.6]}
    assert proposal.constraints == ["fast_period < slow_period"]
    assert list(proposal.opaque) == ["note"]


def test_a_value_that_is_stated_is_not_searched():
    proposal = propose(fields_of(Config), MARKET, STOCK, {"stop": 0.5})
    assert proposal.config["stop"] == 0.5
    assert "stop" not in proposal.space


def test_every_value_that_is_missing_is_told_at_once():
    @dataclass
    class Needs:
        alpha: float
        beta: str

    with pytest.raises(InputError) as caught:
        propose(fields_of(Needs), MARKET, STOCK, {"gamma": 1})
    assert [p.where for p in caught.value.problems] == ["--set gamma", "--strategy", "--strategy"]
    assert caught.value.problems[1].remedy == "--set alpha=VALUE"
    assert propose(fields_of(Needs), MARKET, STOCK, {"alpha": 1.0, "beta": "x"}).config == {"alpha": 1.0, "beta": "x"}


@given(
    st.decimals("0.00000001", "1000000", places=8, allow_nan=False).filter(bool),
    st.sampled_from(["0.000001", "0.001", "1", "100", "1000"]),
    st.sampled_from(["USD", "JPY", "BTC"]),
    st.sampled_from([STOCK, EURO, replace(EURO, has_coins=True), replace(STOCK, type="FuturesContract")]),
    st.integers(1, 30),
)
@example(Decimal(100), "1", "USD", STOCK, 20)
def test_a_size_can_be_ordered_and_paid(price, step, currency, traded, several):
    traded = replace(traded, price=price, size_step=Decimal(step), currency=currency)
    size = trade_size(traded, replace(MARKET, traded=(traded,) * several))
    assert size > 0
    assert size % traded.size_step == 0
    share = size * price / (balance(currency) * costs(traded).leverage)
    assert share <= min(Decimal("0.11"), Decimal("0.51") / several) or size == traded.size_step
