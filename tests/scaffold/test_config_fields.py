"""Fields of config classes, whatever library declares them."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Lt
from nautilus_trader.trading import StrategyConfig
from pydantic import BaseModel, Field

from sweep.scaffold.config_fields import MISSING, fields_of


class Side(Enum):
    LONG = "long"
    SHORT = "short"


@dataclass(frozen=True, kw_only=True)
class Plain:
    size: Decimal
    fast: int = 10
    stop: float | None = None
    mode: Literal["a", "b"] = "a"
    side: Side = Side.LONG
    trails: bool = False
    names: list[str] = field(default_factory=list)


class Pydantic(BaseModel):
    size: Decimal
    fast: int = Field(default=10, ge=2, lt=20)


@dataclass
class Annotations:
    size: Decimal
    fast: Annotated[int, Ge(2), Lt(20)] = 10


class Written(StrategyConfig):
    def __init__(self, size: Decimal, fast: int = 10) -> None:
        self.size, self.fast = size, fast


@pytest.mark.parametrize("kind", [Plain, Pydantic, Annotations, Written])
def test_types_and_defaults_are_found(kind):
    fields = {f.name: f for f in fields_of(kind)}
    assert fields["size"].default is MISSING
    assert fields["size"].kind is Decimal
    assert (fields["fast"].default, fields["fast"].kind) == (10, int)
    assert "strategy_id" not in fields  # the engine's own


@pytest.mark.parametrize("kind", [Pydantic, Annotations])
def test_bounds_are_kept(kind):
    fast = next(f for f in fields_of(kind) if f.name == "fast")
    assert [fast.admits(n) for n in (1, 2, 19, 20)] == [False, True, True, False]


def test_a_field_of_few_values_lists_them():
    choices = {f.name: f.choices for f in fields_of(Plain)}
    assert choices == {
        "size": [], "fast": [], "stop": [], "mode": ["a", "b"], "side": ["long", "short"], "trails": [False, True],
        "names": [],
    }  # fmt: skip
    fields = {f.name: f for f in fields_of(Plain)}
    assert (fields["stop"].kind, fields["stop"].default, fields["names"].default) == (float, None, [])
