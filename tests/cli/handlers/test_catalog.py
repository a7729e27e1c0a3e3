"""The catalog commands."""

import json
from pathlib import Path

import pytest

from sweep.cli.handlers import catalog
from sweep.errors import InputError
from tests.support.commands import invoke


def test_a_catalog_is_made_and_looked_into(tmp_path: Path):
    invoke("catalog", "demo", tmp_path / "demo")
    again = invoke("catalog", "demo", tmp_path / "demo")
    assert "unchanged" in again.stderr
    output = invoke("catalog", "inspect", tmp_path / "demo", "--gaps")
    assert "117,000" in output.stdout
    document = json.loads(invoke("catalog", "inspect", tmp_path / "demo", "--json").stdout)
    assert {e["kind"] for e in document["data"]} == {"Instrument", "QuoteTick", "ScoreUpdate"}
    assert "does not exist" in invoke("catalog", "inspect", tmp_path / "nowhere", code=2).stderr


def test_one_kind_of_built_in_data_at_a_time(tmp_path: Path):
    with pytest.raises(InputError, match="--options --perpetual: are different data"):
        catalog.demo(tmp_path / "both", ["options", "perpetual"])
    with pytest.raises(InputError, match="is for the stock alone"):
        catalog.demo(tmp_path / "long", ["perpetual"], 9)
    assert not list(tmp_path.iterdir())
