"""The files that a node must have."""

import json
from pathlib import Path

import pytest

from sweep.catalog.remote import RequiredFiles, brought, followed, ready, stage
from sweep.catalog.remote.download import DamagedError
from sweep.common.object_store import NotFoundError, ObjectStore
from sweep.errors import InputError
from tests.support import remote_catalogs
from tests.support.remote_catalogs import wanted


def test_a_supply_is_plain_data_and_leads_to_the_catalog(cache, tmp_path, monkeypatch):
    remote_catalogs.fill(tmp_path / "shelf")
    staged = followed(stage((tmp_path / "shelf").as_uri(), [wanted()]))
    requirements = json.loads(json.dumps(RequiredFiles.of(staged.origin, staged.files).plain()))
    monkeypatch.setenv("SWEEP_CACHE", str(tmp_path / "node"))
    path = Path(followed(ready(requirements)))
    assert path.is_relative_to(tmp_path / "node")
    assert remote_catalogs.content(path) == remote_catalogs.content(staged.root)
    monkeypatch.setattr(ObjectStore, "chunks", None)
    assert followed(ready(requirements)) == str(path), "the second trial of a worker asks nobody"


def test_a_local_catalog_is_verified(cache, tmp_path, monkeypatch):
    names = remote_catalogs.fill(tmp_path)
    supply = RequiredFiles.at(tmp_path, [tmp_path / n for n in names])
    assert followed(ready(supply.plain())) == str(tmp_path)
    touched = tmp_path / names[1]
    whole = touched.read_bytes()

    def again():
        monkeypatch.setattr("sweep.catalog.remote.node_requirements._ready", {})
        followed(ready(supply.plain()))

    touched.write_bytes(whole[::-1])
    with pytest.raises(DamagedError, match=f"{names[1]}: differs from the driver's"):
        again()
    touched.write_bytes(whole[1:])
    with pytest.raises(DamagedError, match="differs from the driver's"):
        again()
    touched.unlink()
    with pytest.raises(NotFoundError, match=f"{names[1]}: is missing"):
        again()
    touched.write_bytes(whole)
    again()


def test_a_backtest_is_brought_here(cache, tmp_path):
    remote_catalogs.fill(tmp_path / "shelf")
    backtest = {
        "data": [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}],
        "period": {"start": "2026-05-04", "end": "2026-05-05"},
    }
    other = backtest | {"period": {"start": "2026-05-05", "end": "2026-05-06"}}
    here = backtest | {"catalog": str(tmp_path / "shelf")}
    assert brought(here) == here
    at_url = backtest | {"catalog": (tmp_path / "shelf").as_uri()}
    assert len(remote_catalogs.content(Path(brought(at_url)["catalog"]))) == 2
    staged = brought(at_url, other)
    assert len(remote_catalogs.content(Path(staged["catalog"]))) == 3
    assert staged["period"] == backtest["period"]
    with pytest.raises(InputError, match="no such directory"):
        brought(backtest | {"catalog": "file:///nowhere/at/all"})
