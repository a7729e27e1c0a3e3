"""The lock of a sweep's mirror: one process at a time copies a ledger to the tracker, and a removal ends it first."""

import fcntl
import os
import signal
import socket
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import TextIO

from sweep.errors import SweepError
from sweep.ledger.lock_holder import note_holder, noted_holder
from sweep.ledger.run_directory import Folder, open_no_link

NAME = "mirror.lock"
ENDS = 60.0  # seconds within which a mirror that is told to end has done so: MLflow may be slow
LOOK = 0.1  # seconds between looks


def taken(folder: Folder) -> TextIO | None:
    """The lock, held until it is closed; None while another process holds it, or where the sweep is gone."""
    with ExitStack() as opened, suppress(BlockingIOError, FileNotFoundError):
        lock = opened.enter_context(_file(folder))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock.fileno()), (folder.path / NAME).lstat()):  # not of a folder removed meanwhile
            note_holder(lock)
            opened.pop_all()
            return lock
    return None


def _file(folder: Folder) -> TextIO:
    path = folder.path / NAME
    try:
        return os.fdopen(open_no_link(path), "a+")
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SweepError(f"{path} cannot be opened: {error.strerror}; it is a file of sweep's own, remove it") from None


@contextmanager
def without_mirror(folder: Folder) -> Generator[None]:
    """End the mirror of a sweep that no driver runs: that of a killed one goes on for a while. None begins inside.

    Raises SweepError if it does not end.
    """
    deadline, before = time.monotonic() + ENDS, None
    while (lock := taken(folder)) is None:
        holder = noted_holder(folder.path / NAME)
        if time.monotonic() > deadline:
            who = f"process {holder['pid']} on {holder['host']}" if holder else "process unknown on an unknown host"
            raise SweepError(f"{folder.id} is being copied to MLflow by {who}, which does not end")
        if holder and holder == before and holder["host"] == socket.gethostname():  # seen twice: it is not an old note
            with suppress(OSError):
                os.kill(holder["pid"], signal.SIGTERM)
        before = holder
        time.sleep(LOOK)
    with lock:
        yield
