"""A catalog at a URL made a local one: what of it some backtests need, fetched once per node, verified, read-only."""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sweep.catalog.data_files import DataRequest, scan
from sweep.catalog.remote import manifest
from sweep.catalog.remote.download import DamagedError, Progress, fetch
from sweep.catalog.remote.file_selection import DATA, SelectedFile, needed
from sweep.catalog.remote.local_cache import Cache
from sweep.common.object_store import NotFoundError, ObjectStore, StorageError, StoredFile

type Steps[T] = Generator[Progress | str, None, T]

POLL = 0.2  # seconds between looks at a lock that another process holds
ROUNDS = 3  # times that files are fetched again which were evicted, or touched, in the meantime


@dataclass(frozen=True, slots=True)
class StagedCatalog:
    """A catalog as a sweep reads it: where it comes from, where it is on this machine, and exactly its files."""

    origin: str
    root: Path
    files: tuple[SelectedFile, ...]


def stage(url: str, requests: Sequence[DataRequest], cache: Cache | None = None) -> Steps[StagedCatalog]:
    """Stage what these backtests read of the catalog at a URL. Raises StorageError, and leaves the cache whole."""
    store, cache = ObjectStore(url), cache or Cache()
    cache.prepare()
    offer = yield from _offer(store)
    names = needed(offer.entries, requests)
    if any(one.chains for one in requests):
        definitions = yield from _provided(store, cache, offer, names)
        definition_files = scan(definitions.root)[0]
        names = needed(offer.entries, [one.among(definition_files) for one in requests])
    if not names:
        raise StorageError(url, _nothing(offer, requests), "`sweep catalog inspect` shows what a local copy holds")
    return (yield from _provided(store, cache, offer, names))


def restage(origin: str, files: Sequence[SelectedFile], cache: Cache | None = None) -> Steps[Path]:
    """The same files on another machine: no listing, no manifest, each held against its hash."""
    cache = cache or Cache()
    cache.prepare()
    view = cache.hold(files)
    if not cache.is_whole(view, files):
        entries = {f.name: StoredFile(f.name, f.size) for f in files}
        offer = _Offer(entries, {f.name: f for f in files})
        yield from _provided(ObjectStore(origin), cache, offer, list(entries))
    return view


@dataclass(frozen=True, slots=True)
class _Offer:
    """The files of a catalog by name, and what is known of them before they are read."""

    entries: dict[str, StoredFile]
    manifest: dict[str, SelectedFile]


def _offer(store: ObjectStore) -> Steps[_Offer]:
    yield f"looks into {store.url}"
    listing = manifest.read(store)
    if store.url.startswith("http"):
        if listing is None:
            rule = f"has no {manifest.NAME}, and a web server does not list its files"
            raise StorageError(store.url, rule, "write it where the catalog is: sweep catalog manifest DIR")
        return _Offer({n: StoredFile(n, f.size) for n, f in listing.items()}, listing)
    entries = {e.name: e for e in store.list(DATA.rstrip("/")) if e.name.endswith(".parquet")}
    if not entries:
        raise NotFoundError(
            store.url, "holds no data: there are no Parquet files below data/", "give the directory above data/"
        )
    if listing is None:
        return _Offer(entries, {})
    unlisted, lost = sorted(entries.keys() - listing.keys()), sorted(listing.keys() - entries.keys())
    if unlisted or lost:
        name, state = (unlisted[0], "is not in") if unlisted else (lost[0], "is missing, and stands in")
        raise DamagedError(store.at(name), f"{state} the catalog's manifest", manifest.AGAIN)
    return _Offer(entries, listing)


def _provided(store: ObjectStore, cache: Cache, offer: _Offer, names: Sequence[str]) -> Steps[StagedCatalog]:
    """A view with exactly these files. Of several processes one fetches, and the others wait for it."""
    for _ in range(ROUNDS):
        files = sorted(_known_hashes(store, cache, offer, names).values())
        if len(files) == len(names) and all(map(cache.has, files)):
            view = cache.hold(files)
            if not cache.is_whole(view, files) and not _linked(cache, view, files, store.url):
                continue
            return StagedCatalog(store.url, view, tuple(files))
        waits = False
        while True:
            with cache.fetching(store.url) as is_ours:
                if is_ours:
                    yield from _fetched(store, cache, offer, names)
                    break
            if not waits:
                yield f"waits for another process that stages {store.url}"
                waits = True
            time.sleep(POLL)
    raise StorageError(str(cache.root), "loses files while they are staged", "is something else deleting them?")


def _linked(cache: Cache, view: Path, files: Sequence[SelectedFile], origin: str) -> bool:
    try:
        if not all(map(cache.has, files)):
            return False
        cache.link(view, files, origin)
    except FileNotFoundError:  # evicted in this moment
        return False
    return True


def _known_hashes(store: ObjectStore, cache: Cache, offer: _Offer, names: Sequence[str]) -> dict[str, SelectedFile]:
    """Those of the files whose hash is known without reading them."""
    if offer.manifest:
        return {name: offer.manifest[name] for name in names}
    before, entries = cache.hashes_of(store.url), [offer.entries[name] for name in names]
    hashes = {e.name: before.get((e.name, e.size, e.etag)) for e in entries if e.etag}
    return {e.name: SelectedFile(e.name, e.size, sha) for e in entries if (sha := hashes.get(e.name))}


def _fetched(store: ObjectStore, cache: Cache, offer: _Offer, names: Sequence[str]) -> Steps[None]:
    """Bring what is not here; this process alone does, for this origin."""
    here = {name: file for name, file in _known_hashes(store, cache, offer, names).items() if cache.has(file)}
    todo = [offer.entries[name] for name in names if name not in here]
    if not todo:
        return
    cache.make_room(sum(e.size for e in todo), {f.sha256 for f in here.values()})
    size = sum(e.size for e in todo) / 2**20
    cached = f", {len(here):,} are here" if here else ""
    yield f"stages {len(todo):,} files, {size:,.1f} MiB, of {store.url}{cached}"
    yield from fetch(store, cache, todo, offer.manifest)


def _nothing(offer: _Offer, requests: Sequence[DataRequest]) -> str:
    names = sorted({name for one in requests for name in (*one.instruments, *one.chains)})
    folders = sorted({name.split("/")[2] for name in offer.entries if name.count("/") == 3})
    listed = ", ".join(folders[:8]) + (" …" if folders[8:] else "")
    return f"holds nothing of {', '.join(names[:8])} in the period; it has {listed}"
