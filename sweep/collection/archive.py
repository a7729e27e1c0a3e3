"""A sweep as one file: its folder as a compressed tar archive, with the SHA-256 of each file."""

import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sweep.common.files.atomic_file import atomic_write
from sweep.common.files.file_hash import content_hash
from sweep.common.files.tar_files import unpack
from sweep.common.foreign_names import is_inside, is_sha256
from sweep.common.json_values import is_mapping
from sweep.errors import InputError, LedgerError, Problem, SweepError, shorten
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder, is_sweep_id, unwritable
from sweep.ledger.snapshot import files, require_only_files, whole

CONTENTS = "archive.json"  # the last file of an archive: format, id of the sweep, hash of each other file
FORMAT = 1


def archive(folder: Folder, target: Path) -> int:
    """Write the archive of a sweep, also while it runs; its bytes. Raises InputError where the file exists."""
    if target.exists():
        raise InputError(Problem("FILE", "exists already", str(target), "choose another name, or remove that file"))
    hashes: dict[str, str] = {}
    with atomic_write(target) as draft, tarfile.open(draft, "w:gz") as tar:
        for name, path in files(folder.path):
            with whole(path) as copy:
                hashes[name] = content_hash(copy)
                tar.add(copy, name)
        contents = json.dumps({"format": FORMAT, "sweep": folder.id, "sha256": hashes}).encode()
        member = tarfile.TarInfo(CONTENTS)
        member.size = len(contents)
        tar.addfile(member, io.BytesIO(contents))
    return target.stat().st_size


def restore(packed: Path, runs_dir: Path) -> Folder:
    """Put the sweep of an archive into a runs directory, whole or not at all.

    Raises InputError where the sweep is there already or the file cannot be read, SweepError where it is no archive of
    a sweep, or not as it was written.
    """
    if not packed.is_file():
        raise InputError(Problem("FILE", "there is no such file", str(packed)))
    with _place_in(runs_dir) as place:
        loose = Path(place, "files")
        try:
            unpack(packed, loose)
            require_only_files(loose)
        except SweepError as error:
            raise SweepError(f"{packed}: {error}; nothing was restored") from error
        folder = Folder(runs_dir / _verified(loose, packed))
        if folder.path.exists():
            remedy = "restore it elsewhere: --runs-dir DIR"
            raise InputError(Problem("FILE", f"{folder.id} is there already", str(packed), remedy))
        loose.chmod(0o755)
        shutil.move(loose, folder.path)
    return folder


def _place_in(runs_dir: Path) -> tempfile.TemporaryDirectory[str]:
    """A folder for the files until they are whole. Raises InputError where none can be made."""
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=runs_dir, prefix=".restore.")
    except OSError as error:
        raise unwritable(runs_dir, error) from None


def _verified(loose: Path, packed: Path) -> str:
    """Compare unpacked files with their hashes, and open the ledger; the id of the sweep. The list is removed."""
    contents = _contents(loose / CONTENTS, packed)
    names = {path.relative_to(loose).as_posix() for path in loose.rglob("*") if path.is_file()} - {CONTENTS}
    hashes: Mapping[str, Any] = contents["sha256"]
    damaged = sorted(names ^ set(hashes))
    damaged += sorted(name for name in names & set(hashes) if content_hash(loose / name) != hashes[name])
    if damaged:
        raise SweepError(f"{packed} is damaged: {shorten(damaged[0])} is not as it was written; nothing was restored")
    (loose / CONTENTS).unlink()
    try:
        with Ledger.open(loose / "ledger.sqlite") as ledger:
            if (owner := ledger.facts.id) != contents["sweep"]:
                raise SweepError(
                    f"{packed} names {contents['sweep']}, its ledger {shorten(owner)}: nothing was restored"
                )
    except LedgerError as error:
        raise SweepError(f"{packed}: {error}") from error
    return contents["sweep"]


def _contents(listed: Path, packed: Path) -> Mapping[str, Any]:
    try:
        contents = json.loads(listed.read_bytes())
    except (OSError, ValueError, RecursionError):
        contents = None
    hashes = contents.get("sha256") if is_mapping(contents) else None
    if (
        not is_mapping(contents)
        or not is_mapping(hashes)
        or not all(is_inside(n) and is_sha256(h) for n, h in hashes.items())
    ):
        raise SweepError(f"{packed} is no archive of a sweep (`sweep archive` writes them)")
    if contents.get("format") != FORMAT or not is_sweep_id(contents.get("sweep")):
        raise SweepError(f"{packed} was written by another version of sweep, or names no sweep; upgrade sweep")
    return contents
