"""The spec as types: what it means when nothing is wrong with it. What can be wrong: test_broken_specs.py."""

from pathlib import Path

import pytest
import yaml

from sweep.spec.components.places import constants, full_name
from sweep.spec.forms.json_schema import schema
from sweep.spec.model import resolve
from sweep.spec.reader import read
from tests.support import sweeps

READY = sorted(Path("search_spaces").glob("*.yaml"))


def base() -> dict:
    return read(yaml.safe_dump(sweeps.spec("data", {"strategy.seed": [1]}), sort_keys=False)).backtest


def test_defaults_are_there_and_the_catalog_is_absolute():
    draft = read(yaml.safe_dump(sweeps.spec("data", {"strategy.seed": [1]}, tracking={}), sort_keys=False))
    assert draft.problems == []
    assert draft.spec
    assert (draft.spec.objective.metric, draft.spec.objective.direction) == ("pnl_total", "maximize")
    assert (draft.spec.limits.trial_timeout, draft.spec.limits.retries) == (3600.0, 2)
    assert draft.spec.tracking.tearsheets == 10
    assert draft.backtest["catalog"] == str(Path("data").resolve())
    assert draft.backtest["period"] == {"start": "2026-05-04T00:00:00Z", "end": "2026-05-06T00:00:00Z"}


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("strategy.tp_pct", "strategy.config.tp_pct"),
        ("strategy.config.tp_pct", "strategy.config.tp_pct"),
        ("strategy.path", "strategy.path"),
        ("strategy", "strategy"),
        ("venues.ARCA.oms_type", "venues.ARCA.oms_type"),
    ],
)
def test_strategy_x_is_short_for_its_config(name: str, full: str):
    assert full_name(name) == full


def test_a_parameter_may_address_anything_in_the_backtest():
    before = base()
    params = {
        "strategy.how": "well",
        "strategy.path": "m:C",
        "venues.ARCA.fill_model.random_seed": 7,
        "venues.ARCA.oms_type": "HEDGING",
        "data.0.instruments": ["QQQ.ARCA"],
        "period.start": "2026-05-05",
    }
    after = resolve(before, params)
    assert after["strategy"]["config"] == {"how": "well"}
    assert after["strategy"]["path"] == "m:C"
    assert after["venues"][0]["fill_model"]["random_seed"] == 7
    assert after["venues"][0]["oms_type"] == "HEDGING"
    assert after["data"][0]["instruments"] == ["QQQ.ARCA"]
    assert after["period"]["start"] == "2026-05-05T00:00:00Z"
    assert before == base()  # the base is not touched


def test_settings_are_applied_before_anything_is_checked():
    text = yaml.safe_dump(sweeps.spec("data", {"strategy.seed": [1]}), sort_keys=False)
    draft = read(
        text, ["strategy.how=x", "venues.ARCA.oms_type=HEDGING", "limits.retries=0", "search.space.strategy.seed=[4]"]
    )
    assert draft.problems == []
    assert draft.spec
    assert draft.backtest["strategy"]["config"] == {"how": "x"}
    assert draft.backtest["venues"][0]["oms_type"] == "HEDGING"
    assert draft.spec.limits.retries == 0
    assert draft.spec.space.point(0) == {"strategy.seed": 4}


def test_a_constraint_may_name_values_of_the_config():
    assert constants(base() | {"strategy": {"config": {"a": 1, "b": [1], "c": "x"}}}) == {
        "a": 1, "c": "x", "strategy.a": 1, "strategy.c": "x",
    }  # fmt: skip


def test_the_schema_knows_every_section_and_refuses_others():
    document = schema()
    assert document["additionalProperties"] is False
    assert {"name", "catalog", "period", "search", "limits", "tracking"} <= set(document["properties"])


@pytest.mark.parametrize("path", READY, ids=lambda p: p.name)
def test_every_ready_spec_is_well_formed(path: Path):
    assert read(path).problems == []


def test_what_is_malformed_leaves_the_sections_and_nothing_else_does():
    """Checks that need the engine or the catalog read them: what stands beside a mistake is still checked."""
    text = yaml.safe_dump({
        "search": {"method": "optuna", "trials": "many", "space": {"strategy.fast": [1, 2]}, "pruner": {
            "type": "median", "rungs": [0.25, "late"]}, "metric_constraints": [5, "sharp >= 1"]},
        "objective": [{"metric": "sharp"}, {"metric": 7, "direction": "maximize"}, 5],
        "verify": {"accept": ["nope", 3], "extra": 1},
        "tracking": "mlflow",
    })  # fmt: skip
    draft = read(text)
    assert draft.sections["search"] == {
        "method": "optuna", "trials": None, "space": {"strategy.fast": [1, 2]},
        "pruner": {"type": "median", "rungs": [0.25, None]}, "metric_constraints": [None, "sharp >= 1"],
    }  # fmt: skip
    assert draft.sections["objective"] == [{"metric": "sharp"}, {"metric": None, "direction": "maximize"}, None]
    assert draft.section("verify") == {"accept": ["nope", None], "extra": None}
    assert draft.section("tracking") == draft.section("limits") == {}
    assert draft.document.data["search"]["trials"] == "many"
