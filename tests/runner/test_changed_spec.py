"""A sweep that goes on with another objective, or another space."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sweep
from sweep.results.report import Report
from sweep.runner.changed_spec import at, belongs
from sweep.spec.space import Space
from sweep.spec.space_parser import parse
from tests.support import sweeps
from tests.support.pages import unpacked

BASE = {"strategy": {"path": "m:S", "config": {"a": 1, "b": 2, "c": "x"}}, "venues": [{"name": "V", "latency": 5}]}
VALUES = st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True)


def space(dimensions: dict[str, Any], *constraints: str) -> Space:
    space_of, problems = parse(dimensions, list(constraints), {})
    assert not problems
    return space_of


def full(params: dict[str, Any]) -> tuple[Any, ...]:
    """The values that a trial runs with."""
    return tuple(params.get(f"strategy.{name}", BASE["strategy"]["config"][name]) for name in "ab")


@given(
    st.dictionaries(st.sampled_from(["strategy.a", "strategy.b"]), VALUES, min_size=1),
    st.dictionaries(st.sampled_from(["strategy.a", "strategy.b"]), VALUES, min_size=1),
    st.sampled_from([(), ("a <= b",)]),
)
def test_a_trial_of_one_space_belongs_to_another_if_that_would_run_the_same(one, other, constraints):
    constraints = constraints if len(other) == 2 else ()
    expected = {full(point) for point in space(other, *constraints).points()}
    for point in space(one).points():
        assert belongs(space(other, *constraints), BASE, point) == (full(point) in expected)


def test_a_point_belongs_to_its_own_space_and_no_other_value_does():
    points_of = space({"strategy.a": {"low": 0.1, "high": 0.3, "step": 0.1}, "strategy.c": ["x", "y"]}, "a != 0.2")
    points = list(points_of.points())
    assert len(points) == 4
    for a, c in product((0.1, 0.2, 0.3, 0.4), ("x", "y", "z")):
        point = {"strategy.a": a, "strategy.c": c}
        assert (point in points_of) == (point in points)
    assert {"strategy.a": 0.1} not in points_of
    assert {**points[0], "strategy.b": 1} not in points_of


def test_a_value_of_the_base_backtest():
    assert [at(BASE, name) for name in ("strategy.a", "venues.V.latency", "strategy.z", "strategy.config")] == [
        1, 5, None, None,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A spec and the folder of its runs: four trials, all complete."""
    folder = tmp_path_factory.mktemp("changed")
    content = sweeps.spec(sweeps.catalog(folder / "c", minutes=5), {"strategy.seed": [1, 2], "strategy.buys": [1, 3]})
    spec = sweeps.write(folder / "s.yaml", content)
    assert len(again(spec, folder / "runs").leaders()) == 4
    return spec, folder / "runs"


def again(spec: Path, runs: Path, *settings: str) -> Report:
    return sweep.run(sweep.load(spec, settings), runs_dir=runs, executor="inline", tracking=False)


def test_another_objective_ranks_the_known_trials_anew(finished):
    spec, runs = finished
    before = again(spec, runs)
    started = {row.number: row.started for row in before.leaders()}
    after = again(spec, runs, "objective={metric: fees, direction: minimize}")
    assert after.id == before.id
    assert {row.number: row.started for row in after.leaders()} == started  # none ran again
    fees = [row.metrics["fees"] for row in after.leaders()]
    assert fees == sorted(fees)
    assert after.objective["metric"] == "fees"
    assert after.choice().best.number == after.best().number
    assert '"metric":"fees"' in unpacked(after.folder.path / "report.html").replace(" ", "")
    assert again(spec, runs).best() == before.best()


def test_trials_outside_of_the_space_come_back_with_it(finished):
    spec, runs = finished
    narrow = again(spec, runs, "search.space={strategy.seed: [1], strategy.buys: [1, 3, 5]}")
    assert (len(narrow.leaders()), narrow.outside()) == (3, 2)
    assert {row.params["strategy.seed"] for row in narrow.leaders()} == {1}
    assert len(Report(narrow.folder, everywhere=True).leaders()) == 5
    assert "outside of the space" not in narrow._repr_html_()
    narrow.importance()
    whole = again(spec, runs)
    assert (len(whole.leaders()), whole.outside()) == (4, 1)
