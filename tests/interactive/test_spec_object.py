"""Specs from Python objects: the same plan as from YAML."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nautilus_trader.model import InstrumentId, Money, OmsType, QuoteTick

import sweep
from sweep.errors import InputError
from sweep.interactive.plain_values import plain_spec
from sweep.spec import yaml_document
from tests.support import sweeps
from tests.support.effort import repeats
from tests.support.strategies import Scripted, ScriptedConfig
from tests.support.worker_fault_strategy import WorkerFaultStrategy, WorkerFaultStrategyConfig


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return sweeps.catalog(tmp_path_factory.mktemp("objects") / "catalog", minutes=1)


def test_a_sweep_of_objects_is_that_of_its_yaml(catalog: str, tmp_path: Path):
    document = sweeps.spec(catalog, {"strategy.orders": [[[1, 100]], [[2, 100]]]}, strategy={
        "path": "tests.support.strategies:Scripted", "config_path": "tests.support.strategies:ScriptedConfig",
        "config": {"instrument_id": "SPY.ARCA", "orders": [[0, 5.0]]},
    })  # fmt: skip
    venue = document["venues"][0] | {
        "oms_type": OmsType.NETTING, "starting_balances": [Money.from_str("100000 USD")],
        "default_leverage": Decimal(1),
    }  # fmt: skip
    objects = sweep.Spec(
        name="small", catalog=Path(catalog), period=(date(2026, 5, 4), "2026-05-06"), venues=[venue],
        data=[{"type": QuoteTick, "instruments": [InstrumentId.from_str("SPY.ARCA")]}],
        strategy=Scripted, config=ScriptedConfig(orders=[[0, 5.0]]), space={"orders": [[[1, 100]], [[2, 100]]]},
        tracking={"tearsheets": "none"},
    )  # fmt: skip
    from_yaml = sweep.load(sweeps.write(tmp_path / "spec.yaml", document))
    from_file = sweep.load(Path(tmp_path / "objects.yaml") if objects.to_yaml(tmp_path / "objects.yaml") else "")
    planned = objects.plan()
    assert planned.spec.space == from_yaml.spec.space
    assert planned.id == from_file.id
    assert sweep.load(document).id == from_yaml.id
    assert planned.key({"strategy.orders": [[1, 100]]}) == from_file.key({"strategy.orders": [[1, 100]]})
    assert sweep.load(objects, ["name=other"]).spec.name == "other"


def test_a_run_of_objects(catalog: str, tmp_path: Path):
    document = sweeps.spec(catalog, {})
    sections = {key: document[key] for key in ("catalog", "data", "venues", "period", "tracking")}
    spec = sweep.Sweep(
        **sections,
        strategy=WorkerFaultStrategy,
        config=WorkerFaultStrategyConfig,
        space={"buys": [1, 2]},
        name="objects",
    )
    report = sweep.run(spec, runs_dir=tmp_path, executor="inline", tracking=False)
    assert report.count() == {"COMPLETE": 2}
    assert {row.params["strategy.buys"] for row in report.leaders()} == {1, 2}


def test_every_mistake_at_once_without_lines(catalog: str):
    spec = sweep.Spec(
        name="x", catalog=catalog, data=[{"type": QuoteTick}], venues=[], strategy=Scripted, config={"ordres": 1},
        search=sweep.study({"orders": sweep.range(1, 3)}, trials=5, sampler="tpee"), riks=1,
    )  # fmt: skip
    with pytest.raises(InputError) as raised:
        spec.plan()
    places = [p.where for p in raised.value.problems]
    assert {"riks", "period", "venues", "search.sampler"} <= set(places)
    assert all(p.line is None for p in raised.value.problems)


@dataclass
class Odd:
    """A config whose argument is no attribute that can be read back."""

    value: int

    def __post_init__(self) -> None:
        self.value += 1


def test_a_config_that_its_plain_form_does_not_give_again():
    with pytest.raises(InputError, match=r"strategy.config.value"):
        plain_spec("x", Scripted, Odd(1), {})


def test_several_strategies_of_objects():
    item = {"name": "one", "path": Scripted, "config_path": ScriptedConfig, "config": ScriptedConfig(orders=[[1, 2.0]])}
    document = sweep.Spec(strategies=[item], catalog="x", data=[], venues=[], name="two").to_dict()
    assert "strategy" not in document
    assert document["strategies"] == [{
        "name": "one", "path": "tests.support.strategies:Scripted",
        "config_path": "tests.support.strategies:ScriptedConfig",
        "config": {"instrument_id": "SPY.ARCA", "orders": [[1, 2.0]]},
    }]  # fmt: skip


def test_searches():
    assert sweep.grid({"a": [1], "venues.X.y": [2]}) == {
        "method": "grid", "space": {"strategy.a": [1], "venues.X.y": [2]},
    }  # fmt: skip
    assert sweep.study({"a": sweep.range(1, 9, log=True)}, trials=3, seed=1) == {
        "method": "optuna", "space": {"strategy.a": {"low": 1, "high": 9, "log": True}}, "trials": 3, "seed": 1,
    }  # fmt: skip
    assert sweep.range(1, 3, step=0.5) == {"low": 1, "high": 3, "step": 0.5}
    with pytest.raises(TypeError, match="not both"):
        sweep.Spec(strategy=Scripted, catalog="x", data=[], venues=[], space={}, search={})


def test_values_as_a_spec_has_them():
    values = {
        "a": np.int64(3), "b": np.array([1.5]), "c": timedelta(minutes=5), "d": timedelta(milliseconds=1.5),
        "e": (1, 2), "f": range(2), "g": Decimal("0.1"), "h": {"x": date(2026, 1, 2)},
    }  # fmt: skip
    document = plain_spec("x", "m:S", None, {"limits": values})
    assert document["limits"] == {
        "a": 3, "b": [1.5], "c": "300 s", "d": "1.5 ms", "e": [1, 2], "f": [0, 1], "g": "0.1", "h": {"x": "2026-01-02"},
    }  # fmt: skip
    assert sweep.Spec(strategy="m:MyStrategy", catalog="x", data=[], venues=[]).name == "my-strategy"


PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
TREES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=repeats(60, quick=30))
@given(st.dictionaries(st.text(min_size=1, max_size=6), TREES, min_size=1, max_size=3))
def test_yaml_reads_back(data: dict[str, Any]):
    assert yaml_document.parse(yaml_document.dump(data), "x").data == data


@pytest.mark.parametrize("text", ["1e-4", "1_000", "0x1F", "12:30:00", "null", "2026-05-04", ".5", "~", "yes", "1e5"])
def test_text_that_looks_like_something_else_stays_text(text: str):
    assert yaml_document.parse(yaml_document.dump({"value": text}), "x").data == {"value": text}


def test_replaced_values_are_other_objects():
    config = replace(ScriptedConfig(), orders=[[1, 2.0]])
    assert plain_spec("x", Scripted, config, {})["strategy"]["config"]["orders"] == [[1, 2.0]]
