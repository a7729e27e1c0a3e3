import numpy as np
import pytest

from sweep.catalog.demo.perpetual import EVERY, FUNDING_HOURS, ROWS, perpetual
from sweep.catalog.demo.stock import NANOS


@pytest.fixture(scope="module")
def made():
    return perpetual()


def test_quotes_are_such_as_a_market_has(made):
    assert len(made.ts) == len(made.bid) == ROWS
    assert (np.diff(made.ts) == EVERY * NANOS).all()
    assert (made.ask > made.bid).all()
    assert made.bid.min() > 0
    assert min(made.bid_size.min(), made.ask_size.min()) >= 1


def test_funding_is_announced_eight_hours_before_it_is_paid(made):
    assert len(made.funding) == 20
    assert {paid - at for at, paid, _ in made.funding} == {FUNDING_HOURS * 3600 * NANOS}
    rates = [float(rate) for _, _, rate in made.funding]
    assert max(map(abs, rates)) <= 0.003
    assert min(rates) < 0 < max(rates)


def test_the_same_on_every_run(made):
    again = perpetual()
    assert (again.bid == made.bid).all()
    assert again.funding == made.funding
