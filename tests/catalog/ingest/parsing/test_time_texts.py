from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from sweep.catalog.ingest.parsing.cell_error import CellError
from sweep.catalog.ingest.parsing.time_texts import (
    day_first,
    is_clock,
    is_date,
    is_moment,
    pattern_of,
    patterned,
    shaped,
)

NOON = "2024-01-02T12:30:00.125"


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-02 12:30:00.125+00", "2024-01-02 12:30:00.125 UTC", "2024-01-02T12:30:00.125 Z",
        "2024.01.02 12:30:00.125", "20240102 123000125", "20240102-12:30:00.125", "20240102123000.125",
        "2024/1/2 12:30:00.125", "02.01.2024 12:30:00.125", "02.01.2024 13:30:00.125 GMT+0100",
        "02-Jan-2024 12:30:00.125", "Jan 2, 2024 12:30:00.125", "2024-01-02 12:30:00.125 PM",
        "2024-01-02 07:30:00,125-05:00", "2024-01-02 18:00:00.125 +0530", "2 January 2024 12:30:00.125",
        "2024-01-02 07:30:00.125 EST", "20240102 14:30:00.125 EET", "Tue, 02 Jan 2024 12:30:00.125 GMT",
        "Tue Jan  2 12:30:00.125 2024", "2024-01-02_12-30-00.125", "02.01.2024 12.30.00,125",
    ],
)  # fmt: skip
def test_one_moment_in_many_forms(text):
    times = shaped(pa.array([text]))
    assert str((times.wall - times.offset)[0].astype("datetime64[ns]").astype("datetime64[ms]")) == NOON
    assert is_moment(text) and not is_date(text)


def test_the_end_of_a_day_is_the_start_of_the_next():
    ends = shaped(pa.array(["2024-01-02 24:00:00", "2024-01-03", "20240102 2400"])).wall
    assert len(set(ends.tolist())) == 1


def test_a_column_may_mix_forms():
    times = shaped(pa.array(["2024-01-02", "02.01.2024", "20240102"]))
    assert len(set(times.wall.tolist())) == 1


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2024-13-02",
        "2024-02-30 09:00",
        "2024-01-02 24:01",
        "2024-01-02 09:00 CST",
        "2024-01-02 13:00 PM",
        "09:30",
        "45293.5",
    ],
)
def test_what_is_no_time(text):
    with pytest.raises(CellError) as error:
        shaped(pa.array(["2024-01-02 09:00", text]))
    assert (error.value.row, error.value.text) == (1, text) and error.value.remedy


def test_the_order_of_day_and_month():
    assert day_first(pa.array(["1/2/2024", "13/2/2024"])) is True
    assert day_first(pa.array(["1/2/2024", "1/13/2024"])) is False
    assert day_first(pa.array(["1/2/2024"])) is day_first(pa.array(["2024-01-02"])) is None
    with pytest.raises(CellError, match="another order"):
        day_first(pa.array(["13/2/2024", "2/13/2024"]))


@pytest.mark.parametrize(
    "text", ["1/2/2024 9:30", "1/2/2024 09:30:05", "1-2-2024 9:30 PM", "1/2/2024 9:30:05.5 AM", "1/2/2024"]
)
@pytest.mark.parametrize("day_is_first", [True, False])
def test_a_proposed_pattern_reads_its_text(text, day_is_first):
    form = pattern_of(text, day_is_first=day_is_first)
    (wall,) = patterned(pa.array([text]), form).wall
    assert np.datetime64(datetime.strptime(text, form), "ns").astype(np.int64) == wall  # noqa: DTZ007


def test_dates_and_clocks():
    assert [is_date(t) for t in ("2024-01-02", "20240102", "1/2/2024", "09:30", "470.15")] == [True] * 3 + [False] * 2
    assert [is_clock(t) for t in ("9:30", "09:30:00.013", "9:30 AM", "2024-01-02", "470.15")] == [True] * 3 + [
        False
    ] * 2
