"""Runs kept in an object store: a sweep is driven in a local folder, which is copied there at checkpoints.

    BUCKET/…/SWEEP_ID/sync.json     generation, names of the files, trials that are complete: written last
                      ledger.sqlite, spec.yaml, report.html …     as in any runs directory

Where the store's generation is not the one that is here, somebody else drove the sweep since: it is restored.
"""

import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from sweep.common import addresses, object_store
from sweep.common.disk_cache import cache_root
from sweep.common.foreign_names import is_inside
from sweep.common.object_store import NotFoundError, ObjectStore, StorageError
from sweep.errors import InputError, Problem, SweepError, shorten
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.ledger.snapshot import files, is_ledger, put_in_place, require_only_files, whole

MANIFEST = "sync.json"
HERE = ".sync.json"  # in the local folder: the generation that it has of the store's
EVERY = 30.0  # seconds between checkpoints, where trials have ended
SHARE = 10  # a checkpoint takes at most one part in so many of the time
LOOK = 1.0  # seconds between looks


def problems(url: str) -> list[Problem]:
    """Return why the store cannot be used; tested by writing and deleting a file."""
    if wrong := object_store.problems(url):
        return [Problem("--runs", rule, addresses.redact(url)) for rule in wrong]
    if url.startswith("http"):
        return [Problem("--runs", "cannot be written", url, "use s3://, gs:// or az://")]
    probe = f".sweep-probe-{os.getpid()}"
    try:
        store = ObjectStore(url, create=True)
        store.put(probe, b"")
        store.delete(probe)
    except StorageError as error:
        return [Problem("--runs", error.problem.rule, url, error.problem.remedy)]
    return []


def local(url: str) -> Path:
    """The runs directory on this machine that stands for one in an object store."""
    return cache_root() / "runs" / sha256(url.rstrip("/").encode()).hexdigest()[:16]


def manifest(store: ObjectStore, sweep: str) -> dict[str, Any]:
    """Manifest of a sweep in the store; generation 0 if there is none."""
    name = f"{sweep}/{MANIFEST}"
    try:
        content = json.loads(store.read(name))
        files = [str(file) for file in content["files"]]
        stored = {"generation": int(content["generation"]), "files": files, "complete": int(content["complete"])}
    except NotFoundError:
        return {"generation": 0, "files": [], "complete": 0}
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise StorageError(store.at(name), f"is no list of a sweep's files: {error}") from error
    if outside := [file for file in files if not is_inside(file)]:
        raise StorageError(store.at(name), f"names files outside of the sweep: {shorten(outside[0])}", "who wrote it?")
    return stored


def download(store: ObjectStore, sweep: str, target: Path) -> int:
    """Write a sweep from the store to a folder; its generation. NotFoundError where there is none."""
    stored = manifest(store, sweep)
    if not stored["generation"]:
        raise NotFoundError(store.at(sweep), "there is no such sweep")
    for name in stored["files"]:
        store.get(f"{sweep}/{name}", target / name)
    require_only_files(target)
    return stored["generation"]


@contextmanager
def stored_runs(url: str, sweep: str, say: Callable[[str], None]) -> Generator[Path]:
    """A local runs directory for the sweep, restored from the store and copied there until the block ends."""
    if wrong := problems(url):
        raise InputError(wrong)
    runs = local(url)
    copy = Copy(ObjectStore(url, create=True), Folder(runs / sweep), say)
    copy.restore()
    thread = threading.Thread(target=copy.follow, daemon=True)
    thread.start()
    try:
        yield runs
    finally:
        copy.over.set()
        thread.join()
        copy.finish()


@dataclass
class Copy:
    """One sweep and its copy in a store."""

    store: ObjectStore
    folder: Folder
    say: Callable[[str], None]
    over: threading.Event = field(default_factory=threading.Event)
    refused: str = ""  # why nothing more may be written
    _sent: dict[str, tuple[int, int] | int] = field(default_factory=dict[str, "tuple[int, int] | int"])
    _warned: bool = False

    @property
    def _here(self) -> Path:
        return self.folder.path / HERE

    def generation(self) -> int:
        """Generation of the store that the folder was last synchronised with."""
        try:
            return int(json.loads(self._here.read_text())["generation"])
        except (OSError, ValueError, KeyError):
            return 0

    def restore(self) -> None:
        """Take the store's state, unless it is this folder's own: then what is here is the same, or newer."""
        stored_generation = manifest(self.store, self.folder.id)["generation"]
        if not stored_generation or (stored_generation == self.generation() and self.folder.ledger.exists()):
            return
        with self.folder.locked(), tempfile.TemporaryDirectory(dir=self.folder.path, prefix=".restored-") as place:
            generation = download(self.store, self.folder.id, Path(place))
            put_in_place(self.folder, Path(place))
            self._note(generation)
        self.say(f"restored {self.folder.id} from {self.store.url}")

    def follow(self) -> None:
        """Copy the ledgers where trials have ended, now and then, until it is over."""
        due = time.monotonic() + EVERY
        while not self.over.wait(LOOK) and not self.refused:
            if time.monotonic() < due:
                continue
            began = time.monotonic()
            try:
                self._copy(ledgers=True)
            except SweepError as error:
                self._warn(f"a checkpoint did not reach {self.store.url}: {error}")
            due = time.monotonic() + max(EVERY, SHARE * (time.monotonic() - began))
        if self.refused:
            self.say(self.refused)
            os.kill(os.getpid(), signal.SIGTERM)

    def finish(self) -> None:
        """Copy everything. SweepError where the store does not take it: it is still here."""
        if not self.folder.ledger.exists():
            return
        try:
            self._copy(ledgers=False)
        except SweepError as error:
            where = f"what is new is in {self.folder.path} alone; run it again there to copy it"
            raise SweepError(f"{error}; {where}") from error
        if self.refused:
            raise SweepError(self.refused)

    def _copy(self, *, ledgers: bool) -> None:
        """Send what changed, then the manifest; with `ledgers` only those."""
        mine, stored = self.generation(), manifest(self.store, self.folder.id)
        if stored["generation"] != mine:
            self.refused = f"{self.store.at(self.folder.id)} was written by another driver: this one ends"
            return
        names = {name: path for name, path in files(self.folder.path) if is_ledger(path) or not ledgers}
        fresh = {name: mark for name, path in names.items() if (mark := _mark(path)) != self._sent.get(name)}
        if not fresh:
            return
        for name in fresh:
            with whole(names[name]) as copy:
                self.store.put(f"{self.folder.id}/{name}", copy)
        stands: dict[str, Any] = {
            "generation": mine + 1, "files": sorted({*stored["files"], *names}), "complete": _complete(self.folder),
        }  # fmt: skip
        self.store.put(f"{self.folder.id}/{MANIFEST}", json.dumps(stands).encode())
        self._note(mine + 1)
        self._sent |= fresh

    def _note(self, generation: int) -> None:
        self._here.write_text(json.dumps({"generation": generation}))

    def _warn(self, message: str) -> None:
        if not self._warned:
            self.say(f"{message}; it is tried again")
        self._warned = True


def _mark(path: Path) -> tuple[int, int] | int:
    """Return a mark that changes with the content of a file; for a ledger the number of ended trials."""
    if is_ledger(path):
        with Ledger.open(path) as ledger:
            return ledger.standing()[0]
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _complete(folder: Folder) -> int:
    with folder.open() as ledger:
        return ledger.count().get("COMPLETE", 0)
