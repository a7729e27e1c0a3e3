"""Sweeps of a runs directory in an object store; a file:// URL is one without a server."""

import pytest

import sweep
from sweep.collection.index import stored_ledgers
from sweep.errors import InputError
from tests.support import ledgers, s3

TRIALS = [({"strategy.fast": n}, {"pnl_total": float(n)}) for n in range(3)]


def follows_the_store(url: str, place, put, remove):
    """The requirements on a store of any kind."""
    a = ledgers.write(ledgers.folder(place, "a"), TRIALS)
    put(f"{a.id}/ledger.sqlite", a.ledger)
    put(f"{a.id}/validation/b-00000000/ledger.sqlite", a.ledger)  # of a part: no sweep of this directory
    lines: list[str] = []
    here = stored_ledgers.local_runs(url, lines.append)
    assert len(sweep.find(runs_dir=url)) == 3
    stored_ledgers.local_runs(url, lines.append)
    assert lines == [f"copying 1 of 1 ledgers from {url}"]
    ledgers.write(a, TRIALS[:1])
    put(f"{a.id}/ledger.sqlite", a.ledger)
    assert len(sweep.find(runs_dir=url)) == 4
    remove(f"{a.id}/ledger.sqlite")
    assert len(sweep.find(runs_dir=url)) == 0
    assert not (here / a.id).exists()


def test_a_store_is_followed(tmp_path, monkeypatch):
    from sweep.common.object_store import ObjectStore

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    url = (tmp_path / "store").as_uri()
    store = ObjectStore(url, create=True)
    follows_the_store(url, tmp_path / "runs", store.put, store.delete)


@pytest.mark.s3
@pytest.mark.slow
def test_a_server_is_followed(tmp_path, monkeypatch):
    from sweep.common.object_store import ObjectStore

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with s3.serving(tmp_path / "server") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        store = ObjectStore(f"{server.url}/runs")
        follows_the_store(store.url, tmp_path / "runs", store.put, store.delete)


def test_a_store_that_is_not_there_is_an_input_error(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(InputError, match="no such directory"):
        stored_ledgers.local_runs((tmp_path / "nowhere").as_uri())
