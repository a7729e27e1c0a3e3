"""Ledgers of a runs directory in an object store, kept here as far as they have not changed there."""

import fcntl
import shutil
from hashlib import sha256
from pathlib import Path

from sweep.common.disk_cache import cache_root
from sweep.common.messages import Say, silent
from sweep.common.object_store import ObjectStore, StorageError, StoredFile, is_url
from sweep.errors import InputError

STATE = ".state"  # beside a ledger: what the store said of it when it was copied
LEDGER = "ledger.sqlite"


def local_runs(place: str, say: Say = silent) -> Path:
    """A runs directory on this machine: the one that is named, or the ledgers of one at s3://, gs:// or az://.

    InputError where the store cannot be read.
    """
    if not is_url(place):
        return Path(place)
    here = cache_root() / "ledgers" / sha256(place.rstrip("/").encode()).hexdigest()[:16]
    here.mkdir(parents=True, exist_ok=True)
    with (here / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            _follow(ObjectStore(place), here, say)
        except StorageError as error:
            raise InputError(error.problem) from None
    return here


def _follow(store: ObjectStore, here: Path, say: Say) -> None:
    """Copy the ledgers that changed, and remove those that are gone."""
    from sweep.ledger.run_directory import is_sweep_id

    ledgers = {sweep: file for file in store.list() if (sweep := _sweep_of(file))}
    for folder in here.iterdir():
        if is_sweep_id(folder.name) and folder.name not in ledgers:
            shutil.rmtree(folder)
    changed = {sweep: file for sweep, file in ledgers.items() if _noted(here / sweep) != _state(file)}
    if changed:
        say(f"copying {len(changed):,} of {len(ledgers):,} ledgers from {store.url}")
    for sweep, file in changed.items():
        state = here / sweep / STATE
        state.unlink(missing_ok=True)
        store.get(file.name, here / sweep / LEDGER)
        if file.etag:
            state.write_text(_state(file))


def _sweep_of(file: StoredFile) -> str:
    """The sweep whose ledger a file is; "" for another file."""
    from sweep.ledger.run_directory import is_sweep_id

    sweep, _, name = file.name.partition("/")
    return sweep if name == LEDGER and is_sweep_id(sweep) else ""


def _state(file: StoredFile) -> str:
    return f"{file.size} {file.etag}"


def _noted(folder: Path) -> str:
    state = folder / STATE
    return state.read_text() if state.exists() else ""
