"""Files by their content, on a disk of this machine: each once, read-only, whole or not there."""

import os
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp

from sweep.catalog.remote.file_selection import SelectedFile
from sweep.common.disk_cache import cache_root
from sweep.common.files.own_directory import own_directory
from sweep.common.foreign_names import is_sha256
from sweep.common.object_store import StorageError, UnwritableError
from sweep.common.units import quantity
from sweep.errors import InputError, shorten

DIRECTORY, LIMIT = "SWEEP_CACHE", "SWEEP_CACHE_SIZE"  # in the environment
DEFAULT_LIMIT = 100 * 2**30
RESERVE = 64 * 2**20  # bytes of the disk that are left to others


class ObjectFiles:
    """One directory of one machine. It must lie on a disk of that machine: locks and links depend on it."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or _place()).resolve()
        self.objects, self.views = self.root / "objects", self.root / "views"
        self.origins, self.parts = self.root / "origins", self.root / "parts"

    @property
    def limit(self) -> int:
        """Bytes that the cache may take."""
        text = os.environ.get(LIMIT)
        try:
            return int(quantity("size", "100 GiB")(text)) if text else DEFAULT_LIMIT
        except ValueError as error:
            raise StorageError(LIMIT, f"{error} (was {text!r})") from error

    def prepare(self) -> None:
        """Make the directories. Refused where others can write to one: what is in it could be of their making."""
        for folder in (self.objects, self.views, self.origins, self.parts):
            with _owned():
                own_directory(folder)

    @contextmanager
    def writing(self) -> Generator[None]:
        """Turn what the disk refuses into a sentence."""
        try:
            yield
        except OSError as error:
            remedy = f"free some with `sweep catalog cache --evict`, or set {DIRECTORY} to a directory of this machine"
            raise UnwritableError(str(self.root), f"cannot be written: {error.strerror or error}", remedy) from error

    def path(self, sha: str) -> Path:
        """The path of a file with this content, whether or not it is there."""
        if not is_sha256(sha):
            raise StorageError(shorten(sha), "is no hash of a file: it would be a path outside of the cache")
        return self.objects / sha[:2] / sha

    def has(self, file: SelectedFile) -> bool:
        """True if a file is here whole, put here by this user, and no link to another place."""
        with suppress(OSError):
            status = self.path(file.sha256).lstat()
            return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and status.st_size == file.size
        return False

    def keep(self, pieces: Iterable[bytes], origin: str) -> tuple[str, int]:
        """Write a file as it comes, and put it in its place; gives its hash and size. Half a file leaves nothing."""
        with self.writing():
            handle, name = mkstemp(dir=self.parts, prefix=origin)
        part, digest, size = Path(name), sha256(), 0
        try:
            with os.fdopen(handle, "wb") as file:
                for piece in pieces:  # what they raise is not the disk's
                    with self.writing():
                        file.write(piece)
                    digest.update(piece)
                    size += len(piece)
                with self.writing():
                    file.flush()
                    os.fsync(file.fileno())
            with self.writing():
                part.chmod(0o444)
                target = self.path(digest.hexdigest())
                target.parent.mkdir(exist_ok=True)
                part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return digest.hexdigest(), size

    def drop(self, sha: str) -> None:
        """Forget a file that is not what its name says."""
        self.path(sha).unlink(missing_ok=True)

    def bytes(self) -> int:
        """The size of all files."""
        return sum(p.lstat().st_size for p in self.objects.glob("*/*"))


def _place() -> Path:
    if directory := os.environ.get(DIRECTORY):
        return Path(directory)
    with _owned():
        return cache_root() / "catalogs"


@contextmanager
def _owned() -> Generator[None]:
    """Report a directory that is not this user's alone as a fault of the store."""
    try:
        yield
    except InputError as error:
        (problem,) = error.problems
        raise UnwritableError(problem.where, problem.rule, f"{problem.remedy}, or set {DIRECTORY}") from error
