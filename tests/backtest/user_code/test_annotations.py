"""Annotations that only type checkers can read are resolved, or the check says that it cannot."""

import pandas as pd
import pydantic
import pytest
from nautilus_trader.indicators import MovingAverageType

from sweep.backtest.user_code.annotations import Unresolved, annotations_of
from sweep.backtest.user_code.classes import build_verified
from sweep.backtest.user_code.coercion.convert import convert
from sweep.backtest.user_code.coercion.refusal import RefusedError
from tests.support.written_modules import write_module

SOURCE = """
from __future__ import annotations
from dataclasses import dataclass
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from decimal import Decimal
    from no_such_package import Thing

@dataclass(frozen=True)
class C:
    size: Decimal
    count: int = 1
    thing: Thing = None
"""


def made(tmp_path, monkeypatch, **values):
    module, problems = write_module(tmp_path, monkeypatch, SOURCE, head=""), []
    return build_verified(module.C, values, "config", problems), [(p.where, p.rule) for p in problems]


def test_a_type_that_only_type_checkers_import_is_checked(tmp_path, monkeypatch):
    config, problems = made(tmp_path, monkeypatch, size="1.5")
    assert (str(config.size), problems) == ("1.5", [])
    assert made(tmp_path, monkeypatch, size="much")[1] == [("config.size", "must be a decimal number")]
    assert made(tmp_path, monkeypatch, size=1, count="2")[1] == [("config.count", "must be a whole number")]


def test_a_type_that_nothing_defines_is_said(tmp_path, monkeypatch):
    problems = made(tmp_path, monkeypatch, size=1, thing=3)[1]
    assert problems == [("config.thing", "cannot be checked: nothing defines the type Thing")]
    module = write_module(tmp_path, monkeypatch, SOURCE, head="")
    assert isinstance(annotations_of(module.C)["thing"], Unresolved)


class Inner(pydantic.BaseModel):
    size: int = 1


class Plain:
    def __init__(self, size: int = 1) -> None:
        self.size = size

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and other.size == self.size

    __hash__ = None


@pytest.mark.parametrize("kind", [Inner, Plain])
def test_a_nested_model_arrives_as_its_type(kind):
    assert convert({"size": 3}, kind) == kind(size=3)
    for wrong in ({"sze": 3}, {"size": "many"}):
        with pytest.raises(RefusedError):
            convert(wrong, kind)


def test_members_of_an_enum_without_text_and_times_of_pandas():
    assert convert("SIMPLE", MovingAverageType) == MovingAverageType.Simple
    assert convert("double_exponential", MovingAverageType) == MovingAverageType.DoubleExponential
    with pytest.raises(RefusedError, match="must be a MovingAverageType"):
        convert("Simpel", MovingAverageType)
    assert convert("90s", pd.Timedelta) == pd.Timedelta(seconds=90)
    assert convert("2026-05-04T13:30:00Z", pd.Timestamp) == pd.Timestamp("2026-05-04T13:30:00Z")
