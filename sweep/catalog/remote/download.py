"""Files from a store into the cache: several at a time, each kept as soon as it is whole, progress told each second."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from threading import Event
from time import monotonic

from sweep.catalog.remote.file_selection import SelectedFile
from sweep.catalog.remote.local_cache import Cache, name_of
from sweep.common.object_store import ObjectStore, StorageError, StoredFile

AT_ONCE = 8  # files
BEAT = 1.0  # seconds between two words on progress


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a staging."""

    files: int
    of_files: int
    bytes: int
    of_bytes: int

    def __str__(self) -> str:
        share = f"{self.bytes / 2**20:,.1f} of {self.of_bytes / 2**20:,.1f} MiB"
        return f"{self.files:,} of {self.of_files:,} files, {share}"


class DamagedError(StorageError):
    """A file is not what the manifest, or the driver of the sweep, says of it."""


def fetch(
    store: ObjectStore, cache: Cache, entries: Sequence[StoredFile], expected: Mapping[str, SelectedFile]
) -> Generator[Progress, None, list[SelectedFile]]:
    """Bring files into the cache, and give them with their hashes; `expected` are the hashes known before, by name.

    The first failure is raised; files that were whole by then are kept, so that the next attempt goes on from there.
    """
    downloaded: list[SelectedFile] = []
    todo, total = iter(entries), sum(e.size for e in entries)
    pool, stopped = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stage"), Event()

    def one(entry: StoredFile) -> SelectedFile:
        return _one(store, cache, entry, expected.get(entry.name), stopped)

    running: set[Future[SelectedFile]] = set()
    reported = monotonic()
    try:
        while batch := [*running, *(pool.submit(one, entry) for entry in islice(todo, AT_ONCE - len(running)))]:
            finished, running = wait(batch, timeout=BEAT, return_when=FIRST_COMPLETED)
            downloaded += [future.result() for future in finished]
            if monotonic() >= reported + BEAT:
                reported = monotonic()
                yield Progress(len(downloaded), len(entries), sum(f.size for f in downloaded), total)
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)
    return sorted(downloaded)


def _one(
    store: ObjectStore, cache: Cache, entry: StoredFile, expected: SelectedFile | None, stopped: Event
) -> SelectedFile:
    """Fetch a file. One that came damaged is fetched once more: it may have been so on the way alone."""

    def pieces() -> Iterator[bytes]:
        size = 0
        for piece in store.chunks(entry.name):
            size += len(piece)
            if size > entry.size:  # room was made for that, and for no more
                raise DamagedError(store.at(entry.name), f"is larger than the {entry.size:,} bytes that were announced")
            if stopped.is_set():
                raise StorageError(store.at(entry.name), "was not wanted any more")
            yield piece

    sha, size = cache.keep(pieces(), name_of(store.url))
    if expected and sha != expected.sha256:
        cache.drop(sha)
        sha, size = cache.keep(pieces(), name_of(store.url))
    received = SelectedFile(entry.name, size, sha)
    if expected and received != expected:
        cache.drop(sha)
        difference = (
            f"{size:,} bytes, expected {expected.size:,}" if size != expected.size else "its content is another"
        )
        remedy = "copy it there again; if the catalog was changed on purpose: sweep catalog manifest DIR, or start anew"
        raise DamagedError(store.at(entry.name), f"is not the file that was expected ({difference})", remedy)
    cache.learn(store.url, entry.name, size, entry.etag, sha)
    return received
