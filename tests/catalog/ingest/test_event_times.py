"""Events in the hour that a clock shows twice, against zoneinfo's own answer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sweep.catalog.ingest.event_fields import RejectedError
from sweep.catalog.ingest.event_times import times_of
from sweep.catalog.ingest.parsing.column_mapping import Stamp

NEW_YORK = Stamp(column="ts", time_zone="America/New_York")
CHANGE = datetime(2024, 11, 3, 6, tzinfo=UTC)


def written(times, form="%Y-%m-%d %H:%M:%S"):
    return [t.astimezone(ZoneInfo("America/New_York")).strftime(form) for t in times]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M %p"])
def test_the_order_tells_the_hours_apart(order, form):
    times = [CHANGE + timedelta(minutes=7 * n) for n in range(-20, 20)][::order]
    notes = list[str]()
    stamp = Stamp(column="ts", time_zone="America/New_York", unit="iso" if form.startswith("%Y") else form)
    assert times_of(written(times, form), stamp, notes) == [int(t.timestamp()) * 10**9 for t in times]
    assert "told apart by their order" in notes[0]


def test_rows_whose_order_tells_nothing_are_rejected_alone():
    times = [CHANGE + timedelta(minutes=n) for n in (-300, -50, -40, 300)]  # one hour of the two is empty
    notes = list[str]()
    read_times = times_of([*written(times), None, "no"], NEW_YORK, notes)
    assert [isinstance(t, RejectedError) for t in read_times] == [False, True, True, False, True, True]
    assert [str(read_times[n]) for n in (4, 5)] == ["ts is empty", "ts is no time"]
    assert not notes


def test_rows_that_are_no_times_stand_between():
    times = [CHANGE + timedelta(minutes=10 * n) for n in range(-20, 20)]
    texts: list[str | None] = list(written(times))
    texts[15:15] = [None, "x"]
    read_times = times_of(texts, NEW_YORK, [])
    assert [t for t in read_times if isinstance(t, int)] == [int(t.timestamp()) * 10**9 for t in times]
