import numpy as np
import pytest

from sweep.catalog.ingest import IngestStep, InstrumentDraft, Layout, bars
from sweep.common.units import nanos
from sweep.errors import InputError
from tests.catalog.ingest.test_vendor_layouts import held

SPY, EURO = InstrumentDraft(id="SPY.ARCA", template="equity"), InstrumentDraft(id="EUR/USD.SIM")


def ends(tmp_path, times, layout=None, name="c", stamp="open", **step) -> list[str]:
    """UTC of the moments at which bars of these times are known."""
    path = tmp_path / "b.csv"
    path.write_text(
        "date,open,high,low,close,volume\n" + "".join(f"{t},1,2,1,1,{n + 1}\n" for n, t in enumerate(times))
    )
    result = bars(path, SPY, tmp_path / name, layout, step=IngestStep(stamp=stamp, **step))
    return [str(np.datetime64(row[0], "ns").astype("datetime64[m]")) for row in held(result)]


OFFSETS = [
    "2024-03-08 00:00:00-05:00",
    "2024-03-09 00:00:00-05:00",
    "2024-03-10 00:00:00-05:00",
    "2024-03-11 00:00:00-04:00",
]
DAYS = ["2024-03-08", "2024-03-09", "2024-03-10", "2024-03-11"]
MIDNIGHTS = ["2024-03-09T05:00", "2024-03-10T05:00", "2024-03-11T04:00", "2024-03-12T04:00"]


def test_days_over_a_change_of_the_clock(tmp_path):
    assert ends(tmp_path, OFFSETS, seconds=86_400) == MIDNIGHTS
    new_york = Layout(time_zone="America/New_York")
    assert ends(tmp_path, DAYS, new_york, "zone", seconds=86_400) == MIDNIGHTS
    in_utc = [f"{t}Z" for t in ("2024-03-08 05:00", "2024-03-09 05:00", "2024-03-10 05:00", "2024-03-11 04:00")]
    assert ends(tmp_path, in_utc, new_york, "utc", seconds=86_400) == MIDNIGHTS
    with pytest.raises(InputError, match="--time-zone America/New_York"):
        ends(tmp_path, in_utc, None, "none", seconds=86_400)
    autumn = ["2024-11-01", "2024-11-02", "2024-11-03", "2024-11-04"]
    assert ends(tmp_path, autumn, new_york, "autumn", seconds=86_400) == [
        "2024-11-02T04:00", "2024-11-03T04:00", "2024-11-04T05:00", "2024-11-05T05:00",
    ]  # fmt: skip


def test_four_hours_of_a_server_s_clock(tmp_path):
    athens = Layout(time_zone="Europe/Athens")  # of MetaTrader's servers; clocks go forward on 31 March at 3:00
    times = ["2024.03.29 16:00", "2024.03.29 20:00", "2024.04.01 00:00", "2024.04.01 04:00"]
    assert ends(tmp_path, times, athens, seconds=14_400) == [
        "2024-03-29T18:00", "2024-03-29T22:00", "2024-04-01T01:00", "2024-04-01T05:00",
    ]  # fmt: skip
    inside = ["2024.03.31 00:00", "2024.03.31 04:00"]
    assert ends(tmp_path, inside, athens, "inside", seconds=14_400) == ["2024-03-31T01:00", "2024-03-31T05:00"]


def test_weeks_and_months(tmp_path):
    assert ends(tmp_path, ["2024-01-01", "2024-01-08", "2024-01-16"], length="1-WEEK") == [
        "2024-01-08T00:00", "2024-01-15T00:00", "2024-01-23T00:00",
    ]  # fmt: skip
    assert ends(tmp_path, ["2024-01-01", "2024-01-08"], name="s", seconds=604_800) == [
        "2024-01-08T00:00",
        "2024-01-15T00:00",
    ]
    assert ends(tmp_path, ["2024-01-01", "2024-02-01", "2024-03-01"], name="m", length="1-MONTH") == [
        "2024-02-01T00:00", "2024-03-01T00:00", "2024-04-01T00:00",
    ]  # fmt: skip
    closes = ["2024-01-31", "2024-02-29", "2024-03-29"]
    assert ends(tmp_path, closes, name="k", length="1-MONTH", stamp="close") == [f"{day}T00:00" for day in closes]
    with pytest.raises(InputError, match="give --bar-seconds 86400"):
        ends(tmp_path, ["2024-01-01", "2024-01-02"], name="d", length="1-WEEK")


@pytest.mark.parametrize(
    ("step", "option"),
    [
        ({"seconds": 0}, "--bar-seconds"), ({"seconds": 420}, "--bar-seconds"),
        ({"seconds": 5 * 3600}, "--bar-seconds"),
        ({"length": "1-FORTNIGHT"}, "--bar"), ({"length": "7-MINUTE"}, "--bar"), ({"volume": "-1"}, "--volume"),
        ({"volume": "much"}, "--volume"), ({"price": "FIRST"}, "--price"), ({"stamp": "noon"}, "--stamp"),
    ],
)  # fmt: skip
def test_what_is_no_bar(step, option):
    assert [p.where for p in IngestStep(**step).problems()] == [option]


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ({"seconds": 7200}, "2-HOUR-LAST"), ({"seconds": 86_400}, "1-DAY-LAST"), ({"seconds": 172_800}, "2-DAY-LAST"),
        ({"seconds": 604_800}, "1-WEEK-LAST"), ({"length": "1-MONTH", "price": "BID"}, "1-MONTH-BID"),
        ({"seconds": 15}, "15-SECOND-LAST"),
    ],
)  # fmt: skip
def test_how_a_bar_is_called(step, text):
    assert str(IngestStep(**step).normal()) == text
    assert not IngestStep(**step).problems()


def test_moments_are_exact():
    step = IngestStep(seconds=60)
    at = np.array([nanos("2024-01-02T09:00:00.000000001")])
    assert step.ends(at, at, "UTC").tolist() == [nanos("2024-01-02T09:01:00.000000001")]
