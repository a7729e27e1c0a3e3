"""`sweep check`, `sweep --version`, and the head of a block of mistakes."""

import json
from pathlib import Path

import pytest

import sweep
from tests.support import sweeps
from tests.support.commands import invoke


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check")
    content = sweeps.spec(sweeps.catalog(folder / "c", minutes=2), {"strategy.seed": [1, 2, 3]})
    return sweeps.write(folder / "s.yaml", content)


def test_a_good_spec_is_checked_and_nothing_runs(spec: Path, monkeypatch):
    monkeypatch.chdir(spec.parent)
    answer = invoke("check", spec)
    assert "nothing is wrong" in answer.stdout
    assert "3 trials by pnl_total (maximize)" in answer.stdout
    assert not (spec.parent / "runs").exists()
    document = json.loads(invoke("check", spec, "--json").stdout)
    assert document["id"] == sweep.load(spec).id
    assert (document["trials"], document["exact"]) == (3, True)


def test_mistakes_of_a_spec_are_told_and_end_with_2(spec: Path):
    answer = invoke("check", spec, "--set", "strategy.sed=1", code=2)
    assert "1 mistake, nothing was started" in answer.stderr
    assert "did you mean 'seed'" in answer.stderr


def test_a_command_that_starts_nothing_does_not_say_so(tmp_path):
    answer = invoke("show", "nosuch", "--runs-dir", tmp_path, code=2)
    assert answer.stderr.startswith("SWEEP: there is no such sweep")
    assert "mistake" not in answer.stderr


def test_the_version():
    assert invoke("--version").stdout == f"sweep {sweep.__version__}\n"
