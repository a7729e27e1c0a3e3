"""Limits of the shell (`ulimit`) below which libraries in C end the process without a word of their own."""

import os
import resource
from collections.abc import Iterator

ADDRESSES = int(4.5 * 2**30)  # bytes that engine, Arrow, OpenBLAS and Ray reserve on two cores, measured; more on more
TASKS = 200  # processes and threads of a user
FILES = 64  # open files of a process: Ray's server does not begin with 20


def sentences() -> Iterator[str]:
    """A sentence for each limit of this process that is too low to run trials, with the remedy."""
    memory, tasks = (resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_NPROC))
    if memory != resource.RLIM_INFINITY and memory < ADDRESSES:
        need = f"running trials takes about {ADDRESSES / 2**30:g} GiB of addresses, most of which are never used"
        yield f"this shell allows {memory / 2**30:.2g} GiB (ulimit -v), and {need}; raise it: ulimit -v unlimited"
    if tasks != resource.RLIM_INFINITY and tasks < TASKS and os.geteuid():  # root is not bound by it
        need = f"the engine and Ray begin about {TASKS}"
        yield f"this shell allows {tasks} processes and threads (ulimit -u), and {need}; raise it: ulimit -u unlimited"
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files != resource.RLIM_INFINITY and files < FILES:
        yield f"this shell allows {files} open files (ulimit -n), and Ray needs {FILES}; raise it: ulimit -n 1024"
