"""The end of processes where something was left open: real ones, with real threads."""

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from sweep.executors.worker import process_end
process_end.GRACE = 0.3
try:
    with process_end.noticing("trial 7"):
        LEAVE
    print("flushed later", end="")
    sys.exit(3)
finally:
    process_end.limit(3)
"""
LEFT = {
    "thread": ("threading.Thread(target=time.sleep, args=(600,), name='poll').start()", "trial 7 (thread poll)"),
    "pool": ("ThreadPoolExecutor(1, 'pool').submit(time.sleep, 600)", "trial 7 (thread pool_0)"),
    "function": ("atexit.register(time.sleep, 600)", "trial 7 (a function of atexit)"),
}


@pytest.mark.parametrize("kind", LEFT)
def test_a_process_ends_whatever_was_left_open_and_says_by_whom(kind: str):
    leave, sentence = LEFT[kind]
    command = [sys.executable, "-c", PROGRAM.replace("LEAVE", leave)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (process.returncode, process.stdout) == (3, "flushed later")
    assert process.stderr == f"sweep: ended, although something was left open by {sentence}\n"


@pytest.mark.parametrize(
    "leave",
    [
        "pass",
        "threading.Thread(target=int).start()",
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
        "atexit.register(print, 'x', file=sys.stderr)",
    ],
)
def test_a_process_that_ends_by_itself_says_nothing(leave: str):
    command = [sys.executable, "-c", PROGRAM.replace("LEAVE", leave).replace("0.3", "60")]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (process.returncode, process.stdout) == (3, "flushed later")
    assert process.stderr == ("x\n" if "atexit" in leave else "")
