import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nautilus_trader import model as nt_model

from sweep.backtest.script.literals import Literals, NoSourceError

LITERALS = Literals(lambda kind: kind.__qualname__)


class Colour(Enum):
    RED = 1


@dataclass(frozen=True)
class Leg:
    size: Decimal
    name: str = ""


def read(source: str) -> Any:
    return eval(source, {**globals(), "nt_model": nt_model})  # noqa: S307 - the source is ours


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
TIMES = st.datetimes() | st.datetimes(timezones=st.just(dt.UTC)) | st.dates() | st.times() | st.timedeltas()
LEAVES = PLAIN | TIMES | st.decimals(allow_nan=False) | st.sampled_from(Colour) | st.builds(Leg, st.decimals(0, 9))
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.tuples(inner, inner)
        | st.tuples(inner)
        | st.sets(st.text())
    ),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_is_read_back(value: Any):
    again = read(LITERALS.of(value))
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize(
    "value",
    [
        nt_model.InstrumentId.from_str("SPY.ARCA"),
        nt_model.Money.from_str("0.65 USD"),
        nt_model.BarType.from_str("SPY.ARCA-1-MINUTE-LAST-EXTERNAL"),
        nt_model.Currency.from_str("USD"),
        nt_model.OmsType.NETTING,
        nt_model.Price(1.5, 4),
        nt_model.Venue("ARCA"),
    ],
)
def test_values_of_the_engine(value: Any):
    assert read(LITERALS.of(value)) == value


def test_a_value_without_source_is_refused():
    with pytest.raises(NoSourceError, match="a object cannot be written as source"):
        LITERALS.of({"a": [object()]})


def test_a_path():
    assert read(LITERALS.of(Path("a/b"))) == Path("a/b")
