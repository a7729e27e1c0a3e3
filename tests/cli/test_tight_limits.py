"""Limits of a shell: real ones, which a child process takes upon itself."""

import subprocess
import sys

import pytest

from sweep.cli import tight_limits

ASK = "import resource, os; {}; from sweep.cli.tight_limits import sentences; print(*sentences(), sep='\\n')"
MEMORY = "resource.setrlimit(resource.RLIMIT_AS, ({0}, {0}))"
TASKS = "resource.setrlimit(resource.RLIMIT_NPROC, ({0}, {0})); os.geteuid = lambda: {1}"
LIMIT = "resource.setrlimit(resource.RLIMIT_{0}, ({1}, {1}))"


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ("pass", ""),
        (MEMORY.format(2 * 2**30), "this shell allows 2 GiB (ulimit -v)"),
        (MEMORY.format(tight_limits.ADDRESSES), ""),
        (TASKS.format(3, 1000), "this shell allows 3 processes and threads (ulimit -u)"),
        (TASKS.format(3, 0), ""),
        (TASKS.format(tight_limits.TASKS, 1000), ""),
        (LIMIT.format("NOFILE", 20), "this shell allows 20 open files (ulimit -n)"),
        (LIMIT.format("NOFILE", tight_limits.OPEN), ""),
        (LIMIT.format("FSIZE", 10**6), "this shell allows files of 0.95 MiB (ulimit -f)"),
        (LIMIT.format("FSIZE", tight_limits.SIZE), ""),
        (LIMIT.format("CPU", 6), "this shell ends a process after 6 s of CPU time (ulimit -t)"),
        (LIMIT.format("CPU", tight_limits.SECONDS), ""),
    ],
)
def test_a_limit_that_is_too_low_is_named_with_its_remedy(limit: str, sentence: str):
    command = [sys.executable, "-c", ASK.format(limit)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout.strip()
    assert output.startswith(sentence)
    assert bool(output) == bool(sentence)
    assert ("; raise it: ulimit -" in output) == bool(sentence)
