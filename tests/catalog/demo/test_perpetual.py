import numpy as np
import pytest

from sweep.catalog.demo.perpetual import EVERY, FUNDING_HOURS, ROWS, perpetual
from sweep.catalog.demo.stock import NANOS


@pytest.fixture(scope="module")
def market():
    return perpetual()


def test_quotes_are_such_as_a_market_has(market):
    assert len(market.ts) == len(market.bid) == ROWS
    assert (np.diff(market.ts) == EVERY * NANOS).all()
    assert (market.ask > market.bid).all()
    assert market.bid.min() > 0
    assert min(market.bid_size.min(), market.ask_size.min()) >= 1


def test_funding_is_announced_eight_hours_before_it_is_paid(market):
    assert len(market.funding) == 20
    assert {paid - at for at, paid, _ in market.funding} == {FUNDING_HOURS * 3600 * NANOS}
    rates = [float(rate) for _, _, rate in market.funding]
    assert max(map(abs, rates)) <= 0.003
    assert min(rates) < 0 < max(rates)


def test_the_same_on_every_run(market):
    again = perpetual()
    assert (again.bid == market.bid).all()
    assert again.funding == market.funding
