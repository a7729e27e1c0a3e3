"""A catalog at a URL becomes a local one: the same files, verified, fetched once."""

import functools
import http.server
import threading

import pytest

from sweep.catalog import Fingerprint
from sweep.catalog.data_files import DataRequest
from sweep.catalog.demo.writer import write
from sweep.catalog.remote import followed, manifest, stage, staging
from sweep.catalog.remote import local_cache as cached
from sweep.catalog.remote.download import DamagedError
from sweep.catalog.remote.staging import restage
from sweep.common.object_store import NotFoundError, ObjectStore, StorageError, UnwritableError
from tests.support import remote_catalogs
from tests.support.remote_catalogs import wanted


@pytest.fixture
def shelf(tmp_path):
    """A catalog elsewhere."""
    remote_catalogs.fill(tmp_path / "shelf")
    return tmp_path / "shelf"


@pytest.fixture
def gets(monkeypatch):
    """The names of the files that were read from a store."""
    requests = []
    real = ObjectStore.chunks

    def chunks(self, name):
        requests.append(name)
        return real(self, name)

    monkeypatch.setattr(ObjectStore, "chunks", chunks)
    return requests


def parquet(gets):
    return [name for name in gets if name.endswith(".parquet")]


def test_exactly_what_is_needed_once(cache, shelf, gets):
    names = sorted(n for n in remote_catalogs.content(shelf) if "SPY" in n and "trades" not in n)
    messages = []
    staged = followed(stage(shelf.as_uri(), [wanted()]), messages.append)
    assert remote_catalogs.content(staged.root) == {n: (shelf / n).read_bytes() for n in names}
    assert sorted(parquet(gets)) == names
    assert messages == [f"looks into {shelf.as_uri()}", f"stages 6 files, 0.1 MiB, of {shelf.as_uri()}"]
    assert followed(stage(shelf.as_uri() + "/", [wanted()])) == staged
    assert len(parquet(gets)) == len(names)


def test_more_of_the_same_catalog_fetches_what_is_new_alone(cache, shelf, gets):
    followed(stage(shelf.as_uri(), [wanted("2026-05-04", "2026-05-06")]))
    before = len(parquet(gets))
    messages = []
    followed(stage(shelf.as_uri(), [wanted()]), messages.append)
    assert len(parquet(gets)) - before == 3
    assert "3 are here" in messages[-1]


def test_a_catalog_that_changed_is_another_view(cache, shelf, gets):
    then = followed(stage(shelf.as_uri(), [wanted()]))
    name = then.files[-1].name
    (shelf / name).write_bytes(b"new")
    now = followed(stage(shelf.as_uri(), [wanted()]))
    assert (now.root / name).read_bytes() == b"new"
    assert (then.root / name).read_bytes() != b"new", "a sweep that runs keeps what it began with"
    assert parquet(gets).count(name) == 2


def test_with_a_manifest_a_damaged_file_is_refused_and_the_rest_kept(cache, shelf, gets):
    manifest.write(shelf)
    name = max(n for n in remote_catalogs.content(shelf) if "quotes/SPY" in n)
    whole = (shelf / name).read_bytes()
    (shelf / name).write_bytes(bytes(len(whole)))
    with pytest.raises(DamagedError, match=f"{name}: is not the file that was expected"):
        followed(stage(shelf.as_uri(), [wanted()]))
    (shelf / name).write_bytes(whole)
    followed(stage(shelf.as_uri(), [wanted()]))
    assert max(map(parquet(gets).count, parquet(gets))) == 3, "the damaged one: twice when damaged, once when whole"


def test_a_manifest_and_a_listing_that_differ_are_refused(cache, shelf):
    manifest.write(shelf)
    first, *_ = sorted(remote_catalogs.content(shelf))
    (shelf / first).rename(shelf / first.replace("2026", "2027").replace("1970", "1971"))
    with pytest.raises(DamagedError, match="is not in the catalog's manifest; write it again"):
        followed(stage(shelf.as_uri(), [wanted()]))
    (shelf / first.replace("2026", "2027").replace("1970", "1971")).unlink()
    with pytest.raises(DamagedError, match="is missing, and stands in the catalog's manifest"):
        followed(stage(shelf.as_uri(), [wanted()]))


