"""The folder of a sweep, from the cluster to this machine."""

import json
import shlex
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from sweep.cluster import log_transfer
from sweep.cluster.client import Cluster
from sweep.common.files.tar_files import unpack
from sweep.common.object_store import ObjectStore, StorageError
from sweep.errors import InputError, LedgerError, Problem, SweepError, shorten
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder, is_sweep_id
from sweep.ledger.snapshot import put_in_place, require_only_files

STORES = ("s3://", "gs://", "az://")  # read from here too; any other place is the cluster's own


def fetch(
    cluster: Cluster, sweep: str, runs: str, here: Path, python: str, say: Callable[[str], None] = lambda _: None
) -> Folder:
    """Bring a sweep from where the cluster keeps it, also while it runs; what is here of it is replaced."""
    if not is_sweep_id(sweep):
        raise InputError(
            Problem("JOB", "is no id of a sweep", sweep, "a name and 8 hex digits, as `sweep jobs` shows it")
        )
    folder = Folder(here / sweep)
    here.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=here, prefix=f".{sweep}.") as place:
        loose = Path(place, "files")
        if not (runs.startswith(STORES) and _directly(runs, sweep, loose, say)):
            packed = Path(place, "archive.tar.gz")
            _receive(cluster, sweep, runs, python, packed)
            unpack(packed, loose)
            packed.unlink()
        replace(folder, loose)
    return folder


def _directly(runs: str, sweep: str, loose: Path, say: Callable[[str], None]) -> bool:
    """Fetch from the object store itself; True if that was possible."""
    from sweep.cluster.object_store_sync import download

    try:
        download(ObjectStore(runs), sweep, loose)
    except StorageError as error:
        say(f"{error.problem.rule}: it is fetched through the cluster")
        shutil.rmtree(loose, ignore_errors=True)
        return False
    return True


def _receive(cluster: Cluster, sweep: str, runs: str, python: str, target: Path) -> None:
    name = f"sweep-send-{uuid4().hex[:8]}"
    request = json.dumps({"runs": runs, "sweep": sweep})
    cluster.submit(name, f"exec {shlex.join([python, '-m', 'sweep.cluster.remote_commands', 'send', request])}")
    try:
        log_transfer.receive(cluster.follow(name), target)
    finally:
        cluster.stop(name)  # it wipes its log now
        cluster.wait(name, 30.0)
        cluster.forget(name)


def replace(folder: Folder, loose: Path) -> None:
    """Put files in the place of those of a sweep. Refused where a driver runs it here, or more has ended here.

    SweepError where they are not those of the sweep, or their ledger cannot be read; what is here stays then.
    """
    require_only_files(loose)
    ended = _ended(folder.id, loose / "ledger.sqlite")
    with folder.locked():
        _require_no_more(folder, ended)
        put_in_place(folder, loose)


def _ended(sweep: str, coming: Path) -> int:
    """Number of ended trials in a ledger that was fetched."""
    try:
        with Ledger.open(coming) as theirs:
            owner, ended = theirs.facts.id, theirs.standing()[0]
    except LedgerError as error:
        reason = str(error).removeprefix(f"{coming}").lstrip(": ")
        raise SweepError(f"{sweep}: the ledger that came cannot be used: {reason}; nothing was fetched") from None
    if owner != sweep:
        raise SweepError(f"{sweep}: the ledger that came is of {shorten(owner)}; nothing was fetched")
    return ended


def _require_no_more(folder: Folder, ended: int) -> None:
    if not folder.ledger.exists():
        return
    try:
        with folder.open() as ours:
            more = ours.standing()[0] - ended
    except LedgerError:
        return  # what is here cannot be read: it is replaced
    if more > 0:
        remedy = "fetch it into another folder: --runs-dir DIR"
        raise InputError(Problem(folder.id, f"has {more} more ended trials here than on the cluster", remedy=remedy))
