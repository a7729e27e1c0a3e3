"""The commands about a cluster, as far as they need none."""

import json

import pytest

from tests.support import sweeps
from tests.support.commands import invoke


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("")
    return sweeps.write(tmp_path / "spec.yaml", sweeps.spec("/away", {"strategy.buys": [1, 2]}))


@pytest.mark.parametrize("command", [("jobs",), ("logs", "a"), ("fetch", "a"), ("submit", "spec.yaml")])
def test_without_an_address_each_says_how_to_give_one(command, spec):
    result = invoke(*command, code=2)
    assert "--address: is missing" in result.output and "SWEEP_ADDRESS" in result.output


@pytest.mark.parametrize("name", ["SWEEP_ADDRESS", "RAY_API_SERVER_ADDRESS"])
def test_the_address_may_stand_in_the_environment(name, monkeypatch):
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert "nothing answers there" in invoke("jobs", code=2).output


def test_a_dry_run_lists_what_would_be_shipped(spec):
    assert json.loads(invoke("submit", spec, "--dry-run", "--json").stdout)["files"] == ["mine.py", "spec.yaml"]
    assert "2 files" in invoke("submit", spec, "--dry-run").output


def test_a_wrong_spec_is_told_before_anything_is_asked(spec):
    result = invoke("submit", spec, "--set", "limits.retries=-1", "--address", "http://127.0.0.1:9", code=2)
    assert "limits.retries" in result.output and "nothing answers" not in result.output
