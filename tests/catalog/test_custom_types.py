"""Custom data is decoded by the class of the moment."""

import pytest
from nautilus_trader import model

from sweep.catalog.custom_types import as_events_of
from sweep.errors import TrialError


def kind(factor: int) -> type:
    class Decoded:
        def __init__(self, n: int) -> None:
            self.n, self.ts_event, self.ts_init = n, 1, 1

        def to_dict(self) -> dict[str, int]:
            return {"n": self.n}

    def from_dict(cls: type, values: dict[str, int]) -> object:
        return cls(values["n"] * 1) if factor == 1 else cls(values["n"] * 2 + 0)

    Decoded.from_dict = classmethod(from_dict if factor == 1 else lambda cls, values: cls(values["n"] * 2))
    return Decoded


def test_events_of_an_earlier_import_become_those_of_this_one_where_the_code_is_the_same():
    first, second, other = kind(1), kind(1), kind(2)
    events = [model.CustomData(model.DataType("Decoded"), first(3))]
    (event,) = as_events_of(second, events)
    assert type(event.data) is second and event.data.n == 3
    assert as_events_of(first, events) is events
    with pytest.raises(TrialError, match="start Python anew"):
        as_events_of(other, events)
