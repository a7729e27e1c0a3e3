"""Ctrl-C once and twice, and SIGTERM, as a terminal and a cluster send them."""

import time
from pathlib import Path

import pytest

from tests.support import sweeps
from tests.support.drivers import SIGINT, SIGTERM, Driver, complete, rows

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(200)]

PAUSE = 0.5
EXECUTORS = ["inline", "ray"]


@pytest.fixture
def start(tmp_path: Path):
    """Starts a sweep of many trials of half a second, and waits until one has ended, or is at its fault."""

    def start(executor: str, how: str = "well") -> Driver:
        content = sweeps.spec(
            sweeps.catalog(tmp_path / "catalog", minutes=2), {"strategy.buys": list(range(1, 200))},
            limits={"trial_timeout": "60s"},
            execution={"replay": "isolated"},  # a pack of 64 would be in flight at once
        )  # fmt: skip
        begun = tmp_path / "begun"
        content["strategy"]["config"] = {"pause": PAUSE, "how": how, "begun": "" if how == "well" else str(begun)}
        spec = sweeps.write(tmp_path / "spec.yaml", content)
        driver = Driver(
            "run",
            spec,
            "--runs-dir",
            tmp_path / "runs",
            "--executor",
            executor,
            "--workers",
            2,
            "--tracking-uri",
            "none",
        )
        driver.until(lambda: complete(tmp_path / "runs") if how == "well" else begun.exists())
        return driver

    return start


def assert_can_go_on(runs: Path, errors: str) -> None:
    """Ended trials are in the tables, those in flight are not; the command to go on with is printed."""
    import pandas as pd

    (folder,) = (path.parent for path in runs.glob("*/ledger.sqlite"))
    assert f"the ledger is whole; go on with: sweep resume {folder.name} --runs-dir {runs}" in errors
    assert "Traceback" not in errors
    table = pd.read_parquet(folder / "trials.parquet")
    assert set(table[table.state == "COMPLETE"].number) == set(complete(runs))
    assert not rows(runs)[0].reason


@pytest.mark.parametrize("executor", EXECUTORS)
def test_ctrl_c_once_lets_the_running_trials_end_and_starts_no_more(start, tmp_path, executor):
    driver = start(executor)
    before = len(complete(tmp_path / "runs"))
    driver.send(SIGINT, group=True)
    code, _, errors = driver.end()
    assert code == 130, errors
    assert "no more trials are started" in errors
    slots = 1 if executor == "inline" else 2
    assert before <= len(complete(tmp_path / "runs")) <= before + 2 * slots  # one that ended meanwhile, one that ran
    assert_can_go_on(tmp_path / "runs", errors)
    assert driver.is_alone()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_ctrl_c_twice_stops_now(start, tmp_path, executor):
    driver = start(executor, how="loop")
    driver.send(SIGINT, group=True)
    time.sleep(2.0)  # two signals at once may arrive as one
    assert driver.process.poll() is None
    driver.send(SIGINT, group=True)
    code, _, errors = driver.end()
    assert code == 130, errors
    assert "stopping now" in errors
    assert_can_go_on(tmp_path / "runs", errors)
    assert driver.is_alone()


@pytest.mark.parametrize("executor", EXECUTORS)
def test_sigterm_stops_now_also_in_a_trial_that_never_ends(start, tmp_path, executor):
    driver = start(executor, how="loop")
    time.sleep(0.7)
    began = time.monotonic()
    driver.send(SIGTERM)
    code, _, errors = driver.end()
    assert code == 130, errors
    assert time.monotonic() - began < 20  # 3 s on a machine that does nothing else (docs/reliability.md)
    assert_can_go_on(tmp_path / "runs", errors)
    assert {row.state for row in rows(tmp_path / "runs").values()} == {None}  # in flight, to be run again; not FAILED
    assert driver.is_alone()


def test_a_resume_after_sigterm_completes_the_sweep(start, tmp_path):
    driver = start("inline")
    driver.send(SIGTERM)
    driver.end()
    before = complete(tmp_path / "runs")
    content = sweeps.spec(str(tmp_path / "catalog"), {"strategy.buys": list(range(1, len(before) + 3))})
    content["strategy"]["config"] = {"pause": PAUSE, "how": "well", "begun": ""}
    spec = sweeps.write(tmp_path / "spec.yaml", content)
    again = Driver("run", spec, "--runs-dir", tmp_path / "runs", "--executor", "inline", "--tracking-uri", "none")
    code, _, errors = again.end()
    assert code == 0, errors
    after = complete(tmp_path / "runs")
    assert len(after) >= len(before) + 2
    assert {n: (row.attempt, row.ended) for n, row in after.items() if n in before} == {
        n: (row.attempt, row.ended) for n, row in before.items()
    }
