"""Files into the cache."""

import pytest

from sweep.catalog.remote import download as module
from sweep.catalog.remote.download import DamagedError, Progress, fetch
from sweep.catalog.remote.file_selection import SelectedFile
from sweep.catalog.remote.manifest import local
from sweep.common.object_store import NotFoundError, ObjectStore, StoredFile
from tests.support import remote_catalogs


def fetched(store, cache, entries, expected):
    steps, reports = fetch(store, cache, entries, expected), []
    while True:
        try:
            reports.append(next(steps))
        except StopIteration as end:
            return end.value, reports


def test_all_files_come_and_progress_is_told(cache, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BEAT", 0.0)
    remote_catalogs.fill(tmp_path / "x", size=1000)
    store = ObjectStore(str(tmp_path / "x"))
    entries = list(store.list())
    files, reports = fetched(store, cache, entries, {})
    assert files == local(tmp_path / "x", remote_catalogs.content(tmp_path / "x"))
    assert all(map(cache.has, files))
    assert reports[-1].files == len(files) == reports[-1].of_files
    assert (reports[-1].bytes, reports[-1].of_bytes) == (len(files) * 1000, len(files) * 1000)
    assert str(Progress(1, 2_000, 2**20, 2**21)) == "1 of 2,000 files, 1.0 of 2.0 MiB"
    assert len(cache.hashes_of(store.url)) == len(files)


def test_a_file_that_is_not_as_expected_is_not_kept(cache, tmp_path):
    store = ObjectStore(str(tmp_path / "x"), create=True)
    store.put("a", b"right")
    store.put("b", b"wrong")
    right, *_ = local(tmp_path / "x", ["a"])
    entries = [StoredFile("a", 5), StoredFile("b", 5)]
    with pytest.raises(DamagedError, match="/b: is not the file that was expected .its content is another"):
        fetched(store, cache, entries, {"a": right, "b": SelectedFile("b", 5, right.sha256)})
    assert [p.name for p in cache.objects.glob("*/*")] == [right.sha256]
    with pytest.raises(DamagedError, match="5 bytes, expected 7"):
        fetched(store, cache, entries, {"b": SelectedFile("b", 7, "0" * 64)})
    assert cache.bytes() == 5


def test_what_came_before_the_first_failure_is_kept(cache, tmp_path):
    names = remote_catalogs.fill(tmp_path / "x", size=1000)
    store = ObjectStore(str(tmp_path / "x"))
    entries = [*store.list("data/quotes"), StoredFile("data/missing", 1)]
    with pytest.raises(NotFoundError, match="data/missing"):
        fetched(store, cache, entries, {})
    assert cache.bytes() >= 1000 * (len(names) - module.AT_ONCE)
    assert not list(cache.parts.iterdir())


def test_more_than_was_announced_is_not_written(cache, tmp_path):
    """Room is made for what a manifest announces; a server that sends more does not fill the disk."""
    store = ObjectStore(str(tmp_path / "x"), create=True)
    store.put("a", b"x" * 1000)
    with pytest.raises(DamagedError, match="is larger than the 10 bytes that were announced"):
        fetched(store, cache, [StoredFile("a", 10)], {"a": SelectedFile("a", 10, "0" * 64)})
    assert not cache.bytes() and not list(cache.parts.iterdir())
