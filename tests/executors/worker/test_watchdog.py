"""The process that watches a worker from outside."""

import json
import mmap
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweep.executors.worker import watchdog

WORKER = """
import json, subprocess, sys, time
guard = subprocess.Popen([sys.executable, "-S", "-E", sys.argv[1]], stdin=subprocess.PIPE)
def tell(message):
    guard.stdin.write(json.dumps(message).encode() + b"\\n" if message else b"\\n")
    guard.stdin.flush()
tell({"crash_file": sys.argv[2], "seconds": 0.1, "bytes": None})
tell({})
time.sleep(0.5)  # between trials no clock runs
kept = []
tell({"crash_file": sys.argv[2], "seconds": LIMIT, "bytes": BYTES})
while True:
    GROW
    time.sleep(0.01)
"""


@pytest.mark.parametrize(
    ("trial", "seconds", "memory", "verdict"),
    [
        ({"seconds": 2, "bytes": None}, 1.9, 10**12, None),
        ({"seconds": 2, "bytes": None}, 2.0, 0, "seconds"),
        ({"seconds": None, "bytes": 100}, 1e9, 100, None),
        ({"seconds": None, "bytes": 100}, 0.0, 101, "bytes"),
        ({"seconds": None, "bytes": None}, 1e9, 10**12, None),
    ],
)
def test_a_limit_holds_until_it_is_passed(trial, seconds, memory, verdict):
    found = watchdog.judge(trial, seconds, memory)
    assert (found or {}).get("limit") == verdict


def test_resident_memory_is_measured_and_that_of_nobody_is_nothing():
    before = watchdog.resident(os.getpid())
    with mmap.mmap(-1, 50_000_000) as pages:  # new ones: an allocator may have some left over
        pages.write(b"x" * 50_000_000)
        assert watchdog.resident(os.getpid()) - before > 40_000_000
    assert watchdog.resident(2**22 + 1) == 0


@pytest.mark.parametrize("limit", ["seconds", "bytes"])
def test_it_kills_what_passes_a_limit_and_says_why(tmp_path, limit):
    """A worker that ignores every signal: asleep for ever, or eating memory."""
    seconds, memory = ("0.3", "None") if limit == "seconds" else ("None", "100_000_000")
    grow = "kept.append(b'x' * 5_000_000)" if limit == "bytes" else "pass"
    code = WORKER.replace("LIMIT", seconds).replace("BYTES", memory).replace("GROW", grow)
    code = "import signal; signal.signal(signal.SIGUSR2, signal.SIG_IGN)\n" + code
    done = subprocess.run(
        [sys.executable, "-c", code, watchdog.__file__, str(tmp_path / "crash_file")], timeout=60, check=False
    )
    assert done.returncode == -9
    assert json.loads((tmp_path / "crash_file.verdict").read_text())["limit"] == limit


def test_it_ends_with_its_worker():
    code = f"""
import subprocess, sys
guard = subprocess.Popen([sys.executable, "-S", "-E", {watchdog.__file__!r}], stdin=subprocess.PIPE)
print(guard.pid, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    deadline = time.monotonic() + 30
    while is_alive(int(done.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(int(done.stdout))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
