"""The list of a catalog's files with sizes and hashes, kept inside of it: what a store is held against.

A web server lists nothing, so there it is needed; everywhere else it makes a damaged file known before it is used.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from sweep.catalog.fingerprint import Memory
from sweep.catalog.remote.file_selection import DATA, SelectedFile
from sweep.catalog.spec_check import unusable
from sweep.common.foreign_names import is_inside, is_sha256
from sweep.common.object_store import NotFoundError, ObjectStore, StorageError
from sweep.errors import InputError, shorten

NAME = "sweep-manifest.json"
VERSION = 1
AGAIN = "write it again with: sweep catalog manifest DIR"


def write(catalog: Path) -> tuple[Path, list[SelectedFile]]:
    """Write the manifest of a local catalog. InputError where there is none."""
    if wrong := list(unusable(catalog)):
        raise InputError(wrong)
    files = local(catalog, (p.relative_to(catalog).as_posix() for p in (catalog / DATA).rglob("*.parquet")))
    content = {"version": VERSION, "files": {f.name: [f.size, f.sha256] for f in files}}
    ObjectStore(str(catalog)).put(NAME, json.dumps(content, indent=1).encode())
    return catalog / NAME, files


def local(catalog: Path, names: Iterable[str]) -> list[SelectedFile]:
    """Files of a local catalog with their content's hashes; each is read once for as long as it stays as it is."""
    memory = Memory()
    return [SelectedFile(n, (catalog / n).stat().st_size, memory.hash(catalog / n)) for n in sorted(names)]


def read(store: ObjectStore) -> dict[str, SelectedFile] | None:
    """The files of a catalog by name as its manifest has them; None where there is no manifest."""
    try:
        content = json.loads(store.read(NAME))
        if content["version"] != VERSION:
            raise StorageError(
                store.at(NAME), f"is of version {shorten(content['version'])}, which is not known here", AGAIN
            )
        files = [SelectedFile(name, int(size), sha) for name, (size, sha) in content["files"].items()]
    except NotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise StorageError(store.at(NAME), f"is no manifest of a catalog: {error}", AGAIN) from error
    for file in files:
        if not is_inside(file.name):
            raise StorageError(store.at(NAME), f"names a file outside of the catalog: {shorten(file.name)}", AGAIN)
        if not is_sha256(file.sha256) or file.size < 0:
            raise StorageError(store.at(NAME), f"has no hash and size of {shorten(file.name)}", AGAIN)
    return {file.name: file for file in files}
