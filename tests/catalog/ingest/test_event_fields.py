import pytest
from nautilus_trader.model import InstrumentId

from sweep.catalog.ingest.event_fields import RejectedError, field, moments
from sweep.catalog.ingest.parsing.column_mapping import ColumnRule, Stamp
from tests.support.markets import ns

NOON = ns("2026-05-04T12:00:00")
GOOD = [
    (float, "70.5", 70.5), (float, 70, 70.0), (int, "9007199254740993", 9007199254740993), (int, 3.0, 3),
    (bool, "True", True), (bool, 0, False), (str, 5, "5"), (bytes, "a", b"a"), (dict, '{"a": 1}', {"a": 1}),
    (InstrumentId, "SPY.ARCA", InstrumentId.from_str("SPY.ARCA")),
    (float, "55,5", 55.5), (float, "1.5M", 1_500_000.0), (float, "1,234.5", 1234.5), (float, "1.234.567,5", 1234567.5),
    (float, "$ 12.50", 12.5), (float, "-1,5K", -1500.0), (int, "1,234,567", 1234567), (int, "1.5K", 1500),
]  # fmt: skip
BAD = [
    (float, "much", "is no number"), (float, True, "is no number"), (float, "inf", "is not finite"),
    (int, 1.5, "is no whole number"),
    (bool, "yes", "is neither true nor false"), (str, b"x", "is no text"), (bytes, 1, "is neither bytes nor text"),
    (dict, "[1]", "is no JSON object"), (dict, "{", "is no JSON object"), (dict, "[" * 200_000, "is no JSON object"),
    (InstrumentId, "SPY", "is no instrument id"),
    (float, None, "is empty"), (float, "12%", "is a percentage"), (float, "1,234", "has a comma that may part"),
    (float, "1,2,3", "is no number"), (int, "1,5", "is no whole number"), (float, "1e", "is no number"),
    (float, "", "is no number"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_values_become_what_the_field_is(kind, value, expected):
    converted = field("x", ColumnRule(column="c"), kind, {"c": value})
    assert converted == expected
    assert type(converted) is kind


@pytest.mark.parametrize(("kind", "value", "message"), BAD)
def test_what_is_none_says_why(kind, value, message):
    with pytest.raises(RejectedError, match=f"^c {message}"):
        field("x", ColumnRule(column="c"), kind, {"c": value})


def at(values, **stamp):
    return [str(t) if isinstance(t, RejectedError) else t for t in moments(values, Stamp(column="t", **stamp))]


def test_times_of_every_unit_are_exact():
    for unit, value in (("s", NOON // 10**9), ("ms", NOON // 10**6), ("us", NOON // 10**3), ("ns", NOON)):
        assert at([value, str(value), float(value)], unit=unit) == [NOON] * 3
    assert at([1777896000.123, "1777896000.123456789"], unit="s") == [NOON + 123_000_000, NOON + 123_456_789]


def test_times_with_and_without_a_zone():
    texts = [
        "2026-05-04T12:00:00Z",
        "2026-05-04 08:00:00-04:00",
        "2026-05-04T08:00:00",
        None,
        "soonZ",
        "2026-05-04 14:00:00.5+0200",
    ]
    missing = "t names no time zone; state timestamp.time_zone"
    assert at(texts) == [NOON, NOON, missing, "t is empty", "t is no time", NOON + 500_000_000]
    assert at(["2026-05-04T08:00:00"], time_zone="America/New_York") == [NOON]
    assert "is never there" in at(["2026-03-08T02:30:00"], time_zone="America/New_York")[0]
    assert at(["20260504 080000"], unit="%Y%m%d %H%M%S", time_zone="-04:00") == [NOON]


def test_times_out_of_this_world_name_the_unit_that_fits():
    assert at([NOON // 10**6], unit="ns") == ["t is not between 1990 and 2100; is its unit ms?"]
    assert at([NOON], unit="ms") == ["t is not between 1990 and 2100; is its unit ns?"]
    assert at([0, -5], unit="s") == ["t is not between 1990 and 2100"] * 2
    assert at([0.0000000001, "NaN", True, "1e400000000"], unit="s") == ["t is no time in s"] * 4
