"""Closed positions by instrument, hour and weekday, by hand and against a plain loop."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.backtest.metrics.closed_trades import ClosedTrade
from sweep.backtest.metrics.trade_groups import closing_days, trade_groups
from tests.support.markets import ns


def trade(pnl: str, at: str, instrument: str = "SPY.ARCA") -> ClosedTrade:
    return ClosedTrade(Decimal(pnl), opened=ns(at), instrument=instrument)


def test_by_hand():
    closed = [
        trade("1.50", "2026-05-04T13:59:59"),  # a Monday
        trade("-2.25", "2026-05-04T14:00:00", "QQQ.ARCA"),
        trade("0", "2026-05-10T14:30:00"),  # a Sunday
        trade("4.10", "2026-05-10T23:59:59"),
    ]
    assert trade_groups(closed) == {
        "instrument": [("QQQ.ARCA", 1, 0, -2.25), ("SPY.ARCA", 3, 2, pytest.approx(5.6))],
        "hour": [(13, 1, 1, 1.5), (14, 2, 0, -2.25), (23, 1, 1, 4.1)],
        "weekday": [(0, 2, 1, -0.75), (6, 2, 1, 4.1)],
    }
    assert trade_groups([]) == {"instrument": [], "hour": [], "weekday": []}


def closed_at(*times: str) -> list[ClosedTrade]:
    return [ClosedTrade(Decimal(1), closed=ns(at)) for at in times]


HOURS = {
    0: (ns("2026-05-04T13:30:00"), ns("2026-05-04T20:00:00")),
    2: (ns("2026-05-06T13:30:00"), ns("2026-05-06T20:00:00")),  # the day between lacks data
    3: (ns("2026-05-07T00:00:00"), ns("2026-05-07T23:59:59")),
}


def test_a_position_belongs_to_the_last_day_that_had_begun_at_its_close():
    closed = closed_at("2026-05-04T13:30:00", "2026-05-07T12:00:00", "2026-05-04T20:00:00", "2026-05-06T13:30:00")
    assert closing_days(closed, HOURS) == [0, 3, 0, 2], "in the order of the positions"
    odd = closed_at("2026-05-05T09:00:00", "2026-05-06T13:29:59", "2026-05-09T00:00:00", "2026-05-01T00:00:00")
    assert closing_days(odd, HOURS) == [0, 0, 3, 0]
    assert closing_days([], HOURS) == []
    assert closing_days([], {}) == []


TRADES = st.builds(
    ClosedTrade,
    st.decimals("-1e6", "1e6", places=2),
    opened=st.integers(0, 2 * 10**18),
    instrument=st.sampled_from(["A.X", "B.X", "C.Y"]),
)


@given(st.lists(TRADES, max_size=30))
def test_each_group_is_that_of_the_calendar_and_adds_up_to_the_cent(closed: list[ClosedTrade]):
    expected: dict[tuple[str, object], list[Decimal]] = defaultdict(list)
    for each in closed:
        at = datetime.fromtimestamp(each.opened // 10**9, UTC)
        for place in (("instrument", each.instrument), ("hour", at.hour), ("weekday", at.weekday())):
            expected[place].append(each.pnl)
    groups = trade_groups(closed)
    assert {(by, label): (n, wins) for by, rows in groups.items() for label, n, wins, _ in rows} == {
        place: (len(pnls), sum(pnl > 0 for pnl in pnls)) for place, pnls in expected.items()
    }
    total = float(sum((each.pnl for each in closed), Decimal(0)))
    for rows in groups.values():
        assert sum(pnl for *_, pnl in rows) == pytest.approx(total, abs=0.001)
