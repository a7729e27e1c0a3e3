"""End of a process that a trial would keep alive: by a thread that goes on, or a function that runs at the end."""

import atexit
import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sweep.common.escaping import for_terminal

GRACE = 5.0  # seconds that threads and functions at the end of the process may take


@dataclass(frozen=True)
class LeftOpen:
    """Threads and functions of an owner that Python waits for when a process ends."""

    owner: str
    threads: tuple[threading.Thread, ...]  # Python waits for each but daemons
    functions: int  # of `atexit`

    @property
    def sentence(self) -> str:
        """The owner, and the part that still keeps the process from ending; empty for none."""
        parts = [f"thread {thread.name}" for thread in self.threads if thread.is_alive()]
        parts += ["a function of atexit"] if self.functions and not parts else []
        return f"{self.owner} ({', '.join(parts)})" if parts else ""


left_open: list[LeftOpen] = []


@contextmanager
def noticing(owner: str) -> Generator[None]:
    """Note what is begun inside and left."""
    before, functions = set(threading.enumerate()), _functions_at_end()
    try:
        yield
    finally:
        threads = tuple(t for t in threading.enumerate() if t not in before and not t.daemon)
        functions = _functions_at_end() - functions
        if threads or functions > 0:
            left_open.append(LeftOpen(owner, threads, functions))


def _functions_at_end() -> int:
    return atexit._ncallbacks()  # noqa: SLF001 (no public one)  # pyright: ignore[reportPrivateUsage]


def limit(code: int) -> None:
    """End this process with this exit code after a while, if something was left that keeps it from ending by itself.

    Ctrl-C ends it at once.
    """
    if left_open:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        threading.Thread(target=_end, args=(code,), daemon=True).start()


def _end(code: int) -> None:
    time.sleep(GRACE)
    owners = [sentence for left in left_open if (sentence := left.sentence)]
    named = [owner for owner in owners if "thread " in owner] or owners
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""
    line = for_terminal(f"sweep: ended, although something was left open by {'; '.join(named[:3])}{more}")
    for stream, text in ((sys.stdout, ""), (sys.stderr, line + "\n")):
        with suppress(OSError, ValueError):  # ValueError: it is closed
            stream.write(text)
            stream.flush()
    os._exit(code)
