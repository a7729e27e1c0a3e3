"""The process that watches a worker from outside."""

import json
import mmap
import os
import signal
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
    ("trial", "seconds", "stopped", "memory", "verdict"),
    [
        ({"seconds": 2, "bytes": None}, 1.9, 0, 10**12, None),
        ({"seconds": 2, "bytes": None}, 2.0, 0, 0, "seconds"),
        ({"seconds": 2, "bytes": None}, 1.9, 599, 0, None),
        ({"seconds": 2, "bytes": None}, 1.9, 600, 0, "stopped"),
        ({"seconds": None, "bytes": 100}, 1e9, 1e9, 100, None),
        ({"seconds": None, "bytes": 100}, 0.0, 0, 101, "bytes"),
        ({"seconds": None, "bytes": None}, 1e9, 1e9, 10**12, None),
    ],
)
def test_a_limit_holds_until_it_is_passed(trial, seconds, stopped, memory, verdict):
    clock = watchdog.Clock()
    clock.seconds, clock.stopped = seconds, stopped
    breach = watchdog.judge(trial, clock, memory)
    assert (breach or {}).get("limit") == verdict


def test_a_clock_counts_neither_pauses_nor_the_time_in_which_the_worker_is_stopped(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now[0])
    with subprocess.Popen(["sleep", "60"]) as worker:
        clock = watchdog.Clock()
        for step in (1.0, 1.5, 3600.0):  # the last is a pause of this process
            now[0] += step
            clock.look(worker.pid)
        assert (clock.seconds, clock.stopped) == (2.5, 0.0)
        worker.send_signal(signal.SIGSTOP)
        while watchdog.stat(worker.pid)[0] != "T":
            time.sleep(0.01)
        now[0] += 1.0
        clock.look(worker.pid)
        assert (clock.seconds, clock.stopped) == (2.5, 1.0)
        worker.kill()


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
    process = subprocess.run(
        [sys.executable, "-c", code, watchdog.__file__, str(tmp_path / "crash_file")], timeout=60, check=False
    )
    assert process.returncode == -9
    assert json.loads((tmp_path / "crash_file.verdict").read_text())["limit"] == limit


IN_TIME = """
import json, os, signal, subprocess, sys, time
guard = subprocess.Popen([sys.executable, "-S", "-E", sys.argv[1]], stdin=subprocess.PIPE)
def tell(message):
    guard.stdin.write(json.dumps(message).encode() + b"\\n" if message else b"\\n")
    guard.stdin.flush()
def next_trial(*_):
    tell({})
    signal.signal(signal.SIGUSR2, signal.SIG_DFL)
    tell({"crash_file": sys.argv[2] + ".next", "seconds": 60, "bytes": None})
signal.signal(signal.SIGUSR2, next_trial)
tell({"crash_file": sys.argv[2], "seconds": 0.3, "bytes": None})
end = time.monotonic() + 1.2
while time.monotonic() < end:
    time.sleep(0.01)
print(open(f"/proc/{os.getpid()}/stat").read().split()[2])
"""


