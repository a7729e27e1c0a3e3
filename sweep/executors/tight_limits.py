"""Limits of the shell (`ulimit`) below which libraries in C end the process, or wait for ever, without a sentence."""

import os
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sweep.errors import Problem

# measured on two cores
OWN_ADDRESSES = 13 * 2**28  # bytes that engine, Arrow and OpenBLAS reserve in the process that runs trials itself
ADDRESSES = 18 * 2**28  # bytes that Ray and what its workers import reserve
TASKS, TASKS_OF_WORKER = 110, 35  # processes and threads: 129, 162 and 358 at most with 1, 2 and 8 workers
OPEN = 64  # files that a process has open: Ray's server does not begin with 20
SIZE = 160 * 2**20  # bytes of a file: Ray's object store is one
SECONDS = 60  # of CPU time of a process
UNLIMITED = float("inf")


def has_few_addresses() -> bool:
    """True where the addresses of this process are limited: a library may run out of them."""
    return _limit(resource.RLIMIT_AS) < UNLIMITED


def refusal() -> str:
    """A sentence where this process cannot even run trials itself; else ""."""
    memory = _limit(resource.RLIMIT_AS)
    return _addresses(memory, OWN_ADDRESSES, "running trials") if memory < OWN_ADDRESSES else ""


def warning() -> str:
    """A sentence where the limit of CPU time may end a sweep; else ""."""
    seconds = _limit(resource.RLIMIT_CPU)
    rule = f"this shell ends a process after {seconds} s of CPU time (ulimit -t), also in the middle of a sweep"
    return f"{rule}; raise it: ulimit -t unlimited" if seconds < SECONDS else ""


def problems(workers: int | None) -> list[Problem]:
    """A mistake for each limit of this process that is too low to run Ray on this machine, with the remedy."""
    return [Problem("Ray", sentence) for sentence in _sentences(workers or os.cpu_count() or 1)]


def _sentences(workers: int) -> Iterator[str]:
    memory, tasks, files = _limit(resource.RLIMIT_AS), _limit(resource.RLIMIT_NPROC), _limit(resource.RLIMIT_NOFILE)
    size, need = _limit(resource.RLIMIT_FSIZE), TASKS + TASKS_OF_WORKER * workers
    if memory < ADDRESSES:
        yield f"{_addresses(memory, ADDRESSES, 'Ray')}, or use --executor inline"
    if os.getuid() and tasks < UNLIMITED and tasks - (others := _tasks_of_others()) < need:  # root is not bound by it
        rule = f"this shell allows {tasks} processes and threads of this user (ulimit -u), {others} of which are in use"
        remedy = "raise it: ulimit -u unlimited, or use --executor inline"
        yield f"{rule}, and Ray needs about {need} for {workers} worker{'s' * (workers > 1)}; {remedy}"
    if files < OPEN:
        yield f"this shell allows {files} open files (ulimit -n), and Ray needs {OPEN}; raise it: ulimit -n 1024"
    if size < SIZE:
        allowed = f"this shell allows files of {size / 2**20:.2g} MiB (ulimit -f)"
        yield f"{allowed}, and Ray's store of objects takes {SIZE / 2**20:g}; raise it: ulimit -f unlimited"


def _addresses(limit: float, need: int, who: str) -> str:
    rule = f"{who} takes about {need / 2**30:g} GiB of addresses, most of which are never used"
    return f"this shell allows {limit / 2**30:.2g} GiB (ulimit -v), and {rule}; raise it: ulimit -v unlimited"


def _limit(kind: int) -> float:
    limit, _ = resource.getrlimit(kind)
    return UNLIMITED if limit == resource.RLIM_INFINITY else limit


def _tasks_of_others() -> int:
    """Number of threads of this user in other processes: the kernel counts those of all together."""
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended
            if process.name != str(os.getpid()) and process.stat().st_uid == os.getuid():
                count += len(os.listdir(process / "task"))  # noqa: PTH208 (names alone)
    return count
