"""Processes and threads that a trial leaves behind: they would act in the next one, or keep its worker from ending."""

import ctypes
import os
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sweep.executors.worker import watchdog

SET_CHILD_SUBREAPER, GET_CHILD_SUBREAPER = 36, 37  # of prctl(2)
LIBRARIES = {"ray", "concurrent", "asyncio"}  # their threads may outlive a trial
TICKS = os.sysconf("SC_CLK_TCK")  # in a second
PATIENCE = 2.0  # seconds for threads to end once the processes that they wait for have


@dataclass(frozen=True)
class Present:
    """The threads and processes that are there before a trial."""

    threads: frozenset[threading.Thread]
    tasks: frozenset[str]  # threads as the system has them
    processes: frozenset[int]
    tick: int  # the moment, in ticks since the start of the machine

    @classmethod
    def now(cls) -> "Present":
        """As they are."""
        processes = frozenset(watchdog.children(os.getpid(), {_own_task(), str(os.getpid())}))
        tick = int(time.clock_gettime(time.CLOCK_BOOTTIME) * TICKS)
        return cls(frozenset(threading.enumerate()), frozenset(_tasks()), processes, tick)

    def end_processes(self) -> list[str]:
        """End what the trial's threads have begun and left; return the names of these programs."""
        names: list[str] = []
        deadline = time.monotonic() + PATIENCE
        while (left := self._left()) and time.monotonic() < deadline:
            server = _helper("forkserver", "_forkserver_pid")
            names += map(_program, left)
            for pid in watchdog.kill(left):
                with suppress(OSError):  # it is not ours to wait for, or somebody has
                    _forget_forkserver() if pid == server else os.waitpid(pid, 0)
        for thread in set(threading.enumerate()) - self.threads if names else ():
            with suppress(RuntimeError):
                thread.join(max(0.0, deadline - time.monotonic()))
        return names

    def _left(self) -> list[int]:
        """Children of the trial's threads; those of a thread that has ended are those of the main thread.

        Such a thread may be of another's, with a child from before the trial.
        """
        mine = {_own_task(), str(os.getpid()), *(set(_tasks()) - self.tasks)}
        tracker = _helper("resource_tracker", "_pid")  # it removes what others leave, and ends with this process
        new = [p for p in watchdog.children(os.getpid(), mine) if p not in self.processes and p != tracker]
        return [p for p in new if watchdog.started(p) >= self.tick]

    def threads_left(self) -> list[str]:
        """Names of the trial's threads that may still act."""
        return sorted(t.name for t in set(threading.enumerate()) - self.threads if _is_of_trial(t))


def _own_task() -> str:
    return str(threading.get_native_id())


def _tasks() -> list[str]:
    return os.listdir("/proc/self/task")  # noqa: PTH208 (as text, thousands of times)


def _program(pid: int) -> str:
    with suppress(OSError), open(f"/proc/{pid}/comm", errors="replace") as file:  # noqa: PTH123 (likewise)
        return file.read().strip()
    return "?"


def _helper(name: str, pid: str) -> int | None:
    """The process that multiprocessing has for its own purposes."""
    module = sys.modules.get(f"multiprocessing.{name}")
    return getattr(vars(module)[f"_{name}"], pid, None) if module else None


def _forget_forkserver() -> None:
    """Let multiprocessing wait for its server, which was killed, and start another when it needs one."""
    server: Any = vars(sys.modules["multiprocessing.forkserver"])["_forkserver"]
    server._stop()  # noqa: SLF001 (no public one)


def _is_of_trial(thread: threading.Thread) -> bool:
    """True if user code started the thread, or runs in it; not for Ray's, nor for those of a library's idle pool."""
    code = getattr(thread, "_target", None) or type(thread)
    module = str(getattr(code, "__module__", ""))
    if type(thread).__name__ == "_DummyThread":  # C code that called Python once
        return False
    if module == "concurrent.futures.thread":
        frames = sys._current_frames()  # noqa: SLF001 (documented)  # pyright: ignore[reportPrivateUsage]
        frame = frames.get(thread.ident or 0)
        return frame is not None and frame.f_code.co_name != "_worker"
    return module.partition(".")[0] not in LIBRARIES


@contextmanager
def adopting_orphans() -> Generator[None]:
    """Inside, processes that were left by a child become children of this process, so none is out of reach."""
    prctl = ctypes.CDLL(None).prctl
    before = ctypes.c_int(0)
    prctl(GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(SET_CHILD_SUBREAPER, before.value, 0, 0, 0)
