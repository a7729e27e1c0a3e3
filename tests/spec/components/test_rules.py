"""Mistakes in the components of a spec: all at once, each with its place and a remedy that helps."""

from typing import Any

import pytest
import yaml

from sweep.spec.reader import read
from tests.support.portfolio_specs import component, spec

TURNING = component("fast", "Turning")


def problems(**changes: Any) -> list[tuple[str, str]]:
    """(place, rule) of each mistake of a spec with these sections."""
    whole = spec("data", {}, [TURNING]) | changes
    draft = read(yaml.safe_dump({k: v for k, v in whole.items() if v is not None}, sort_keys=False))
    return [(p.where, p.rule) for p in draft.problems]


def test_a_sound_spec_has_none():
    assert problems(actors=[component("regime", "Regime")], exec_algorithms=[component("Halves", "Halves")]) == []


@pytest.mark.parametrize(
    ("changes", "where", "rule"),
    [
        ({"strategies": [TURNING, TURNING]}, "strategies.1.name", "is the name of an earlier strategy"),
        ({"strategies": [TURNING, {"path": "m:A"}, {"path": "n:A"}]}, "strategies.2.name", "is the name of an earlier"),
        ({"actors": [TURNING, TURNING]}, "actors.1.name", "is the name of an earlier actor"),
        ({"strategies": [{"name": "x"}]}, "strategies.0.path", "is missing"),
        ({"strategies": [{"path": "m:A", "native": "EmaCross"}]}, "strategies.0.native", "stands beside `path`"),
        ({"strategies": [{"native": "EmaCross", "config_path": "m:C"}]}, "strategies.0.config_path", "is not a key of"),
        ({"strategies": [TURNING | {"name": "a.b"}]}, "strategies.0.name", "must be a name"),
        ({"strategies": [TURNING | {"enabld": True}]}, "strategies.0.enabld", "is not a key here"),
        ({"strategies": [TURNING | {"enabled": "yes"}]}, "strategies.0.enabled", "must be true or false"),
        ({"strategies": []}, "strategies", "must hold at least one element"),
        ({"strategies": {"fast": TURNING}}, "strategies", "must be a list"),
        ({"strategies": None}, "strategy", "is missing"),
        ({"strategy": {"path": "m:A"}}, "strategy", "stands beside `strategies`"),
        ({"strategies": [TURNING | {"path": "m.A"}]}, "strategies.0.path", "must be an import path"),
    ],
)
def test_each_mistake(changes, where, rule):
    (problem,) = problems(**changes)
    assert problem[0] == where
    assert problem[1].startswith(rule)


def test_a_typo_in_a_key_is_answered_with_the_right_one():
    draft = read(yaml.safe_dump(spec("data", {}, [TURNING | {"confg": {}}]), sort_keys=False))
    assert [p.remedy for p in draft.problems] == ["did you mean 'config' or 'config_path'?"]
