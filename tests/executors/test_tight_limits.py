"""Limits of a shell: real ones, which a child process takes upon itself."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweep.executors import tight_limits
from tests.support import sweeps

ASK = "import resource, os; {}; from sweep.executors.tight_limits import problems; print(*problems(2), sep='\\n')"
MEMORY = "resource.setrlimit(resource.RLIMIT_AS, ({0}, {0}))"
TASKS = "resource.setrlimit(resource.RLIMIT_NPROC, ({0}, {0})); os.getuid = lambda: {1}"
LIMIT = "resource.setrlimit(resource.RLIMIT_{0}, ({1}, {1}))"
NEED = tight_limits.TASKS + 2 * tight_limits.TASKS_OF_WORKER
NOBODY_HAS = 54_321  # a user without processes


def ask(limit: str, question: str = ASK) -> str:
    command = [sys.executable, "-c", question.format(limit)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout.strip()


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ("pass", ""),
        (MEMORY.format(4 * 2**30), "Ray: this shell allows 4 GiB (ulimit -v)"),
        (MEMORY.format(tight_limits.ADDRESSES), ""),
        (TASKS.format(NEED - 1, NOBODY_HAS), f"Ray: this shell allows {NEED - 1} processes and threads"),
        (TASKS.format(NEED, NOBODY_HAS), ""),
        (TASKS.format(3, 0), ""),
        (LIMIT.format("NOFILE", 20), "Ray: this shell allows 20 open files (ulimit -n)"),
        (LIMIT.format("NOFILE", tight_limits.OPEN), ""),
        (LIMIT.format("FSIZE", 10**6), "Ray: this shell allows files of 0.95 MiB (ulimit -f)"),
        (LIMIT.format("FSIZE", tight_limits.SIZE), ""),
    ],
)
def test_a_limit_that_is_too_low_for_ray_is_named_with_its_remedy(limit: str, sentence: str):
    output = ask(limit)
    assert output.startswith(sentence)
    assert bool(output) == bool(sentence)
    assert ("; raise it: ulimit -" in output) == bool(sentence)


def test_processes_and_threads_that_the_user_has_already_count():
    """A limit that is enough for Ray alone made its start hang for ever beside other programs."""
    threads = "import threading, time; [threading.Thread(target=time.sleep, args=(60,)).start() for _ in range(600)]"
    with subprocess.Popen(
        [sys.executable, "-c", f"{threads}; print(flush=True)"], stdout=subprocess.PIPE, start_new_session=True
    ) as other:
        assert other.stdout
        other.stdout.readline()
        mine = "import os; count = __import__('sweep.executors.tight_limits').executors.tight_limits._tasks_of_others()"
        before = int(ask("", f"{mine}; print(count)"))
        other.kill()
        other.wait()
    time.sleep(0.2)
    assert 300 < before - int(ask("", f"{mine}; print(count)")) < 900  # other programs come and go


@pytest.mark.parametrize(("limit", "starts"), [(2.0, "this shell allows 2 GiB (ulimit -v)"), (3.5, "")])
def test_a_process_that_cannot_run_trials_itself_is_refused(limit: float, starts: str):
    question = "import resource; {}; from sweep.executors.tight_limits import refusal; print(refusal())"
    assert (output := ask(MEMORY.format(int(limit * 2**30)), question)).startswith(starts)
    assert bool(output) == bool(starts)


def test_a_limit_of_cpu_time_is_a_warning():
    question = "import resource; {}; from sweep.executors.tight_limits import warning; print(warning())"
    assert ask(LIMIT.format("CPU", 6), question).startswith("this shell ends a process after 6 s of CPU time (ulimit")
    assert not ask(LIMIT.format("CPU", tight_limits.SECONDS), question)


@pytest.mark.parametrize(
    ("limit", "option"),
    [("ulimit -v 2000000", "-v"), ("ulimit -v 4000000", "-v"), ("ulimit -f 1000", "-f"), ("ulimit -n 50", "-n")],
)
def test_the_command_ends_with_2_and_one_sentence_before_anything_begins(limit: str, option: str, tmp_path: Path):
    process = run_below(limit, tmp_path)
    assert process.returncode == 2, process.stderr
    assert process.stderr.count(f"(ulimit {option})") == 1
    assert "Traceback" not in process.stderr
    assert not (tmp_path / "runs").exists()


def test_a_limit_below_what_ray_needs_lets_inline_run(tmp_path: Path):
    process = run_below("ulimit -v 4000000", tmp_path, "--executor inline")
    assert process.returncode == 0, process.stderr


def run_below(limit: str, place: Path, options: str = "") -> "subprocess.CompletedProcess[str]":
    """`sweep run` of one trial in a shell with a limit."""
    content = sweeps.spec(sweeps.catalog(place / "c", minutes=2), {"strategy.buys": [1]})
    spec = sweeps.write(place / "s.yaml", content)
    command = f'{limit}; exec "{sys.executable}" -m sweep run "{spec}" --no-tracking {options}'
    return subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True, timeout=100, cwd=place)
