"""A process of Ray on this machine dies: the sweep ends at once with a sentence, nothing runs on, it goes on later."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support import drivers, sweeps
from tests.support.drivers import Driver

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

TRIALS = 8


@pytest.mark.parametrize("victim", ["gcs/gcs_server", "raylet/raylet", "agent_stub.py"])
def test_the_sweep_ends_whole_and_goes_on(victim, tmp_path: Path):
    content = sweeps.spec(
        sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": list(range(1, TRIALS + 1))}
    )
    content["strategy"]["config"] = {"pause": 0.7}
    spec, runs = sweeps.write(tmp_path / "spec.yaml", content), tmp_path / "runs"
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    driver = Driver("run", spec, "--runs-dir", runs, "--workers", 1, "--tracking-uri", uri)
    driver.until(lambda: len(drivers.complete(runs)) >= 2)
    pids = of(driver, victim)
    assert pids
    began = time.monotonic()
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    code, _, errors = driver.end(60)
    assert code == 1 and time.monotonic() - began < 30
    last = errors.strip().splitlines()[-1]
    assert "on this machine ended: was it killed?" in last and f"sweep resume {drivers.only(runs).id}" in last, errors
    assert "Traceback" not in errors and driver.is_alone(30), driver.left()
    before = drivers.complete(runs)
    again = Driver("resume", drivers.only(runs).id, "--runs-dir", runs, "--executor", "inline", "--no-tracking")
    assert again.end()[0] == 0
    after = drivers.complete(runs)
    assert len(after) == TRIALS and all(after[n].attempt == row.attempt for n, row in before.items())


def of(driver: Driver, name: str) -> list[int]:
    """The processes with this name that came of a driver."""
    pids: list[int] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"{drivers.MARK}={driver.mark}".encode() in (place / "environ").read_bytes()
            if is_ours and name.encode() in (place / "cmdline").read_bytes().split(b" ")[0]:
                pids.append(int(place.name))
        except OSError:
            continue
    return pids
