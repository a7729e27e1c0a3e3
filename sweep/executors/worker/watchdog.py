"""Watchdog process of a worker: a loop in Rust that holds the GIL stops the worker's threads, but not this process.

Run as a script with nothing but the standard library, so that it costs little. Reads one JSON line when a trial begins,
{"crash_file": PATH, "seconds": LIMIT or null, "bytes": LIMIT or null}, and an empty one when it ends. At a limit it
writes the verdict to PATH.verdict and kills the worker.
"""

import json
import os
import select
import signal
import sys
import time

POLL = 0.05  # seconds between checks; a trial can overshoot by what it allocates in that time
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(pid: int) -> int:
    """Resident memory of a process in bytes; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/statm") as file:  # noqa: PTH123 (every import costs each worker)
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError, ValueError):
        return 0


def main() -> None:
    """Watch until the worker has ended, or has been killed."""
    worker = os.getppid()
    trial: dict[str, object] = {}
    buffer, begun = b"", 0.0
    while os.getppid() == worker:
        readable, _, _ = select.select([0], [], [], POLL if trial else 5.0)
        if readable:
            if not (chunk := os.read(0, 65536)):
                return
            buffer += chunk
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                trial, begun = json.loads(line or b"{}"), time.monotonic()
        if trial and (verdict := judge(trial, time.monotonic() - begun, resident(worker))):
            kill(worker, str(trial["crash_file"]), verdict)
            return


def judge(trial: dict[str, object], seconds: float, memory: int) -> dict[str, object] | None:
    """Return the limit that the trial has exceeded, or None."""
    if (limit := trial.get("seconds")) and seconds >= float(limit):  # type: ignore[arg-type]
        return {"limit": "seconds", "was": seconds}
    if (limit := trial.get("bytes")) and memory > int(limit):  # type: ignore[call-overload]
        return {"limit": "bytes", "was": memory}
    return None


def kill(worker: int, crash_file: str, verdict: dict[str, object]) -> None:
    """Let the worker write its traceback (faulthandler, on SIGUSR2), then kill it."""
    with open(crash_file + ".verdict", "w") as file:  # noqa: PTH123
        json.dump(verdict, file)
    if verdict["limit"] == "seconds":
        os.kill(worker, signal.SIGUSR2)
        time.sleep(0.2)
    os.kill(worker, signal.SIGKILL)


if __name__ == "__main__":
    try:
        main()
    except (ProcessLookupError, KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)
