"""Watchdog process of a worker: a loop in Rust that holds the GIL stops the worker's threads, but not this process.

Run as a script with nothing but the standard library, so that it costs little. Reads one JSON line when a trial begins,
{"crash_file": PATH, "seconds": LIMIT or null, "bytes": LIMIT or null}, and an empty one when it ends. At a limit it
stops the worker, and kills it if it is still in that trial; the verdict is in PATH.verdict. When the worker has ended,
however it did, it kills the processes that it has left: those it had begun, those of its process group, and those with
its marks, which stay with a process that gives itself a new session and an empty environment.

Limits count the time in which the worker could run: not that in which this process was paused (a machine that sleeps,
`docker pause`), nor that in which the worker was stopped.
"""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterable

POLL = 0.05  # seconds between checks; a trial can overshoot by what it allocates in that time
IDLE = 1.0  # seconds between checks while no trial runs
FAMILY = 0.25  # seconds between looks at the worker's children
GAP = 2.0  # seconds without a check that are a pause of this process
STOPPED = 600.0  # seconds for which a worker may be stopped in a trial (SIGSTOP, a debugger)
MARK = "SWEEP_WORKER"  # in the environment of a worker and of all programs that it starts
LIMIT_MARK = "Max realtime timeout"  # of processes that run in real time, so of none: a limit that children inherit
TRACKER = "multiprocessing.resource_tracker"  # removes what dead processes have left in /dev/shm, then ends by itself
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(pid: int) -> int:
    """Resident memory of a process in bytes; 0 when it is gone."""
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * PAGE if fields else 0


def private(pid: int) -> int:
    """Memory of a process that no other shares, in bytes: of a forked one, what it has written since."""
    lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def stat(pid: int) -> list[str]:
    """State, parent, process group … of a process as in /proc/PID/stat; empty when it is gone."""
    return _read(f"/proc/{pid}/stat").rpartition(")")[2].split()


def started(pid: int) -> int:
    """Start of a process, in ticks since that of the machine; 0 when it is gone."""
    fields = stat(pid)
    return int(fields[19]) if fields else 0


def children(pid: int, threads: Iterable[str] | None = None) -> list[int]:
    """Children of a process, or of some of its threads; not those that have ended."""
    pids: list[int] = []
    for thread in _names(f"/proc/{pid}/task") if threads is None else threads:
        pids += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return [child for child in pids if stat(child)[:1] not in ([], ["Z"])]


def descendants(pids: Iterable[int]) -> list[int]:
    """These processes, their children, and so on."""
    family = list(dict.fromkeys(pids))
    for pid in family:
        family += [child for child in children(pid) if child not in family]
    return family


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 (every import costs each worker)
            return file.read()
    except OSError:
        return ""


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)  # noqa: PTH208 (likewise)
    except OSError:
        return []


class Clock:
    """Seconds in which this process, and the one that it watches, could run."""

    def __init__(self) -> None:
        self.seconds = self.stopped = 0.0
        self._last = time.monotonic()

    def look(self, worker: int) -> None:
        """Count the time since the last look, by the state of the worker."""
        now = time.monotonic()
        step, self._last = now - self._last, now
        if step > GAP:
            return
        if stat(worker)[:1] in (["T"], ["t"]):
            self.stopped += step
        else:
            self.seconds += step


class Family:
    """The processes that a worker has begun, as far as they were seen."""

    def __init__(self, worker: int) -> None:
        self.worker = worker
        self.group = (stat(worker)[2:3] or [str(worker)])[0]  # of one that is gone already: its own
        self.begun: dict[int, str] = {}  # when each began, which tells it from a later one with its number
        self.memory = 0  # of them, in bytes
        self.pipe = _target("/proc/self/fd/0")
        self.limit = limit if (limit := limit_mark(worker)) and int(limit) >> 32 == marked(worker) >> 32 else ""
        self._looked = 0.0

    def look(self) -> None:
        """See who is there, not more often than needed."""
        if time.monotonic() < self._looked + FAMILY:
            return
        self._looked = time.monotonic()
        self.group = (stat(self.worker)[2:3] or [self.group])[0]
        alive = [pid for pid in descendants([self.worker])[1:] if pid != os.getpid()]
        self.begun |= {pid: began for pid in alive if (began := _began(pid))}
        self.memory = sum(map(private, alive))

    def end(self) -> None:
        """Kill what is left of it, once the worker is gone; also those that were begun just before, and never seen."""
        left = {pid for pid, began in self.begun.items() if _began(pid) == began}
        left |= {int(pid) for pid in _names("/proc") if pid.isdigit() and self._belongs(int(pid))} - {os.getpid()}
        trackers = {pid for pid in left if TRACKER in _read(f"/proc/{pid}/cmdline")}
        kill(left - trackers)
        deadline = time.monotonic() + GAP
        while any(stat(pid)[:1] not in ([], ["Z"]) for pid in trackers) and time.monotonic() < deadline:
            time.sleep(POLL)
        kill(trackers)

    def _belongs(self, pid: int) -> bool:
        """True in the group of the worker, with a mark of it, or with its end of the pipe from it, as forks have."""
        if str(self.group) == str(self.worker) and stat(pid)[2:3] == [str(self.group)]:
            return True
        if (mark := os.environ.get(MARK)) and f"{MARK}={mark}\0" in _read(f"/proc/{pid}/environ"):
            return True
        if self.limit and limit_mark(pid) == self.limit:
            return True
        files = (f"/proc/{pid}/fd/{name}" for name in _names(f"/proc/{pid}/fd"))
        return any(_target(file) == self.pipe for file in files)


