"""Requirements of a node before trials run there, and their check."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.catalog.fingerprint import Memory
from sweep.catalog.remote.download import DamagedError
from sweep.catalog.remote.file_selection import SelectedFile, key
from sweep.catalog.remote.manifest import local
from sweep.catalog.remote.staging import Steps, restage
from sweep.common.object_store import NotFoundError, is_url

_ready: dict[str, str] = {}  # what this process has seen to be there: key → the catalog's path


@dataclass(frozen=True, slots=True)
class RequiredFiles:
    """The files of a catalog, by content. At a URL they are staged; at a path they must be, on every node."""

    origin: str
    files: tuple[SelectedFile, ...]
    key: str

    @classmethod
    def of(cls, origin: str, files: Sequence[SelectedFile]) -> "RequiredFiles":
        return cls(origin, tuple(files), f"{origin} {key(files)}")

    @classmethod
    def at(cls, catalog: Path, paths: Iterable[Path]) -> "RequiredFiles":
        """Files of a local catalog, as they are on this machine."""
        return cls.of(str(catalog), local(catalog, {p.relative_to(catalog).as_posix() for p in paths}))

    def plain(self) -> dict[str, Any]:
        return {"origin": self.origin, "key": self.key, "files": [f.plain() for f in self.files]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "RequiredFiles":
        return cls(plain["origin"], tuple(SelectedFile(*f) for f in plain["files"]), plain["key"])


def ready(plain: Mapping[str, Any]) -> Steps[str]:
    """The path of the catalog on this machine, once it is there and right. Looked at once in a process."""
    if (root := _ready.get(plain["key"])) and Path(root).is_dir():
        return root
    supply = RequiredFiles.from_plain(plain)
    if is_url(supply.origin):
        path = str((yield from restage(supply.origin, supply.files)))
    else:
        path = supply.origin
        verify(supply)
    _ready[supply.key] = path
    return path


def verify(supply: RequiredFiles) -> None:
    """Raises a StorageError that names the first file which is not what it is where the sweep is driven from."""
    memory = Memory()
    for file in supply.files:
        path = Path(supply.origin) / file.name
        remedy = "copy the catalog there again, or give a URL as `catalog`, which is staged to each node"
        if not path.is_file():
            raise NotFoundError(str(path), "is missing, and the driver of the sweep has it", remedy)
        if path.stat().st_size != file.size or memory.hash(path) != file.sha256:
            raise DamagedError(str(path), "differs from the driver's", remedy)
