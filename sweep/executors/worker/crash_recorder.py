"""Captures stderr and crash tracebacks of a trial on disk, to be read after its worker has died.

Standard error, the traceback of a fatal signal and the sentinel's verdict go into one small file for each trial. A
trial that ends takes its file with it; what a dead worker left is read by `autopsy`, on the same machine.
"""

import faulthandler
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sweep.errors import Reason
from sweep.executors.limits import Limits
from sweep.executors.worker import watchdog

TAIL = 4_000  # characters of what was said last
KEPT = 86_400.0  # seconds that the box of a dead worker is kept
LIBRARIES = {"ray", "concurrent", "asyncio"}  # whose threads outlive a trial rightly
SPENT = 0.8  # of the memory that a worker may use; beyond it the worker makes room for a new one


@dataclass(frozen=True, slots=True)
class CrashCause:
    """Cause of a worker's death, as far as its machine can tell."""

    reason: Reason
    message: str
    trace: str


def folder() -> Path:
    """Return the directory of this user's crash files."""
    path = Path(tempfile.gettempdir()) / f"sweep-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def tidy() -> None:
    """Remove the boxes that nobody came to read: those of workers that died with their driver, long ago."""
    for left in folder().glob("*.box*"):
        with suppress(OSError):
            is_dead = not Path(f"/proc/{left.name.partition('-')[0]}").exists()
            if is_dead and time.time() - left.stat().st_mtime > KEPT:
                left.unlink()


@dataclass(slots=True)
class Worker:
    """This process as a worker: its sentinel, and whether it should run another trial."""

    guard: subprocess.Popen[bytes] | None = None
    trials: int = 0  # that began here
    haunted: bool = False  # a trial left threads behind that may still do harm
    terminal: int | None = None  # where standard error went before a trial took it

    def is_spent(self, limits: Limits) -> bool:
        """True if earlier trials left too little memory or running threads. Never true for a new worker."""
        allowed = (limits.bytes or _share()) * SPENT
        return self.trials > 0 and (self.haunted or watchdog.resident(os.getpid()) > allowed)

    def retire_if_spent(self, limits: Limits) -> None:
        """End this process, before a trial has begun, when it is spent."""
        if self.is_spent(limits):
            os._exit(0)

    def watch(self, box: Path, limits: Limits) -> None:
        """Start the clock of a trial."""
        self.trials += 1
        if limits.seconds is None and limits.bytes is None:
            return
        if self.guard is None or self.guard.poll() is not None:
            command = [sys.executable, "-S", "-E", watchdog.__file__]
            self.guard = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._tell({"box": str(box), "seconds": limits.seconds, "bytes": limits.bytes})

    def rest(self) -> None:
        """Stop the clock."""
        if self.guard:
            self._tell({})

    def _tell(self, message: dict[str, object]) -> None:
        if self.guard and self.guard.stdin:
            self.guard.stdin.write(json.dumps(message).encode() + b"\n" if message else b"\n")
            self.guard.stdin.flush()


def _share() -> int:
    """The memory of this machine for each of its cores, in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // (os.cpu_count() or 1)


worker = Worker()


@contextmanager
def recorded(name: str, limits: Limits) -> Generator[Path]:
    """Record what happens inside under a name; the box is gone when it ends, unless the process dies."""
    if worker.trials == 0:
        tidy()
    box = folder() / f"{os.getpid()}-{name}.box"
    with box.open("w+b") as file:
        before = os.dup(2)
        os.dup2(file.fileno(), 2)
        worker.terminal = before
        faulthandler.enable(file)
        faulthandler.register(signal.SIGUSR2, file, all_threads=True)
        present = set(threading.enumerate())
        try:
            worker.watch(box, limits)
            yield box
        finally:
            worker.rest()
            worker.haunted |= any(_of_a_trial(t) for t in set(threading.enumerate()) - present)
            faulthandler.unregister(signal.SIGUSR2)
            faulthandler.enable(sys.__stderr__ or 2)
            os.dup2(before, 2)
            worker.terminal = None
            os.close(before)
            box.unlink(missing_ok=True)


@contextmanager
def aloud() -> Generator[None]:
    """Standard error is the terminal again inside, also while a trial is recorded: for a signal handler."""
    if (terminal := worker.terminal) is None:
        yield
        return
    box = os.dup(2)
    os.dup2(terminal, 2)
    try:
        yield
    finally:
        os.dup2(box, 2)
        os.close(box)


def _of_a_trial(thread: threading.Thread) -> bool:
    """True if user code started the thread or process, not Ray or a library's pool."""
    code = getattr(thread, "_target", None) or type(thread)
    is_of_c = type(thread).__name__ == "_DummyThread"  # C code that called Python once
    return not is_of_c and str(getattr(code, "__module__", "")).partition(".")[0] not in LIBRARIES


def tail(box: Path) -> str:
    """Return the end of a text."""
    with suppress(OSError):
        return colourless(box.read_bytes()[-TAIL:].decode(errors="replace")).strip()
    return ""


def colourless(text: str) -> str:
    """The engine and Ray colour what they say; a ledger has no colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def autopsy(pid: int, name: str, limits: Limits) -> CrashCause:
    """Find out why the worker `pid` of this machine died in the trial `name`, and remove its crash file."""
    box = folder() / f"{pid}-{name}.box"
    said, verdict = tail(box), _verdict(box)
    for left in (box, Path(f"{box}.verdict")):
        left.unlink(missing_ok=True)
    if verdict == "seconds":
        return CrashCause(Reason.TIMEOUT, f"was still running after {limits.seconds:g} s (limits.trial_timeout)", said)
    if verdict == "bytes":
        mib = (limits.bytes or 0) / 2**20
        return CrashCause(Reason.MEMORY, f"the worker grew beyond {mib:,.0f} MiB (limits.trial_memory)", said)
    fatal = next((line for line in said.splitlines() if line.startswith("Fatal Python error")), "")
    how = fatal.removeprefix("Fatal Python error: ") or "it exited or was killed; nothing was said"
    return CrashCause(Reason.CRASH, f"the worker process died: {how}", said)


def _verdict(box: Path) -> str:
    with suppress(OSError, ValueError):
        return str(json.loads(Path(f"{box}.verdict").read_text())["limit"])
    return ""