def test_a_web_server_needs_the_manifest(cache, shelf):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(shelf))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{running.server_port}"
        with pytest.raises(StorageError, match="sweep-manifest.json.*sweep catalog manifest DIR"):
            followed(stage(url, [wanted()]))
        manifest.write(shelf)
        staged = followed(stage(url, [wanted()]))
        running.shutdown()
    assert remote_catalogs.content(staged.root) == {f.name: (shelf / f.name).read_bytes() for f in staged.files}
    assert len(staged.files) == 6


def test_another_machine_gets_the_same_bytes_or_an_error(cache, shelf, gets, tmp_path, let_go):
    staged = followed(stage(shelf.as_uri(), [wanted()]))
    other_cache = cached.Cache(tmp_path / "there")
    gets.clear()
    root = followed(restage(staged.origin, staged.files, other_cache))
    assert root.is_relative_to(other_cache.root)
    assert remote_catalogs.content(root) == remote_catalogs.content(staged.root)
    assert sorted(gets) == sorted(f.name for f in staged.files)
    assert followed(restage(staged.origin, staged.files, other_cache)) == root
    assert len(gets) == len(staged.files)
    (shelf / staged.files[0].name).write_bytes(b"changed since")
    with pytest.raises(DamagedError, match="its content|bytes, expected"):
        followed(restage(staged.origin, staged.files, cached.Cache(tmp_path / "third")))


def test_a_file_of_the_cache_that_was_touched_is_fetched_again(cache, shelf, gets):
    staged = followed(stage(shelf.as_uri(), [wanted()]))
    damaged = staged.root / staged.files[0].name
    damaged.chmod(0o644)
    damaged.write_bytes(bytes(10_000))
    assert followed(stage(shelf.as_uri(), [wanted()])) == staged
    assert damaged.read_bytes() == (shelf / staged.files[0].name).read_bytes()
    assert len(parquet(gets)) == 7


def test_nothing_there(cache, shelf, tmp_path):
    with pytest.raises(NotFoundError, match="no such directory"):
        followed(stage((tmp_path / "nowhere").as_uri(), [wanted()]))
    with pytest.raises(NotFoundError, match="no Parquet files below data/; give the directory above"):
        followed(stage((shelf / "data").as_uri(), [wanted()]))
    with pytest.raises(StorageError, match=r"holds nothing of IWM.ARCA.*it has QQQ.ARCA, SPY.ARCA"):
        followed(stage(shelf.as_uri(), [wanted(instrument="IWM.ARCA")]))


def test_a_catalog_larger_than_the_cache_is_refused_before_it_is_fetched(cache, shelf, gets, monkeypatch):
    monkeypatch.setenv("SWEEP_CACHE_SIZE", "50 kB")
    with pytest.raises(UnwritableError, match="needs 58.6 KiB for a catalog.*SWEEP_CACHE_SIZE"):
        followed(stage(shelf.as_uri(), [wanted()]))
    assert not parquet(gets)


def test_a_cache_that_loses_its_files_ends(cache, shelf, monkeypatch):
    monkeypatch.setattr(cached.Cache, "has", lambda *_: False)
    with pytest.raises(StorageError, match="loses files"):
        followed(stage(shelf.as_uri(), [wanted()]))
    assert staging.ROUNDS < 10


@pytest.mark.parametrize("kind", ["stock", pytest.param("options", marks=pytest.mark.slow)])
def test_the_fingerprint_is_that_of_the_local_catalog(cache, tmp_path, kind):
    write(tmp_path / "demo", kind, 1)
    data = [{"type": "QuoteTick", "instruments": ["SPY.ARCA"]}]
    data += [{"type": "QuoteTick", "chain": "SPY"}] if kind == "options" else []
    backtest = {"data": data, "period": {"start": "2026-05-04", "end": "2026-05-05"}}
    staged = followed(stage((tmp_path / "demo").as_uri(), [DataRequest.by(backtest)]))
    here, there_print = Fingerprint(tmp_path / "demo"), Fingerprint(staged.root)
    assert there_print.of(backtest) == here.of(backtest)
    assert len(there_print.files(backtest)) == len(staged.files) == len(here.files(backtest))
