"""The node's cache of catalogs: files by their content, and views that engines read as local catalogs.

    objects/ab/ab12…   a file under its SHA-256, read-only; kept once, however many catalogs and sweeps hold it
    views/KEY/data/…   exactly the files of one catalog that a sweep reads: hard links to objects
    views/KEY.lock     held (shared) by every process that reads the view, for as long as that lives
    origins/HASH.lock  held by the one process that fetches from a URL; HASH.jsonl: what is known of the files there
    parts/             what is being written

The system frees the locks of a dead process, so what a crash leaves behind is never in use.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EEXIST, ENOTEMPTY
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import TextIO

from pydantic import TypeAdapter

from sweep.catalog.remote.file_selection import SelectedFile, key
from sweep.catalog.remote.object_files import DIRECTORY, LIMIT, RESERVE, ObjectFiles
from sweep.common.foreign_names import is_inside, is_sha256
from sweep.common.object_store import StorageError, UnwritableError
from sweep.common.units import in_bytes
from sweep.errors import shorten

PART = ".part-"  # what a view that is being made begins with
DAMAGED = "unknown: its list of files is damaged"
LISTED = "files.json"  # in a view: the files with the times that they were written at


@dataclass(frozen=True, slots=True)
class Listing:
    """Files of a view as they were written: SHA-256, size and time of each."""

    origin: str
    files: dict[str, tuple[str, int, int]]


LISTING = TypeAdapter(Listing)
MEMORY = TypeAdapter[tuple[str, int, str, str]](tuple[str, int, str, str])

_held: dict[Path, TextIO] = {}  # the views of this process


@dataclass(frozen=True, slots=True)
class View:
    """A catalog in the cache, for people."""

    key: str
    origin: str
    files: int
    bytes: int
    used: float  # UNIX seconds when a process last took it
    is_held: bool


class Cache(ObjectFiles):
    """The cache of one machine: files by their content, views of them, and the origins that they came from."""

    # views

    def hold(self, files: Iterable[SelectedFile]) -> Path:
        """Mark a view as in use until this process ends, whether it is there already or not; gives its place."""
        view = self.views / key(files)
        if view not in _held:
            with self.writing():
                lock = view.with_suffix(".lock").open("a")
                fcntl.flock(lock, fcntl.LOCK_SH)
                os.utime(lock.fileno())
            _held[view] = lock
        return view

    def is_whole(self, view: Path, files: Iterable[SelectedFile]) -> bool:
        """True if a view has all files as they were written; those that were touched since are dropped."""
        if (content := _listing(view)) is None:
            return False
        listing = content.files
        whole = True
        for file in files:
            try:
                status = (view / file.name).stat()
                is_same = (status.st_size, status.st_mtime_ns) == listing[file.name][1:]
            except (OSError, KeyError):
                whole = False
                continue
            if not is_same:
                whole = False
                with suppress(OSError):  # the object may be a fresh one by now
                    if self.path(file.sha256).samefile(view / file.name):
                        self.drop(file.sha256)
        return whole

    def link(self, view: Path, files: Iterable[SelectedFile], origin: str) -> None:
        """Make the view of files that are here. FileNotFoundError where one is not, any more."""
        with self.writing():
            draft = Path(mkdtemp(dir=self.views, prefix=PART))
        try:
            with self.writing(), _vanishing():
                self._fill(draft, sorted(files), origin)
                try:
                    draft.rename(view)
                except OSError as error:
                    if error.errno not in (ENOTEMPTY, EEXIST):
                        raise
                    if not self.is_whole(view, files):  # else another process was faster
                        view.rename(Path(mkdtemp(dir=self.views, prefix=PART)))
                        draft.rename(view)
        except _Vanished as error:
            raise FileNotFoundError(str(error)) from error
        finally:
            _remove(draft)

    def _fill(self, draft: Path, files: Iterable[SelectedFile], origin: str) -> None:
        for file in files:
            if not is_inside(file.name):
                raise StorageError(origin, f"names a file outside of the catalog: {shorten(file.name)}")
            target = draft / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(self.path(file.sha256), target, follow_symlinks=False)
        written = {f.name: [f.sha256, f.size, (draft / f.name).stat().st_mtime_ns] for f in files}
        (draft / LISTED).write_text(json.dumps({"origin": origin, "files": written}))
        (draft / LISTED).chmod(0o444)
        for place, _, _ in os.walk(draft):
            Path(place).chmod(0o555)

    def listed(self) -> list[View]:
        """The views that are here, the longest unused first."""
        return sorted(map(self._view, self._places()), key=lambda v: v.used)

    def _places(self) -> Iterator[Path]:
        places = (p for p in self.views.glob("*") if not p.is_symlink() and p.is_dir())
        return (p for p in places if not p.name.startswith(PART))

    def _view(self, place: Path) -> View:
        """A view, also one whose listing or lock is lost: it takes room, too."""
        content = _listing(place) or Listing(DAMAGED, {})
        sizes = [size for _, size, _ in content.files.values()]
        with self._seized(place) as seized:
            used = place.with_suffix(".lock").stat().st_mtime
            return View(place.name, content.origin, len(sizes), sum(sizes), used, not seized)

    # room

    def make_room(self, needed: int, keep: Collection[str]) -> None:
        """Evict what no process uses, the longest unused first, until so much fits. Raises where it cannot.

        Files with the hashes in `keep` stay: they are about to be used.
        """
        lacking = self._lacking(needed)
        for view in self.listed() if lacking > 0 else ():
            if lacking > 0 and self._evict(view.key, keep):
                lacking = self._lacking(needed)
        if lacking > 0:
            self._sweep_orphans(keep)
            lacking = self._lacking(needed)
        if lacking > 0:
            rule = f"needs {in_bytes(needed)} for a catalog, and lacks {in_bytes(lacking)} of it"
            remedy = f"free the disk, raise {LIMIT} (now {in_bytes(self.limit)}), or set {DIRECTORY} to a larger disk"
            raise UnwritableError(str(self.root), rule, remedy)

    def evict(self) -> int:
        """Take away whatever no process uses; gives the bytes that this freed."""
        before = self.bytes()
        for view in self.listed():
            self._evict(view.key)
        self._sweep_orphans()
        return before - self.bytes()

    def _lacking(self, needed: int) -> int:
        with self.writing():
            free = shutil.disk_usage(self.root).free - RESERVE
        return needed - min(self.limit - self.bytes(), free)

    def _evict(self, name: str, keep: Collection[str] = ()) -> bool:
        """Take a view away with the files that it alone has, unless a process uses it."""
        place = self.views / name
        with self._seized(place) as seized:
            if not seized:
                return False
            content = _listing(place)
            hashes = [sha for sha, _, _ in content.files.values()] if content else []
            _remove(place)
            self._unlink(set(hashes) - set(keep))
        return True

    def _unlink(self, hashes: Iterable[str]) -> None:
        """Take files away that no view has."""
        for path in map(self.path, filter(is_sha256, hashes)):
            with suppress(FileNotFoundError):
                status = path.lstat()
                if status.st_nlink == 1 and status.st_uid == os.geteuid():
                    path.unlink()

    def _sweep_orphans(self, keep: Collection[str] = ()) -> None:
        """Take away what a broken staging left, where nobody is staging."""
        locks = [p.open("a") for p in self.origins.glob("*.lock") if p not in _fetching]
        try:
            if all(map(_taken, locks)):
                self._unlink({p.name for p in self.objects.glob("*/*")} - set(keep))
                for left in (*self.parts.glob("*"), *self.views.glob(f"{PART}*")):
                    _remove(left) if left.is_dir() and not left.is_symlink() else left.unlink(missing_ok=True)
        finally:
            for lock in locks:
                lock.close()

    @contextmanager
    def _seized(self, view: Path) -> Generator[bool]:
        """Yield True if nobody else uses a view; nobody can while the block lasts."""
        if view in _held:
            yield False
            return
        with view.with_suffix(".lock").open("a") as lock:
            yield _taken(lock)

    # origins

    @contextmanager
    def fetching(self, origin: str) -> Generator[bool]:
        """Yield True if this process is now the one that fetches from an origin; else another one is."""
        path = self.origins / f"{name_of(origin)}.lock"
        with self.writing():
            lock = path.open("a")
        with lock:
            is_ours = _taken(lock)
            if is_ours:
                _fetching.add(path)
                for left in self.parts.glob(f"{name_of(origin)}*"):
                    left.unlink(missing_ok=True)  # of a process that died
            try:
                yield is_ours
            finally:
                _fetching.discard(path)

    def hashes_of(self, origin: str) -> dict[tuple[str, int, str], str]:
        """Hashes of what was fetched from an origin before, by name, size and ETag."""
        hashes: dict[tuple[str, int, str], str] = {}
        with suppress(OSError), (self.origins / f"{name_of(origin)}.jsonl").open() as lines:
            for line in lines:
                with suppress(ValueError, RecursionError):  # a line that a crash cut short, or a damaged one
                    name, size, etag, sha = MEMORY.validate_json(line)
                    if is_sha256(sha):
                        hashes[name, size, etag] = sha
        return hashes

    def learn(self, origin: str, name: str, size: int, etag: str, sha: str) -> None:
        """Keep the hash of a file of an origin."""
        with self.writing(), (self.origins / f"{name_of(origin)}.jsonl").open("a") as lines:
            lines.write(json.dumps([name, size, etag, sha]) + "\n")


_fetching: set[Path] = set()  # locks of origins that this process holds


def name_of(origin: str) -> str:
    """A short name of a URL that files can have."""
    return sha256(origin.encode()).hexdigest()[:24]


def _taken(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _listing(view: Path) -> Listing | None:
    """Read the files of a view; None where nobody wrote them so."""
    try:
        return LISTING.validate_json((view / LISTED).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


class _Vanished(Exception):  # noqa: N818 (it never leaves this module)
    """A file is not there any more."""


@contextmanager
def _vanishing() -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise _Vanished from error


def _remove(folder: Path) -> None:
    for place, _, _ in os.walk(folder):
        with suppress(OSError):
            Path(place).chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