def test_a_trial_that_ends_between_verdict_and_kill_costs_the_next_one_nothing(tmp_path):
    """The worker has begun its next trial 0.2 s before it would be killed for the one before."""
    command = [sys.executable, "-c", IN_TIME, watchdog.__file__, str(tmp_path / "a.crash")]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (process.returncode, process.stdout) == (0, "R\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("limit", ["seconds", "bytes"])
def test_a_worker_that_has_told_of_its_end_is_let_go(tmp_path, monkeypatch, limit):
    messages = watchdog.Messages()
    reading, writing = os.pipe()
    monkeypatch.setattr(messages, "source", reading)
    os.write(writing, b"\n")
    with subprocess.Popen(["sleep", "60"]) as worker:
        assert not watchdog.end(worker.pid, str(tmp_path / "a.crash"), {"limit": limit, "was": 1}, messages)
        while watchdog.stat(worker.pid)[0] == "T":
            time.sleep(0.01)
        assert worker.poll() is None
        assert messages.last() == {}
        assert watchdog.end(worker.pid, str(tmp_path / "a.crash"), {"limit": limit, "was": 1}, messages)
        assert worker.wait(10) in (-signal.SIGKILL, -signal.SIGUSR2)
    os.close(reading), os.close(writing)
    assert json.loads((tmp_path / "a.crash.verdict").read_text())["limit"] == limit


FAMILY = """
import json, os, subprocess, sys, time
from sweep.executors.worker import crash_recorder
crash_recorder._mark_children()
guard = subprocess.Popen([sys.executable, "-S", "-E", sys.argv[1]], stdin=subprocess.PIPE, start_new_session=True)
guard.stdin.write(b'{"crash_file": "", "seconds": 60, "bytes": null}\\n')
guard.stdin.flush()
time.sleep(float(sys.argv[2]))
def child(act):
    if (pid := os.fork()) == 0:
        act()
        time.sleep(600)
    return pid
def daemon():
    os.setsid()
    if pid := os.fork():
        print(pid, flush=True)
        os._exit(0)
print(child(lambda: None), flush=True)
os.waitpid(child(daemon), 0)
print(subprocess.Popen(["sleep", "600"], start_new_session=True).pid, flush=True)
apart = ["env", "-i", "setsid", "sh", "-c", "sleep 600 >/dev/null 2>&1 & echo $!"]
print(subprocess.run(apart, stdout=subprocess.PIPE, text=True).stdout.strip(), flush=True)
time.sleep(float(sys.argv[3]))
os.abort()
"""


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.0), (0.5, 0.6)], ids=["at once", "when they were seen"])
def test_when_its_worker_has_died_all_that_it_has_begun_is_killed(before: float, after: float):
    """A fork, a daemon of nobody, a program: with the worker's files they would keep others from seeing its death."""
    command = [sys.executable, "-c", FAMILY, watchdog.__file__, str(before), str(after)]
    process = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    assert process.returncode == -signal.SIGABRT
    left = [int(pid) for pid in process.stdout.split()]
    assert len(left) == 4
    deadline = time.monotonic() + 20
    while any(map(is_alive, left)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, left))


LIMITED = """
import os, resource, signal
from sweep.executors.worker.watchdog import marked
resource.setrlimit(resource.RLIMIT_RTTIME, ({}, -1))
print(flush=True)
signal.pause()
"""


@pytest.mark.parametrize(
    ("limit", "is_mark"), [("200_000", False), ("2**62 + (1 << 32)", False), ("marked(os.getpid())", True)]
)
def test_a_limit_that_others_may_have_is_no_mark(limit: str, is_mark: bool):
    """A whole desktop session may have one; a worker that is begun inside of a trial inherits that of another."""
    code = LIMITED.format(limit)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as worker:
        assert worker.stdout
        worker.stdout.readline()
        assert bool(watchdog.Family(worker.pid).limit) == is_mark
        worker.kill()


def test_memory_of_children_counts_what_only_they_have():
    with mmap.mmap(-1, 160_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
        pages.write(b"x" * 160_000_000)
        ready, written = os.pipe()
        before = watchdog.Family(os.getpid())
        before.look()  # other tests of this process may have left children
        if (child := os.fork()) == 0:
            pages.seek(0)
            pages.write(b"y" * 80_000_000)
            os.write(written, b"!")
            time.sleep(60)
            os._exit(0)
        os.read(ready, 1)
        family = watchdog.Family(os.getpid())
        family.look()
        watchdog.kill([child])
        os.waitpid(child, 0)
        os.close(ready), os.close(written)
    assert child in family.begun
    assert 80_000_000 <= family.memory - before.memory < 150_000_000  # not what it shares with this process


def test_it_ends_with_its_worker():
    code = f"""
import subprocess, sys
guard = subprocess.Popen([sys.executable, "-S", "-E", {watchdog.__file__!r}], stdin=subprocess.PIPE)
print(guard.pid, flush=True)
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    deadline = time.monotonic() + 30
    while is_alive(int(process.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(int(process.stdout))


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
