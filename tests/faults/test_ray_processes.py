"""A process of Ray on this machine dies: the sweep ends at once with a sentence, nothing runs on, it goes on later."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support import drivers, ray_head, sweeps
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


def test_the_head_of_a_cluster_dies(tmp_path: Path, monkeypatch):
    """Ray itself ends the driver after a minute, without a word of ours."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": [1, 2, 3, 4]})
    content["strategy"]["config"] = {"pause": 0.7}
    spec, runs = sweeps.write(tmp_path / "spec.yaml", content), tmp_path / "runs"
    with ray_head.started(cpus=1) as head:
        uri = f"sqlite:///{tmp_path}/mlflow.db"
        driver = Driver("run", spec, "--runs-dir", runs, "--address", head.gcs, "--tracking-uri", uri)
        driver.until(lambda: drivers.complete(runs))
        (gcs,) = processes(head.place.name, "gcs/gcs_server")
        os.kill(gcs, signal.SIGKILL)
        code, _, err = driver.end(150)
    last = err.strip().splitlines()[-1]
    assert code == 1 and "the head of the cluster does not answer any more" in last, err
    assert f"sweep resume {drivers.only(runs).id}" in last and "Traceback" not in err
    assert driver.is_alone(30), driver.left()


def of(driver: Driver, name: str) -> list[int]:
    """The processes with this name that came of a driver."""
    return processes(driver.mark, name)


def processes(mark: str, name: str) -> list[int]:
    """The processes with this name and mark."""
    pids: list[int] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"{drivers.MARK}={mark}".encode() in (place / "environ").read_bytes()
            if is_ours and name.encode() in (place / "cmdline").read_bytes().split(b" ")[0]:
                pids.append(int(place.name))
        except OSError:
            continue
    return pids
