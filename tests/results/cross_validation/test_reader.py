"""Cross-validation of a real sweep: its groups are sweeps of their own, and its paths are what these came to."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import sweep
from sweep.errors import InputError
from sweep.results.cross_validation.reader import cross_validation
from sweep.results.report import Report
from sweep.runner.plan import plan
from tests.support import commands, eight_sessions, sweeps

CPCV = {"cpcv": {"groups": 4, "test": 2}}
SPACE = {"strategy.threshold": [0.3, 0.6], "strategy.hold": [7, 20]}


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> str:
    return eight_sessions.catalog(tmp_path_factory.mktemp("catalog"), minutes=2)


def content(catalog: str, **more: Any) -> dict[str, Any]:
    return eight_sessions.spec(catalog, **({"validation": CPCV, "search": {"space": SPACE}} | more))


@pytest.fixture(scope="module")
def crossed(catalog: str, tmp_path_factory: pytest.TempPathFactory) -> Report:
    place = tmp_path_factory.mktemp("crossed")
    path = sweeps.write(place / "spec.yaml", content(catalog))
    return sweep.run(path, runs_dir=place / "runs", executor="inline", tracking=False)


def test_each_group_is_run_for_itself_and_the_paths_are_made_of_them(crossed):
    parts = crossed.facts.cpcv["parts"]
    assert [p["days"] for p in parts] == [2, 2, 2, 2]
    assert [p["start"][:10] for p in parts] == ["2026-05-04", "2026-05-06", "2026-05-08", "2026-05-12"]
    result = cross_validation(crossed.folder, crossed.facts)
    groups = [pd.read_parquet(crossed.folder.part(p["search"]).returns) for p in parts]
    returns = np.concatenate([g.drop(columns="day").to_numpy(np.float64) for g in groups])
    assert returns.shape == (8, 4)
    by_day = {round(v, 9) for v in returns.ravel()}
    assert {round(v, 9) for v in np.asarray(result.returns, np.float32).astype(np.float64).ravel()} <= by_day
    choice = returns[[4, 5, 6, 7]].sum(axis=0).argmax()  # the first split tests groups 0 and 1
    first = np.asarray(result.returns[:2, 0])
    assert first == pytest.approx(returns[:2, choice], abs=1e-7)
    assert (result.splits.count, result.splits.paths) == (6, 3)


def test_it_is_shown(crossed):
    output = commands.invoke("show", crossed.id, *commands.of(crossed)).output
    assert "cross-validation: 6 splits of 4 groups, 3 paths" in output
    text = (crossed.folder.path / "report.html").read_text()
    assert "Combinatorial purged cross-validation" in text


def test_a_sweep_without_it_has_none_and_one_that_is_not_whole_has_no_paths(crossed, tmp_path):
    copied = sweeps.copied(crossed, tmp_path / "own")
    copied.folder.part(copied.facts.cpcv["parts"][1]["search"]).ledger.unlink()
    assert cross_validation(copied.folder, copied.facts) is None
    assert cross_validation(copied.folder, type(copied.facts)()) is None


def test_mistakes_and_their_remedies(catalog):
    def told(**more: Any) -> list[str]:
        with pytest.raises(InputError) as caught:
            plan(yaml.safe_dump(content(catalog, **more), sort_keys=False))
        return [str(problem) for problem in caught.value.problems]

    study = {"method": "optuna", "trials": 4, "space": SPACE}
    assert any("tpe chooses by results" in line for line in told(search=study))
    pruner = {"space": SPACE, "pruner": {"type": "asha", "rungs": [0.5]}}
    assert any("a pruner ends some" in line for line in told(search=pruner))
    assert any(
        "too few for purge" in line for line in told(validation={"cpcv": {"groups": 4, "test": 2, "purge": "1d"}})
    )
    assert any("less than groups" in line for line in told(validation={"cpcv": {"groups": 4, "test": 4}}))
    assert any("search.stop.target" in line for line in told(search={"space": SPACE, "stop": {"target": 5}}))
    random = content(catalog, search=study | {"sampler": "random"})
    assert plan(yaml.safe_dump(random, sort_keys=False)).parts.groups
