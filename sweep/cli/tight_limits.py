"""Limits of the shell (`ulimit`) below which libraries in C end the process without a word of their own."""

import os
import resource
from collections.abc import Iterator

ADDRESSES = int(4.5 * 2**30)  # bytes that engine, Arrow, OpenBLAS and Ray reserve on two cores, measured; more on more
TASKS = 200  # processes and threads of a user
OPEN = 64  # files that a process has open: Ray's server does not begin with 20
SIZE = 160 * 2**20  # bytes of a file: Ray's object store is one
SECONDS = 60  # of CPU time of a process


def sentences() -> Iterator[str]:
    """A sentence for each limit of this process that is too low to run trials, with the remedy."""
    memory, tasks, is_open = _limit(resource.RLIMIT_AS), _limit(resource.RLIMIT_NPROC), _limit(resource.RLIMIT_NOFILE)
    size, seconds = _limit(resource.RLIMIT_FSIZE), _limit(resource.RLIMIT_CPU)
    if memory < ADDRESSES:
        need = f"running trials takes about {ADDRESSES / 2**30:g} GiB of addresses, most of which are never used"
        yield f"this shell allows {memory / 2**30:.2g} GiB (ulimit -v), and {need}; raise it: ulimit -v unlimited"
    if tasks < TASKS and os.geteuid():  # root is not bound by it
        need = f"the engine and Ray begin about {TASKS}"
        yield f"this shell allows {tasks} processes and threads (ulimit -u), and {need}; raise it: ulimit -u unlimited"
    if is_open < OPEN:
        yield f"this shell allows {is_open} open files (ulimit -n), and Ray needs {OPEN}; raise it: ulimit -n 1024"
    if size < SIZE:
        allowed = f"this shell allows files of {size / 2**20:.2g} MiB (ulimit -f)"
        yield f"{allowed}, and Ray's store of objects takes {SIZE / 2**20:g}; raise it: ulimit -f unlimited"
    if seconds < SECONDS:
        rule = f"this shell ends a process after {seconds} s of CPU time (ulimit -t), also in the middle of a sweep"
        yield f"{rule}; raise it: ulimit -t unlimited"


def _limit(kind: int) -> float:
    limit, _ = resource.getrlimit(kind)
    return float("inf") if limit == resource.RLIM_INFINITY else limit
