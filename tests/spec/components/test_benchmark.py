"""The section `benchmark`: its short forms and its mistakes."""

from typing import Any

import pytest
import yaml

from sweep.spec.components.benchmark import benchmark
from sweep.spec.reader import read
from tests.support import sweeps


def parsed(value: Any) -> Any:
    return read(yaml.safe_dump(sweeps.spec("catalog", {}, benchmark=value), sort_keys=False))


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("SPY.ARCA", {"instrument": "SPY.ARCA"}),
        ("prices/spy.csv", {"csv": "prices/spy.csv"}),
        ("SPY.CSV", {"csv": "SPY.CSV"}),
        ({"csv": "spy.txt"}, {"csv": "spy.txt"}),
    ],
)
def test_short_forms(short: Any, long: dict[str, str]):
    assert benchmark(short) == long
    assert parsed(short).spec.benchmark.model_dump(exclude_none=True) == long


@pytest.mark.parametrize(
    ("value", "where", "rule"),
    [
        (5, "benchmark", "must be an instrument of data, or a CSV file"),
        (["SPY.ARCA"], "benchmark", "must be an instrument of data, or a CSV file"),
        ("", "benchmark", "must be an instrument of data, or a CSV file"),
        ({}, "benchmark", "must have one of the keys instrument and csv"),
        ({"csv": "a.csv", "instrument": "SPY.ARCA"}, "benchmark", "must have one of the keys instrument and csv"),
        ({"csv": ""}, "benchmark.csv", "must not be empty"),
        ({"csv": 5}, "benchmark.csv", "must be text"),
        ({"instrument": None}, "benchmark", "must have one of the keys instrument and csv"),
        ({"csv": "a.csv", "sheet": 2}, "benchmark.sheet", "is not a key here"),
    ],
)
def test_mistakes(value: Any, where: str, rule: str):
    (problem,) = parsed(value).problems
    assert problem.where == where
    assert problem.rule.startswith(rule)
