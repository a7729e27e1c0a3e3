"""Machines that are paused while a sweep runs: no limit counts that time, and it is said."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sweep.executors.worker import watchdog
from tests.support import sweeps

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

LIMIT, PAUSE = 6, 12
DRIVER = """
import json, sys
from sweep.runner.plan import plan
from sweep.runner.sweep_run import RunOptions, run
from pathlib import Path
outcome = run(plan(sys.argv[1]), RunOptions(runs_dir=Path(sys.argv[2]), workers=2, tracking=False, say=print))
with outcome.report.folder.open() as ledger:
    print(json.dumps([[r.state, r.reason, r.attempt] for r in ledger.rows()]))
"""


def start(place: Path, space: dict[str, list[str]]) -> subprocess.Popen[str]:
    content = sweeps.spec(
        sweeps.catalog(place / "catalog", minutes=2), space, limits={"trial_timeout": f"{LIMIT}s", "retries": 0}
    )
    spec = sweeps.write(place / "spec.yaml", content)
    command = [sys.executable, "-c", DRIVER, str(spec), str(place / "runs")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def wait_for(paths: list[Path]) -> None:
    deadline = time.monotonic() + 120
    while not all(path.exists() for path in paths):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def signalled(pids: list[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)


@pytest.mark.parametrize("whose", ["all", "driver", "workers", "one worker", "raylet"])
def test_a_pause_of_any_part_fails_no_trial(tmp_path: Path, whose: str):
    """`docker pause` and a sleeping machine stop all processes, Ctrl-Z the driver, a debugger a worker."""
    begun = [tmp_path / name for name in ("a", "b")]
    with start(tmp_path, {"strategy.begun": [str(path) for path in begun], "strategy.how": ["nap"]}) as driver:
        wait_for(begun)
        pids = watchdog.descendants([driver.pid])
        names = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids}
        workers = [pid for pid, name in names.items() if name.startswith(b"ray::trial")]
        raylet = [pid for pid, name in names.items() if name.partition(b"\0")[0].endswith(b"/raylet")]
        groups = {"all": pids, "driver": [driver.pid], "workers": workers, "one worker": workers[:1], "raylet": raylet}
        paused = groups[whose]
        assert paused
        signalled(paused, signal.SIGSTOP)
        time.sleep(PAUSE)
        signalled(paused, signal.SIGCONT)
        output, _ = driver.communicate(timeout=120)
    *lines, last = output.splitlines()
    assert json.loads(last) == [["COMPLETE", None, 1]] * 2
    assert any("stood still for" in line for line in lines) == (whose in ("all", "driver")), output
