import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.catalog.ingest.parsing.columns import moments, numbers
from sweep.catalog.ingest.parsing.decimals import InexactError
from sweep.catalog.ingest.parsing.file_layout import Layout
from tests.support.markets import ns

NOON = ns("2026-05-04T12:00:00")


@given(st.lists(st.integers(0, 10**12), min_size=1), st.integers(0, 8))
def test_floats_are_the_decimals_that_they_were_written_as(units, digits):
    written = [float(f"{n}e-{digits}") for n in units]
    assert numbers(pa.array(written), digits, "prices").tolist() == units


def test_a_float_of_more_decimals_is_not_rounded():
    with pytest.raises(InexactError, match=r"1 prices of more than 2 decimals, such as 1\.005") as error:
        numbers(pa.array([1.0, 1.005]), 2, "prices")
    assert error.value.needed == 3
    for bad in (float("inf"), 1e300):
        with pytest.raises(ValueError, match="too large, or infinite"):
            numbers(pa.array([bad]), 2, "prices")


@pytest.mark.parametrize(
    ("column", "layout"),
    [
        (pa.array([NOON], pa.timestamp("ns", "UTC")), {}),
        (pa.array([NOON // 10**6], pa.timestamp("ms", "America/New_York")), {}),
        (pa.array([NOON // 10**9 - 4 * 3600], pa.timestamp("s")), {"time_zone": "America/New_York"}),
        (pa.array([NOON // 10**6]), {"time_format": "ms"}),
        (pa.array(["2026-05-04T12:00:00Z"]), {}),
        (pa.array(["1777896000.0"]), {"time_format": "s"}),
        (pa.array([1777896000.0]), {"time_format": "s"}),
        (pa.array([float(NOON)]), {"time_format": "ns"}),
        (pa.array(["2026-05-04 12:00"]).dictionary_encode(), {}),
        (pa.array(["2026-05-04 12:00"], pa.large_string()), {}),
        (pa.array(["2026-05-04 12:00"], pa.string_view()), {}),
        (pa.array([46146.5]), {"time_format": "excel"}),
    ],
)
def test_times_of_every_kind(column, layout):
    assert moments(pa.chunked_array([column]), Layout(**layout)).utc.tolist() == [NOON]


@pytest.mark.parametrize(
    ("column", "layout", "said"),
    [
        (pa.array([NOON]), {"time_format": "ms"}, "after 2262"),
        (pa.array([NOON // 10**6]), {"time_format": "ns"}, "is the unit"),
        (pa.array([NOON // 10**9]), {"time_format": "ms"}, "outside of 1971 to 2199"),
        (pa.array([NOON]), {}, "state its unit with --time-format"),
        (pa.array([True]), {"time_format": "s"}, "is a bool, which is no time"),
    ],
)
def test_times_that_cannot_be(column, layout, said):
    with pytest.raises(ValueError, match=said):
        moments(pa.chunked_array([column]), Layout(**layout))


def test_whole_numbers_and_texts():
    assert numbers(pa.array([1, 2], pa.int32()), 2, "sizes").tolist() == [100, 200]
    assert numbers(pa.array(["1.5"]), 2, "sizes").tolist() == [150]
    assert numbers(pa.array(np.array([1.5], np.float32)), 2, "sizes").tolist() == [150]