def marked(worker: int) -> int:
    """A limit that no process has but a worker with this number, and what it begins."""
    return 2**62 + (worker << 32) + time.time_ns() % 2**32


def limit_mark(pid: int) -> str:
    """The number by which the children of a worker are recognised; empty without one."""
    lines = _read(f"/proc/{pid}/limits").splitlines()
    values = [line.removeprefix(LIMIT_MARK).split()[0] for line in lines if line.startswith(LIMIT_MARK)]
    return values[0] if values and values[0].isdigit() else ""


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115 (every import costs each worker)
    except OSError:
        return ""


def _began(pid: int) -> str:
    return (stat(pid)[19:20] or [""])[0]


def kill(pids: Iterable[int]) -> list[int]:
    """Kill processes with all that they have begun; return their numbers. They are stopped first: none begins more."""
    alive: list[int] = []
    roots = tuple(pids)
    while more := [pid for pid in descendants((*roots, *alive)) if pid not in alive]:
        for pid in more:
            _send(pid, signal.SIGSTOP)
        alive += more
    for pid in alive:
        _send(pid, signal.SIGKILL)
    return alive


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:  # it is gone
        return


def main() -> None:
    """Watch until the worker has ended, or has been killed; then end what it has left."""
    # Its own mark names the worker; its parent may be another process by now, if the worker died at once.
    worker = int(os.environ[MARK].partition("-")[0]) if MARK in os.environ else os.getppid()
    family = Family(worker)
    watch(worker, family)
    deadline = time.monotonic() + GAP
    while os.getppid() == worker and time.monotonic() < deadline:
        time.sleep(0.01)
    if os.getppid() != worker:
        family.end()


class Messages:
    """Lines that the worker writes: that a trial begins, and that it ended."""

    def __init__(self) -> None:
        self.source = 0  # standard input
        self._buffer, self._lines = b"", list[bytes]()
        self.has_ended = False  # the worker's end of the pipe is closed

    def arrived(self, timeout: float = 0.0) -> bool:
        """Wait for more of them; True if there are any, or there will be none."""
        if not self._lines and not self.has_ended and select.select([self.source], [], [], timeout)[0]:
            chunk = os.read(self.source, 65536)
            self.has_ended = not chunk
            *self._lines, self._buffer = (self._buffer + chunk).split(b"\n")
        return bool(self._lines) or self.has_ended

    def last(self) -> dict[str, object]:
        """The trial that runs now; {} for none."""
        lines, self._lines = self._lines, []
        return json.loads(lines[-1] or b"{}")


def watch(worker: int, family: Family) -> None:
    """Enforce the limits of one trial after the other, as they are told."""
    trial: dict[str, object] = {}
    clock, messages = Clock(), Messages()
    while os.getppid() == worker:
        if messages.arrived(POLL if trial else IDLE):
            if messages.has_ended:
                return
            trial, clock = messages.last(), Clock()
        if not trial:
            continue
        clock.look(worker)
        family.look()
        verdict = judge(trial, clock, resident(worker) + family.memory)
        if verdict and end(worker, str(trial["crash_file"]), verdict, messages):
            return


def judge(trial: dict[str, object], clock: Clock, memory: int) -> dict[str, object] | None:
    """Return the limit that the trial has exceeded, or None."""
    if (limit := trial.get("seconds")) and clock.seconds >= float(limit):  # type: ignore[arg-type]
        return {"limit": "seconds", "was": clock.seconds}
    if trial.get("seconds") and clock.stopped >= STOPPED:
        return {"limit": "stopped", "was": clock.stopped}
    if (limit := trial.get("bytes")) and memory > int(limit):  # type: ignore[call-overload]
        return {"limit": "bytes", "was": memory}
    return None


def end(worker: int, crash_file: str, verdict: dict[str, object], messages: Messages) -> bool:
    """Kill the worker, after it could write its traceback (faulthandler, on SIGUSR2), unless the trial has ended.

    It is stopped for each look at what it wrote: a worker that runs may be in its next trial a moment later.
    """
    if verdict["limit"] == "seconds":
        if not _halted(worker, messages):
            return False
        _send(worker, signal.SIGUSR2)
        _send(worker, signal.SIGCONT)
        time.sleep(0.2)
    if not _halted(worker, messages):
        return False
    if crash_file:
        with open(crash_file + ".verdict", "w") as file:  # noqa: PTH123
            json.dump(verdict, file)
    _send(worker, signal.SIGKILL)
    return True


def _halted(worker: int, messages: Messages) -> bool:
    """Stop the worker in its trial; one whose trial has ended goes on."""
    _send(worker, signal.SIGSTOP)
    deadline = time.monotonic() + GAP
    while stat(worker)[:1] not in ([], ["T"], ["t"], ["Z"]) and time.monotonic() < deadline:
        time.sleep(0.001)  # it stops at the end of a call of the system
    if messages.arrived():
        _send(worker, signal.SIGCONT)
        return False
    return True


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
