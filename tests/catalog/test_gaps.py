import numpy as np
import pytest

from sweep.catalog.gaps import DAY, HOUR, Market
from tests.support.markets import ns

MONDAY = ns("2026-05-04")


@pytest.mark.parametrize(
    ("market", "start", "end", "hours"),
    [
        (Market(never_closes=True), MONDAY + 20 * HOUR, MONDAY + DAY + 8 * HOUR, 12),
        (Market(), MONDAY + 20 * HOUR, MONDAY + DAY + 8 * HOUR, 0),  # a night
        (Market(), MONDAY + 10 * HOUR, MONDAY + 14 * HOUR, 4),
        (Market(), MONDAY, MONDAY + 5 * DAY, 120),  # a week
        (Market(never_closes=True, bar=HOUR), MONDAY, MONDAY + HOUR, 0),  # the length of a bar is no gap
        (Market(bar=DAY), MONDAY + 4 * DAY, MONDAY + 7 * DAY, 0),  # Friday's and Monday's bar
    ],
)
def test_what_is_missing(market, start, end, hours):
    (missing,) = market.missing(np.array([end]), np.array([end - start]))
    assert missing == hours * HOUR


def test_whole_days_and_the_length_of_bars():
    week = (MONDAY, MONDAY + 7 * DAY)
    assert len(Market(never_closes=True).days(*week)) == 7
    assert len(Market().days(*week)) == 5
    assert Market.of("Bar", "BTC/USDT.SIM-4-HOUR-LAST-EXTERNAL", never_closes=True) == Market(True, 4 * HOUR)
    assert Market.of("QuoteTick", "A-1-HOUR-LAST-EXTERNAL", never_closes=False) == Market()
