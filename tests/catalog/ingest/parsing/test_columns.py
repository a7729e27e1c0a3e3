from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.catalog.ingest.parsing.columns import moments, numbers, texts
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
    ("column", "layout", "message"),
    [
        (pa.array([NOON]), {"time_format": "ms"}, "after 2262"),
        (pa.array([NOON // 10**6]), {"time_format": "ns"}, "is the unit"),
        (pa.array([NOON // 10**9]), {"time_format": "ms"}, "outside of 1971 to 2199"),
        (pa.array([NOON]), {}, "state its unit with --time-format"),
        (pa.array([True]), {"time_format": "s"}, "is a bool, which is no time"),
    ],
)
def test_times_that_cannot_be(column, layout, message):
    with pytest.raises(ValueError, match=message):
        moments(pa.chunked_array([column]), Layout(**layout))


def test_whole_numbers_and_texts():
    assert numbers(pa.array([1, 2], pa.int32()), 2, "sizes").tolist() == [100, 200]
    assert numbers(pa.array(["1.5"]), 2, "sizes").tolist() == [150]
    assert numbers(pa.array(np.array([1.5], np.float32)), 2, "sizes").tolist() == [150]


@pytest.mark.parametrize(
    "kind",
    [pa.decimal32(9, 5), pa.decimal64(18, 5), pa.decimal64(18, 7), pa.decimal128(9, 5), pa.decimal256(60, 5),
     pa.decimal256(60, 20), pa.decimal256(76, 60)],
)  # fmt: skip
def test_decimals_of_every_width(kind):
    column = pa.array([Decimal("1.10427"), Decimal("-0.5"), Decimal("1.1043"), Decimal(2)], kind)
    assert numbers(column, 5, "prices").tolist() == [110_427, -50_000, 110_430, 200_000]


def test_decimals_beyond_those_of_the_engine_are_rounded_on_request_alone():
    column = pa.array([Decimal("1.10427"), Decimal("1.1042712345678901234")], pa.decimal256(60, 20))
    with pytest.raises(InexactError, match=r"such as 1\.1042712345678901234") as error:
        numbers(column, 5, "prices")
    assert (error.value.row, error.value.needed) == (1, 19)
    notes: list[object] = []
    assert numbers(column, 5, "prices", note=lambda *note: notes.append(note)).tolist() == [110_427, 110_427]
    assert notes == [("prices", 1, Decimal("0.0000012345678901234"))]
    with pytest.raises(ValueError, match="is too large for prices"):
        numbers(pa.array([Decimal(10) ** 40], pa.decimal256(60, 5)), 5, "prices")


BYTES = [b"1.5", None, b"\xff1"]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array(BYTES, pa.binary()), ["1.5", None, r"\xff1"]),
        (pa.array(BYTES, pa.large_binary()), ["1.5", None, r"\xff1"]),
        (pa.array([b"1.5", None, b"\xff12"], pa.binary(3)), ["1.5", None, r"\xff12"]),
        (pa.array([[1.5], None]), ["[1.5]", None]),
        (pa.array([{"bid": 1.5}]), ["{'bid': 1.5}"]),
    ],
)
def test_bytes_and_values_with_parts_can_be_shown(column, expected):
    assert texts(column).to_pylist() == expected


def test_bytes_of_numbers_are_numbers():
    assert numbers(pa.array([b"1.50"], pa.binary(4)), 2, "prices").tolist() == [150]
    with pytest.raises(ValueError, match="is no number"):
        numbers(pa.array([[1.5]]), 2, "prices")
