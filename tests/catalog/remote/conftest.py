import pytest

from sweep.catalog.remote import local_cache as module
from sweep.catalog.remote import node_requirements
from sweep.catalog.remote.local_cache import Cache


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache, which this process forgets at the end."""
    monkeypatch.setenv("SWEEP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(node_requirements, "_ready", {})
    monkeypatch.setattr(module, "_held", held := {})
    new_cache = Cache()
    new_cache.prepare()
    yield new_cache
    for lock in held.values():
        lock.close()


@pytest.fixture
def let_go():
    """Ends the use of every catalog by this process, as its end would."""

    def let_go():
        for lock in module._held.values():
            lock.close()
        module._held.clear()

    return let_go
