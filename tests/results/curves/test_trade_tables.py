"""Tables of trades of a recorded trial."""

from typing import Any

import pytest

from sweep.results.curves.trade_tables import BY, By, trade_table

STATS: dict[str, Any] = {
    "groups": {"instrument": [["SPY.ARCA", 3, 2, 5.6]], "hour": [[9, 1, 1, 8.0], [23, 2, 1, -2.4]], "weekday": []}
}


def test_rows_and_the_rest_add_up_to_the_total():
    table = trade_table("hour", STATS, {"pnl_total": 7.25})
    assert table
    assert [(r.name, r.trades, r.pnl, r.win_rate) for r in table.rows] == [
        ("09:00", 1, 8.0, 1),
        ("23:00", 2, -2.4, 0.5),
    ]
    assert table.other == pytest.approx(1.65)
    assert table.plain() == {
        "by": "hour", "time_zone": "UTC", "time_of": "entry", "pnl_total": 7.25, "other": pytest.approx(1.65),
        "rows": [{"name": "09:00", "trades": 1, "pnl": 8.0, "win_rate": 1.0},
                 {"name": "23:00", "trades": 2, "pnl": -2.4, "win_rate": 0.5}],
    }  # fmt: skip


def test_what_rounding_leaves_is_no_rest():
    table = trade_table("instrument", STATS, {"pnl_total": 5.6 + 1e-13})
    assert table
    assert table.other == 0
    assert "time_zone" not in table.plain()


@pytest.mark.parametrize("by", BY)
def test_there_is_none_of_an_earlier_version_s_or_a_failed_trial(by: By):
    assert trade_table(by, {"closed": [1.0]}, {"pnl_total": 1.0}) is None
    assert trade_table(by, STATS, {}) is None
