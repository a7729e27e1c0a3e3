"""Plain values become the declared types, or are refused with the rule."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader import model

from sweep.backtest.user_code import classes
from sweep.backtest.user_code.coercion.convert import convert
from sweep.backtest.user_code.coercion.refusal import RefusedError
from tests.support.configs import Frozen, Leg, Mode


@pytest.mark.parametrize(
    ("name", "plain", "typed"),
    [
        ("threshold", 65, 65.0),
        ("size", 10.0, 10),
        ("enabled", True, True),
        ("instrument_id", "SPY.ARCA", model.InstrumentId.from_str("SPY.ARCA")),
        ("instrument_id", None, None),
        ("bar_type", "SPY.ARCA-1-MINUTE-LAST-EXTERNAL", model.BarType.from_str("SPY.ARCA-1-MINUTE-LAST-EXTERNAL")),
        ("fee", 0.1, Decimal("0.1")),
        ("fee", "0.0002", Decimal("0.0002")),
        ("fee", 3, Decimal(3)),
        ("quantity", 10, model.Quantity.from_int(10)),
        ("price", 1.25, model.Price.from_str("1.25")),
        ("money", "100_000 USD", model.Money.from_str("100000 USD")),
        ("currency", "USD", model.Currency.from_str("USD")),
        ("oms", "hedging", model.OmsType.HEDGING),
        ("mode", "fast", Mode.FAST),
        ("mode", "FAST", Mode.FAST),
        ("kind", "b", "b"),
        ("wait", "1h 30m", timedelta(minutes=90)),
        ("wait", "250ms", timedelta(milliseconds=250)),
        ("since", "2026-05-04T13:30:00Z", datetime(2026, 5, 4, 13, 30, tzinfo=UTC)),
        ("since", "2026-05-04", datetime(2026, 5, 4, tzinfo=UTC)),
        ("day", "2026-05-04", date(2026, 5, 4)),
        ("at", "15:45", time(15, 45)),
        ("legs", [{"strike": 5, "side": "SELL"}], (Leg(Decimal(5), model.OrderSide.SELL),)),
        ("weights", {"a": 1}, {"a": 1.0}),
        ("pair", [2, 3], (2, 3.0)),
        ("names", ["SPY.ARCA"], [model.InstrumentId.from_str("SPY.ARCA")]),
        ("either", "x", "x"),
        ("either", 3, 3),
        ("anything", {"a": [1]}, {"a": [1]}),
    ],
)
def test_what_plain_data_gives(name, plain, typed):
    converted = convert(plain, classes.parameters(Frozen)[name].kind)
    assert (converted, type(converted)) == (typed, type(typed))


@pytest.mark.parametrize(
    ("name", "plain", "message"),
    [
        ("enabled", 1, "true or false"),
        ("enabled", "yes", "true or false"),
        ("label", 3, "text"),
        ("instrument_id", "SPY", "InstrumentId"),
        ("instrument_id", 3, "text of a InstrumentId"),
        ("bar_type", "SPY.ARCA-1-MINUT-LAST-EXTERNAL", "BarType"),
        ("fee", "abc", "decimal number"),
        ("fee", True, "decimal number"),
        ("fee", "nan", "finite"),
        ("quantity", -1, "Quantity"),
        ("money", "100", "Money"),
        ("money", "100 ZZZZ", "Money"),
        ("money", "0.005 USD", "more decimals than USD has"),
        ("currency", "USDX", "Currency"),
        ("oms", "NETING", "OmsType"),
        ("mode", "medium", "Mode"),
        ("kind", "c", "one of 'a', 'b'"),
        ("wait", 90, "duration"),
        ("wait", "90", "with its unit"),
        ("wait", "1h and a half", "duration"),
        ("since", "yesterday", "ISO 8601"),
        ("day", 20260504, "ISO date"),
        ("at", "25:00", "time of day"),
        ("legs", {"strike": 5}, "list"),
        ("legs", [{"strik": 5}], "no field 'strik'"),
        ("legs", [{}], "Leg"),
        ("weights", [1], "mapping"),
        ("weights", {"a": "x"}, "number"),
        ("pair", [1], "2 items"),
        ("names", "SPY.ARCA", "list"),
        ("either", 2.5, "whole number or must be text"),
    ],
)
def test_what_is_refused(name, plain, message):
    with pytest.raises(RefusedError, match=message):
        convert(plain, classes.parameters(Frozen)[name].kind)


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers())))
def test_a_value_is_converted_to_its_meaning_or_refused(value):
    for kind in (int, float, Decimal, str, bool, timedelta, datetime, model.InstrumentId, model.Quantity, Mode):
        try:
            converted = convert(value, kind)
        except RefusedError:
            continue
        assert isinstance(converted, kind)
        if kind in {int, float}:
            assert converted == value
