"""Captures stderr and crash tracebacks of a trial on disk, to be read after its worker has died.

Standard error, the traceback of a fatal signal of the worker itself and the watchdog's verdict go into small files for
each trial. They are removed when the trial ends; `find_crash_cause` reads those of a dead worker, on the same machine.
"""

import faulthandler
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sweep.common.disk_cache import cache_root
from sweep.common.files.own_directory import own_directory
from sweep.errors import InputError, Reason
from sweep.executors.limits import Limits
from sweep.executors.worker import memory_events, watchdog

TAIL = 4_000  # characters of the last output
FATAL = "Fatal Python error: "
STALE = 86_400.0  # seconds after which the crash file of a dead worker is removed
LEAVING = 10.0  # seconds that a worker which runs no further trial has to end by itself
MEMORY_SHARE = 0.8  # of the memory that a worker may use; beyond it the worker is replaced by a new one


@dataclass(frozen=True, slots=True)
class CrashCause:
    """Cause of a worker's death, as far as its machine can tell."""

    reason: Reason
    message: str
    trace: str
    is_unknown: bool = False  # nothing was said


def crash_directory() -> Path:
    """Return the directory of this user's crash files: in the temporary directory, unless somebody else is there."""
    with suppress(InputError, FileNotFoundError):  # FileNotFoundError: there is no temporary directory
        return own_directory(Path(tempfile.gettempdir()) / f"sweep-{os.getuid()}", follow=False)
    return own_directory(cache_root() / f"crashes-{socket.gethostname()}")


def _own(crash_file: Path) -> Path:
    """The record of a fatal signal of the worker itself."""
    return Path(f"{crash_file}.fatal")


def _crash_file(pid: int, name: str) -> Path:
    return crash_directory() / f"{pid}-{name}.crash"


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
    is_own: bool = False  # a process of its own, not the user's
    trials: int = 0  # begun in this process
    has_leaked_threads: bool = False  # a trial left threads behind that may still act
    is_spoilt: bool = False  # not all that a trial changed was set back
    terminal: int | None = None  # where standard error went before a trial took it

    def needs_recycling(self, limits: Limits) -> bool:
        """True if earlier trials left too little memory, running threads or changes. Never true for a new worker."""
        allowed = (limits.memory_bytes or _share()) * MEMORY_SHARE
        has_changed = self.has_leaked_threads or self.is_spoilt
        return self.trials > 0 and (has_changed or watchdog.resident(os.getpid()) > allowed)

    def take(self, name: str, limits: Limits, *, is_timed: bool = True) -> None:
        """Take the task of a trial: its limits count from here. End this process instead, if it needs recycling.

        What comes before the trial may not be timed: a catalog comes as slowly as it comes.
        """
        if self.needs_recycling(limits):
            os._exit(0)
        self.is_own = True
        self.watch(_crash_file(os.getpid(), name), limits if is_timed else replace(limits, timeout_s=None))

    def watch(self, crash_file: Path, limits: Limits) -> None:
        """Start the watchdog's clock of a trial. A process of its own has one also without limits, for its children."""
        if limits.timeout_s is None and limits.memory_bytes is None and not self.is_own:
            return
        if self.watchdog is None or self.watchdog.poll() is not None:
            if self.is_own and not self.watchdog:
                _mark_children()
            command = [sys.executable, "-S", "-E", watchdog.__file__]
            self.watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self._tell({"crash_file": str(crash_file), "seconds": limits.timeout_s, "bytes": limits.memory_bytes})

    def rest(self) -> None:
        """Stop the watchdog's clock. A process where threads still run is ended by it, if they hold it up for ever."""
        if self.watchdog:
            leaves = self.is_own and self.has_leaked_threads
            self._tell({"crash_file": "", "seconds": LEAVING, "bytes": None} if leaves else {})

    def _tell(self, message: dict[str, object]) -> None:
        if self.watchdog and self.watchdog.stdin:
            self.watchdog.stdin.write(json.dumps(message).encode() + b"\n" if message else b"\n")
            self.watchdog.stdin.flush()


def _mark_children() -> None:
    """Let the watchdog recognise all that this process begins, in other sessions and with an empty environment, too."""
    os.environ[watchdog.MARK] = f"{os.getpid()}-{time.time_ns()}"
    with suppress(OSError, ValueError):  # somebody has set it lower
        _, most = resource.getrlimit(resource.RLIMIT_RTTIME)
        resource.setrlimit(resource.RLIMIT_RTTIME, (watchdog.marked(os.getpid()), most))
    with suppress(OSError):  # it leads a session, and so its group
        os.setpgid(0, 0)


