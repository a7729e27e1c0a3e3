"""Captures stderr and crash tracebacks of a trial on disk, to be read after its worker has died.

Standard error, the traceback of a fatal signal and the watchdog's verdict go into one small file for each trial. It is
removed when the trial ends; `find_crash_cause` reads the file of a dead worker, on the same machine.
"""

import faulthandler
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sweep.common.disk_cache import cache_root
from sweep.common.own_directory import own_directory
from sweep.errors import InputError, Reason
from sweep.executors.limits import Limits
from sweep.executors.worker import watchdog

TAIL = 4_000  # characters of the last output
STALE = 86_400.0  # seconds after which the crash file of a dead worker is removed
LIBRARIES = {"ray", "concurrent", "asyncio"}  # their threads may outlive a trial
MEMORY_SHARE = 0.8  # of the memory that a worker may use; beyond it the worker is replaced by a new one


@dataclass(frozen=True, slots=True)
class CrashCause:
    """Cause of a worker's death, as far as its machine can tell."""

    reason: Reason
    message: str
    trace: str


def crash_directory() -> Path:
    """Return the directory of this user's crash files: in the temporary directory, unless somebody else is there."""
    with suppress(InputError, FileNotFoundError):  # FileNotFoundError: there is no temporary directory
        return own_directory(Path(tempfile.gettempdir()) / f"sweep-{os.getuid()}", follow=False)
    return own_directory(cache_root() / f"crashes-{socket.gethostname()}")


def remove_stale_files() -> None:
    """Delete stale crash files: those of workers that died together with their driver."""
    for file in crash_directory().glob("*.crash*"):
        with suppress(OSError):
            is_dead = not Path(f"/proc/{file.name.partition('-')[0]}").exists()
            if is_dead and time.time() - file.stat().st_mtime > STALE:
                file.unlink()


@dataclass(slots=True)
class Worker:
    """This process as a worker: its watchdog, and the state that decides if it runs another trial."""

    watchdog: subprocess.Popen[bytes] | None = None
    trials: int = 0  # begun in this process
    has_leaked_threads: bool = False  # a trial left threads behind that may still act
    terminal: int | None = None  # where standard error went before a trial took it

    def needs_recycling(self, limits: Limits) -> bool:
        """True if earlier trials left too little memory or running threads. Never true for a new worker."""
        allowed = (limits.memory_bytes or _share()) * MEMORY_SHARE
        return self.trials > 0 and (self.has_leaked_threads or watchdog.resident(os.getpid()) > allowed)

    def retire_if_needed(self, limits: Limits) -> None:
        """End this process before a trial begins, if it needs recycling."""
        if self.needs_recycling(limits):
            os._exit(0)

    def watch(self, crash_file: Path, limits: Limits) -> None:
        """Start the watchdog's clock of a trial."""
        self.trials += 1
        if limits.timeout_s is None and limits.memory_bytes is None:
            return
        if self.watchdog is None or self.watchdog.poll() is not None:
            command = [sys.executable, "-S", "-E", watchdog.__file__]
            self.watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._tell({"crash_file": str(crash_file), "seconds": limits.timeout_s, "bytes": limits.memory_bytes})

    def rest(self) -> None:
        """Stop the watchdog's clock."""
        if self.watchdog:
            self._tell({})

    def _tell(self, message: dict[str, object]) -> None:
        if self.watchdog and self.watchdog.stdin:
            self.watchdog.stdin.write(json.dumps(message).encode() + b"\n" if message else b"\n")
            self.watchdog.stdin.flush()


def _share() -> int:
    """Return the memory of this machine per core, in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // (os.cpu_count() or 1)


worker = Worker()


@contextmanager
def record_crash(name: str, limits: Limits) -> Generator[Path]:
    """Record stderr and crashes inside; the crash file is removed at the end, unless the process dies."""
    if worker.trials == 0:
        remove_stale_files()
    crash_file = crash_directory() / f"{os.getpid()}-{name}.crash"
    with crash_file.open("w+b") as file:
        before = os.dup(2)
        os.dup2(file.fileno(), 2)
        worker.terminal = before
        faulthandler.enable(file)
        faulthandler.register(signal.SIGUSR2, file, all_threads=True)
        present = set(threading.enumerate())
        try:
            worker.watch(crash_file, limits)
            yield crash_file
        finally:
            worker.rest()
            worker.has_leaked_threads |= any(_is_of_trial(t) for t in set(threading.enumerate()) - present)
            faulthandler.unregister(signal.SIGUSR2)
            faulthandler.enable(sys.__stderr__ or 2)
            os.dup2(before, 2)
            worker.terminal = None
            os.close(before)
            crash_file.unlink(missing_ok=True)


@contextmanager
def terminal_stderr() -> Generator[None]:
    """Restore the terminal as standard error inside, also while a trial is recorded: for signal handlers."""
    if (terminal := worker.terminal) is None:
        yield
        return
    recorded = os.dup(2)
    os.dup2(terminal, 2)
    try:
        yield
    finally:
        os.dup2(recorded, 2)
        os.close(recorded)


def _is_of_trial(thread: threading.Thread) -> bool:
    """True if user code started the thread, not Ray or a library's pool."""
    code = getattr(thread, "_target", None) or type(thread)
    is_of_c = type(thread).__name__ == "_DummyThread"  # C code that called Python once
    return not is_of_c and str(getattr(code, "__module__", "")).partition(".")[0] not in LIBRARIES


def last_output(crash_file: Path) -> str:
    """Return the end of the output in a crash file, without colours."""
    with suppress(OSError):
        return strip_colours(crash_file.read_bytes()[-TAIL:].decode(errors="replace")).strip()
    return ""


def strip_colours(text: str) -> str:
    """Remove the colour codes that the engine and Ray put into their output."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def find_crash_cause(pid: int, name: str, limits: Limits) -> CrashCause:
    """Find out why the worker `pid` of this machine died in the trial `name`, and remove its crash file."""
    crash_file = crash_directory() / f"{pid}-{name}.crash"
    output, verdict = last_output(crash_file), _verdict(crash_file)
    for file in (crash_file, Path(f"{crash_file}.verdict")):
        file.unlink(missing_ok=True)
    if verdict == "seconds":
        return CrashCause(
            Reason.TIMEOUT, f"was still running after {limits.timeout_s:g} s (limits.trial_timeout)", output
        )
    if verdict == "bytes":
        mib = (limits.memory_bytes or 0) / 2**20
        return CrashCause(Reason.MEMORY, f"the worker grew beyond {mib:,.0f} MiB (limits.trial_memory)", output)
    fatal = next((line for line in output.splitlines() if line.startswith("Fatal Python error")), "")
    how = fatal.removeprefix("Fatal Python error: ") or "it exited or was killed; nothing was said"
    return CrashCause(Reason.CRASH, f"the worker process died: {how}", output)


def _verdict(crash_file: Path) -> str:
    with suppress(OSError, ValueError):
        return str(json.loads(Path(f"{crash_file}.verdict").read_text())["limit"])
    return ""
