"""Shapes of facts are those that drivers write: every ready sweep passes, and each key of a shape is needed."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from sweep.errors import LedgerError
from sweep.ledger.fact_shapes import SHAPES, Statistics
from sweep.ledger.facts import SweepFacts

PERIOD = {"start": "2026-05-04", "end": "2026-05-09"}
RIGHT = {
    "backtest": {"period": PERIOD, "catalog": "c", "venues": [{"name": "A"}], "data": [{"type": "QuoteTick"}]},
    "objective": {"metric": "a", "direction": "minimize"},
    "lockbox": {"period": PERIOD, "days": 3},
    "walk_forward": {"windows": [{"train": PERIOD, "test": PERIOD, "search": "a", "score": "b"}]},
    "choice": {"trial": 1, "key": "k", "params": {"a": 1}, "test_key": "t"},
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_a_driver_writes_is_read_and_no_part_of_it_may_be_missing(name: str):
    assert getattr(SweepFacts.of({name: RIGHT[name]}), name) == RIGHT[name]
    for key in RIGHT[name]:
        with pytest.raises(LedgerError, match=f"its fact {name} is"):
            SweepFacts.of({name: {k: v for k, v in RIGHT[name].items() if k != key}})


def test_every_shape_belongs_to_a_fact(finished_sweep):
    assert SHAPES.keys() <= SweepFacts.__dataclass_fields__.keys()
    with finished_sweep.folder.open() as ledger:
        assert ledger.facts.verdict
        assert ledger.facts.backtest["venues"]


def test_a_period_begins_and_ends_at_times():
    for key in ("start", "end"):
        with pytest.raises(LedgerError, match="its fact lockbox is"):
            SweepFacts.of({"lockbox": {"period": PERIOD | {key: "x"}, "days": 3}})


@pytest.mark.parametrize(("days", "is_sound"), [([0, 3, 0], True), ([], True), ([-1], False), ([0.5], False)])
def test_days_of_closed_positions(days: list[Any], is_sound: bool):
    adapter: TypeAdapter[Any] = TypeAdapter(Statistics)
    if is_sound:
        assert adapter.validate_python({"closed_days": days}, strict=True)
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python({"closed_days": days}, strict=True)


@pytest.mark.parametrize(
    ("row", "is_sound"),
    [
        (["SPY.ARCA", 3, 2, -1.5], True),
        ([23, 1, 0, 0], True),
        ([24, 1, 0, 0.0], False),
        (["SPY.ARCA", 0, 0, 0.0], False),
        ([1, 2, 3, 0.0], False),
        ([1, 2, 1, "much"], False),
        ([1, 2, 1], False),
    ],
)
def test_groups_of_trades(row: list[Any], is_sound: bool):
    adapter: TypeAdapter[Any] = TypeAdapter(Statistics)
    if is_sound:
        assert adapter.validate_python({"groups": {"hour": [row]}}, strict=True)
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python({"groups": {"hour": [row]}}, strict=True)