def _share() -> int:
    """Return the memory of this machine per core, in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // (os.cpu_count() or 1)


worker = Worker()


@contextmanager
def record_crash(name: str, limits: Limits) -> Generator[Path]:
    """Record stderr and crashes inside; the crash file is removed at the end, unless the process dies."""
    if worker.trials == 0:
        remove_stale_files()
    crash_file = _crash_file(os.getpid(), name)
    with crash_file.open("w+b") as file, _own(crash_file).open("wb") as fatal:
        before = os.dup(2)
        os.dup2(file.fileno(), 2)
        worker.terminal = before
        faulthandler.enable(fatal)
        faulthandler.register(signal.SIGUSR2, file, all_threads=True)
        try:
            worker.trials += 1
            _note_kills(crash_file)
            worker.watch(crash_file, limits)
            yield crash_file
        except BaseException:
            worker.is_spoilt = True  # errors of trials are results: this one is of what sets back their changes
            raise
        finally:
            worker.rest()
            faulthandler.unregister(signal.SIGUSR2)
            faulthandler.enable(sys.__stderr__ or 2)
            os.dup2(before, 2)
            worker.terminal = None
            os.close(before)
            _remove(crash_file)


def _apart_from_parent() -> None:
    """Let the traceback of a forked child be output like all others: its death is not that of the worker."""
    if worker.terminal is not None:
        faulthandler.enable(2)


os.register_at_fork(after_in_child=_apart_from_parent)


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


def last_output(crash_file: Path, most: int = TAIL) -> str:
    """Return the end of the output in a crash file, without colours."""
    with suppress(OSError):
        return strip_colours(crash_file.read_bytes()[-most:].decode(errors="replace")).strip()
    return ""


def strip_colours(text: str) -> str:
    """Remove the colour codes that the engine and Ray put into their output."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def find_crash_cause(pid: int, name: str, limits: Limits) -> CrashCause:
    """Find out why the worker `pid` of this machine died in the trial `name`, and remove its crash file."""
    crash_file = _crash_file(pid, name)
    verdict, was_killed = _verdict(crash_file), _kernel_killed(crash_file)
    output = f"{last_output(crash_file)}\n\n{last_output(_own(crash_file))}".strip()
    cause, others = _fatal_error(last_output(_own(crash_file), 2**20)), _fatal_error(last_output(crash_file))
    _remove(crash_file)
    if verdict == "seconds":
        return CrashCause(
            Reason.TIMEOUT, f"was still running after {limits.timeout_s:g} s (limits.trial_timeout)", output
        )
    if verdict == "stopped":
        seconds = f"{watchdog.STOPPED:g} s"
        return CrashCause(Reason.TIMEOUT, f"was stopped for {seconds} (SIGSTOP, or a debugger that holds it)", output)
    if verdict == "bytes":
        mib = (limits.memory_bytes or 0) / 2**20
        return CrashCause(Reason.MEMORY, f"the worker grew beyond {mib:,.0f} MiB (limits.trial_memory)", output)
    if was_killed and not cause:
        how = "the kernel killed it: the memory of its container, or of the machine, was used up"
        return CrashCause(Reason.MEMORY, f"{how} (fewer workers, or more memory)", output)
    how = cause or "it exited or was killed; nothing was said"
    if others and not cause:
        how = f"it exited or was killed, after Python or a child of it wrote: {others}"
    return CrashCause(Reason.CRASH, f"the worker process died: {how}", output, is_unknown=not cause)


def _fatal_error(output: str) -> str:
    """The first error in an output that ended a process; empty without one."""
    lines = (line for line in output.splitlines() if line.startswith(FATAL))
    return next(lines, "").removeprefix(FATAL)


def _verdict(crash_file: Path) -> str:
    with suppress(OSError, ValueError):
        return str(json.loads(Path(f"{crash_file}.verdict").read_text())["limit"])
    return ""


def _note_kills(crash_file: Path) -> None:
    """Note how many processes the kernel has killed for their memory, where it counts them."""
    file = memory_events.events_file()
    if (kills := memory_events.count(file)) is not None:
        Path(f"{crash_file}.kills").write_text(json.dumps([str(file), kills]))


def _kernel_killed(crash_file: Path) -> bool:
    """True if the kernel has killed a process of the worker's cgroup for its memory since the trial began."""
    with suppress(OSError, ValueError):
        file, before = json.loads(Path(f"{crash_file}.kills").read_text())
        return (memory_events.count(Path(file)) or 0) > before
    return False


def _remove(crash_file: Path) -> None:
    for suffix in ("", ".fatal", ".verdict", ".kills"):
        Path(f"{crash_file}{suffix}").unlink(missing_ok=True)
