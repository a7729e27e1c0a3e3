"""PnL by month, weekday and hour, against sums by hand and by pandas."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.results.curves.calendar_tables import by_hour, by_weekday, monthly

DAYS = ("2025-12-31", "2026-01-02", "2026-01-05", "2026-03-02")
RETURNS = (0.1, -0.5, 1.0, 0.5)  # 100 -> 110 -> 55 -> 110 -> 165


def cells(grid):
    return {(name, column): cell for name, row in grid.rows for column, cell in zip(grid.columns, row, strict=True)}


def test_months_by_hand():
    by_month = cells(monthly(DAYS, RETURNS, 100.0))
    assert by_month["2025", "Dec"].pnl == by_month["2025", "year"].pnl == pytest.approx(10)
    assert (by_month["2026", "Jan"].pnl, by_month["2026", "Jan"].count) == (pytest.approx(0), 2)
    assert (by_month["2026", "Mar"].pnl, by_month["2026", "Mar"].gain) == (pytest.approx(55), pytest.approx(0.5))
    assert (by_month["2026", "year"].pnl, by_month["2026", "year"].gain) == (pytest.approx(55), pytest.approx(0.5))
    assert by_month["2026", "Feb"] is None
    assert monthly(DAYS, RETURNS, 100.0).largest == pytest.approx(55)


def test_weekdays_by_hand():
    friday, monday = by_weekday(DAYS, RETURNS, 100.0)[-1], by_weekday(DAYS, RETURNS, 100.0)[0]
    assert (friday.name, friday.days, friday.pnl, friday.gaining) == ("Fri", 1, pytest.approx(-55), 0)
    assert (monday.name, monday.days, monday.pnl, monday.mean) == ("Mon", 2, pytest.approx(110), pytest.approx(55))
    assert by_weekday((), (), 100.0) == []


@given(st.lists(st.floats(-0.1, 0.1), min_size=1, max_size=400))
def test_months_and_weekdays_add_up_and_are_those_of_pandas(returns):
    days = tuple((date(2025, 11, 3) + timedelta(n)).isoformat() for n in range(len(returns)))
    series = pd.Series(1000 * (1 + pd.Series(returns)).cumprod().to_numpy(), pd.DatetimeIndex(days))
    changes = series.diff().fillna(series.iloc[0] - 1000)
    by_month = cells(monthly(days, returns, 1000.0))
    for period, pnl in changes.groupby(changes.index.to_period("M")).sum().items():
        assert by_month[str(period.year), period.strftime("%b")].pnl == pytest.approx(pnl, abs=1e-8)
    expected = changes.groupby(changes.index.day_of_week).sum()
    assert [w.pnl for w in by_weekday(days, returns, 1000.0)] == pytest.approx(expected.to_list(), abs=1e-8)


@given(st.lists(st.tuples(st.integers(0, 4 * 10**18), st.floats(-1e6, 1e6)), max_size=60))
def test_hours_are_those_of_pandas(trades):
    by_place = {place: (c.pnl, c.count) for place, c in cells(by_hour(trades)).items() if c and "all" not in place}
    frame = pd.DataFrame(trades, columns=["at", "pnl"])
    at = pd.to_datetime(frame["at"].astype("int64"), utc=True)
    expected = frame.groupby([at.dt.strftime("%a"), at.dt.strftime("%H")])["pnl"].agg(["sum", "count"])
    assert set(by_place) == set(expected.index)
    for place, (pnl, count) in by_place.items():
        assert pnl == pytest.approx(expected.loc[place, "sum"], abs=1e-6)
        assert count == expected.loc[place, "count"]
    if len({place[0] for place in by_place}) > 1:
        assert cells(by_hour(trades))["all", "all"].count == len(trades)


def test_no_trade():
    assert by_hour([]).rows == ()
