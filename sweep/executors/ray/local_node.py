"""Surroundings of a Ray node that runs the trials of this machine: no other user, and no other machine, reaches it.

It listens on the loopback interface alone, asks for a token that is in the environment of this process and its children
only, and keeps its sockets and logs in a directory that is its user's alone and that goes with it.
"""

import fcntl
import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from sweep.common.same_hashes import SAME_HASHES
from sweep.errors import InputError, Problem
from sweep.executors.ray import private

LOOPBACK = "127.0.0.1"
PREFIX, LOCK = "sweep-ray-", "lock"
INSIDE = "r"  # Ray opens its directory to everybody: it lies in ours
LONGEST = 107  # characters of the path of a socket
BELOW = len("/r/session_2026-01-01_00-00-00_000000_4194304/sockets/plasma_store")  # Ray's own in its directory
NEW = 60.0  # seconds in which a directory may have no lock yet
TOKEN = secrets.token_hex(32)  # Ray reads it once in a process
# else `ray.init` waits for workers that begin before it, for ever and deaf to Ctrl-C if one dies at its start
ON_DEMAND = {"RAY_prestart_worker_first_driver": "0"}
SHARED_MEMORY = "/dev/shm"  # noqa: S108 (Ray looks at its size alone)
PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 (where a directory is made for this user alone, that other users cannot enter)


class LocalNode:
    """The surroundings of the node of this process, from `begin` to `end`."""

    def __init__(self) -> None:
        self._place: Path | None = None
        self._lock: IO[bytes] | None = None
        self._before: dict[str, str | None] = {}

    def begin(self) -> dict[str, Any]:
        """Options of `ray.init`. InputError where there is no place for Ray's sockets."""
        self.end()
        self._place = _directory()
        self._lock = _locked(self._place)
        settings = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN, **ON_DEMAND, **SAME_HASHES}
        self._before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        private.refresh_authentication()
        options = {"_node_ip_address": LOOPBACK, "_temp_dir": str(self._place / INSIDE)}
        is_writable = os.access(SHARED_MEMORY, os.W_OK | os.X_OK)  # else Ray waits half a minute, and blames the load
        return options if is_writable else options | {"_plasma_directory": str(self._place)}

    def end(self) -> None:
        """Take it all away again."""
        for name, value in self._before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
        if self._before:
            private.refresh_authentication()
        self._before = {}
        if self._place:
            shutil.rmtree(self._place, ignore_errors=True)
        if self._lock:
            self._lock.close()
        self._place = self._lock = None


def _directory() -> Path:
    """Make a directory whose path is short enough for the sockets in it."""
    why: dict[str, str] = {}
    for place in _places():
        if len(os.fsencode(place)) + len(f"/{PREFIX}00000000") + BELOW > LONGEST:
            why[str(place)] = "its path is too long for a socket"
            continue
        try:
            _remove_stale(place)
            return Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        except OSError as error:
            why[str(place)] = str(error.strerror or error)
    rule = "no directory can be made for Ray: " + "; ".join(f"{place}: {reason}" for place, reason in why.items())
    remedy = "set it to a short path that you may write to, or use --executor inline"
    raise InputError(Problem("TMPDIR", rule, remedy=remedy))


def _places() -> list[Path]:
    places = [Path(place) for place in PLACES]
    with suppress(FileNotFoundError):  # none can be written to
        places.insert(0, Path(tempfile.gettempdir()))
    return list(dict.fromkeys(places))


def _locked(place: Path) -> IO[bytes]:
    lock = (place / LOCK).open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _remove_stale(place: Path) -> None:
    """Remove the directories of processes that were killed: nobody holds their locks."""
    for left in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            status = left.lstat()
            if status.st_uid != os.geteuid() or time.time() - status.st_mtime < NEW:
                continue
            with (left / LOCK).open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)


node = LocalNode()
