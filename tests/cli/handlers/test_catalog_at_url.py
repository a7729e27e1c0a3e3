"""`sweep catalog manifest | stage | cache`."""

import json

import pytest

from sweep.catalog.remote.local_cache import _held
from tests.support import sweeps
from tests.support.commands import invoke


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("SWEEP_CACHE", str(tmp_path / "cache"))
    sweeps.catalog(tmp_path / "catalog", minutes=1)
    return tmp_path


def test_a_catalog_is_listed_staged_seen_and_evicted(place):
    written = json.loads(invoke("catalog", "manifest", place / "catalog", "--json").stdout)
    assert written["files"] == 2
    assert "wrote" in invoke("catalog", "manifest", place / "catalog").stdout
    spec = sweeps.write(place / "spec.yaml", sweeps.spec((place / "catalog").as_uri(), {"strategy.buys": [1]}))
    staged = json.loads(invoke("catalog", "stage", spec, "--json").stdout)
    assert staged["bytes"] == written["bytes"]
    assert staged["path"].startswith(str(place / "cache"))
    assert "2 files" in invoke("catalog", "stage", spec).stdout
    listing = json.loads(invoke("catalog", "cache", "--json").stdout)
    assert [c["origin"] for c in listing["catalogs"]] == [(place / "catalog").as_uri()]
    assert listing["bytes"] == written["bytes"]
    evicted = json.loads(invoke("catalog", "cache", "--evict", "--json").stdout)
    assert evicted["freed"] == 0, "this process uses it"
    while _held:
        _held.popitem()[1].close()
    freed = json.loads(invoke("catalog", "cache", "--evict", "--json").stdout)
    assert (freed["freed"], freed["catalogs"]) == (written["bytes"], [])


def test_a_local_catalog_needs_no_staging(place):
    spec = sweeps.write(place / "spec.yaml", sweeps.spec(str(place / "catalog"), {"strategy.buys": [1]}))
    assert "on this machine already" in invoke("catalog", "stage", spec, code=2).output
