"""Environment variables that user code names."""

import os
from pathlib import Path

import pytest

from sweep.backtest.user_code.environment_reads import environment, names, values
from sweep.backtest.user_code.source_snapshot import SourceSnapshot, take

SOURCE = b"""
import os
from os import environ as e
A = os.environ.get("MODE", "fast"), os.getenv("SIZE"), e["WHERE"], "not a name"
"""


def test_names_of_a_source_that_reads_the_environment():
    assert names(SOURCE) >= {"MODE", "SIZE", "WHERE"}
    assert "not a name" not in names(SOURCE)
    assert names(b"A = 'MODE'") == frozenset()
    assert names(b"def (") == frozenset()


def test_a_trial_sees_the_values_of_the_plan_and_the_driver_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODE", "slow")
    monkeypatch.delenv("SIZE", raising=False)
    planned = values([SOURCE])
    assert (planned["MODE"], planned["SIZE"]) == ("slow", None)
    monkeypatch.setenv("MODE", "other")
    monkeypatch.setenv("SIZE", "5")
    with environment(planned):
        assert (os.environ["MODE"], os.environ.get("SIZE")) == ("slow", None)
    assert (os.environ["MODE"], os.environ["SIZE"]) == ("other", "5")


def test_a_variable_is_in_the_hashes_of_the_code_that_names_it_and_of_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "reads_environment.py").write_bytes(SOURCE)
    (tmp_path / "reads_nothing.py").write_text("A = 'MODE'\n")
    monkeypatch.delenv("MODE", raising=False)
    unset = take(["reads_environment:A"])
    monkeypatch.setenv("MODE", "slow")
    slow = take(["reads_environment:A"])
    assert list(slow.hashes.keys() - unset.hashes.keys()) == ["os.environ[MODE]"]
    assert slow.digest != unset.digest
    assert SourceSnapshot.of(slow.plain()) == slow
    assert slow.restricted(["reads_environment:A"]) == slow
    assert list(take(["reads_nothing:A"]).hashes) == ["reads_nothing"]
