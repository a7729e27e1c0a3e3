"""Workers, drivers and trials that die, hang and hoard in packs: the sweep is that of isolated trials."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

import sweep
from sweep.errors import Reason
from sweep.executors.batching import RETRIES
from sweep.executors.ray.executor import RayExecutor
from sweep.ledger.ledger import Row
from sweep.results.report import Report
from sweep.runner.control.progress import Progress
from sweep.runner.shared_replay import LEAST
from sweep.trial import SHARED, VERIFIED, State
from tests.faults.test_workers import ancestors
from tests.support import sweeps
from tests.support.drivers import Driver, complete, left_by, only, rows

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]


def spec(place: Path, space: dict[str, Any], config: dict[str, Any], pack: int = 8, **more: Any) -> Path:
    content = sweeps.spec(sweeps.catalog(place / "catalog", minutes=2), space, **more)
    content["strategy"]["config"] = config
    content["execution"] = {"replay": "shared", "pack": pack}
    return sweeps.write(place / "spec.yaml", content)


def isolated(document: Path, place: Path) -> dict[str, Any]:
    """Results of all trials run isolated, one after another, undisturbed."""
    other = sweeps.write(
        place / "calm.yaml", yaml.safe_load(document.read_text()) | {"execution": {"replay": "isolated"}}
    )
    return settled(sweep.run(other, runs_dir=place / "calm", executor="inline", tracking=False))


def settled(report: Report) -> dict[str, Any]:
    with report.folder.open() as ledger:
        return {row.key: (row.state, row.metrics, row.warnings, ledger.trail(row.number)) for row in ledger.rows()}


def of(report: Report) -> list[Row]:
    with report.folder.open() as ledger:
        return list(ledger.rows())


def test_a_worker_killed_in_a_pack_costs_that_pack_its_pass_and_nothing_else(tmp_path: Path):
    document = spec(tmp_path, {"strategy.buys": list(range(1, 17))}, {"pause": 0.5})
    killed: list[int] = []

    def watch(_: Progress) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                runs = (process / "cmdline").read_bytes().startswith(b"ray::trial")
                if runs and not killed and f"{os.getpid()}" in ancestors(int(process.name)):
                    os.kill(int(process.name), signal.SIGKILL)
                    killed.append(int(process.name))

    report = sweep.run(document, runs_dir=tmp_path / "runs", workers=2, tracking=False, watch=watch)
    rows = of(report)
    assert killed
    assert settled(report) == isolated(document, tmp_path)
    assert {row.attempt for row in rows} == {1}  # the driver did not begin any of them anew
    assert {row.replay for row in rows} == {SHARED, VERIFIED}  # halves of the pack were passes again
    assert sum(row.replay == VERIFIED for row in rows) >= LEAST


def test_a_control_trial_whose_worker_is_killed_again_and_again_withdraws_no_packs(tmp_path: Path, monkeypatch):
    document = spec(tmp_path, {"strategy.buys": list(range(1, 9))}, {"pause": 0.5})
    wait, killed = RayExecutor.wait, dict[str, int]()  # workers, and the control trial of each

    def killing(executor: RayExecutor, timeout: float):
        for running in executor.running():
            number = running.trials[0].number
            if number < 0 and {number}.issuperset(killed.values()) and len(killed) <= RETRIES:
                killed[running.worker] = number
                with suppress(ProcessLookupError):
                    os.kill(int(running.worker.rpartition(":")[2]), signal.SIGKILL)
        return wait(executor, timeout)

    monkeypatch.setattr(RayExecutor, "wait", killing)
    report = sweep.run(document, runs_dir=tmp_path / "runs", workers=2, tracking=False)
    assert len(killed) == RETRIES + 1
    assert not report.facts.sharing_refuted
    assert settled(report) == isolated(document, tmp_path)
    assert {row.replay for row in of(report)} == {SHARED, VERIFIED}


def test_a_driver_killed_among_packs_goes_on_where_it_was(tmp_path: Path):
    document, runs = spec(tmp_path, {"strategy.buys": list(range(1, 33))}, {"pause": 0.2}, pack=4), tmp_path / "runs"
    marks: list[str] = []
    for enough in (1, 12, 30):
        driver = Driver("run", document, "--runs-dir", runs, "--workers", 2, "--tracking-uri", "none")
        marks.append(driver.mark)
        driver.until(lambda enough=enough: len(complete(runs)) >= enough)
        driver.kill()
    before = complete(runs)
    assert len(before) >= 30
    assert sum(row.replay == VERIFIED for row in before.values()) < LEAST + 3  # it was killed before the proof's end
    last = Driver("resume", only(runs).id, "--runs-dir", runs, "--workers", 2, "--no-tracking")
    code, _, errors = last.end(200)
    assert code == 0, errors
    now = rows(runs)
    assert {number: (row.metrics, row.attempt) for number, row in before.items()} == {
        number: (now[number].metrics, now[number].attempt) for number in before
    }
    assert settled(Report(only(runs))) == isolated(document, tmp_path)
    assert sum(row.replay == VERIFIED for row in now.values()) >= LEAST
    assert not any(left_by(mark) for mark in [last.mark])


EXPECTED = {
    "well": None,
    "busy": Reason.TIMEOUT,
    "abort": Reason.CRASH,
    "kill": Reason.CRASH,
    "hoard": Reason.MEMORY,
    "error": Reason.STRATEGY,
}


def test_trials_that_hang_crash_and_hoard_in_packs_end_with_their_own_reasons(tmp_path: Path):
    document = spec(
        tmp_path, {"strategy.how": list(EXPECTED), "strategy.seed": [1, 2]}, {}, pack=3,
        limits={"trial_timeout": "10s", "trial_memory": "1500 MiB", "retries": 0},
    )  # fmt: skip
    report = sweep.run(document, runs_dir=tmp_path / "runs", workers=2, tracking=False)
    rows = of(report)
    assert {(row.params["strategy.how"], row.state, row.reason) for row in rows} == {
        (how, State.FAILED if reason else State.COMPLETE, reason) for how, reason in EXPECTED.items()
    }
    assert all(row.replay.startswith("isolated") for row in rows if row.state is State.FAILED)


def test_a_study_that_prunes_is_the_same_in_packs_on_ray_and_alone_in_this_process(tmp_path: Path):
    search = {
        "method": "optuna", "trials": 16, "window": 8, "seed": 5,
        "space": {"strategy.buys": {"low": 1, "high": 60}, "strategy.seed": {"low": 1, "high": 9}},
    }  # fmt: skip
    document = spec(tmp_path, search["space"], {}, search=search | {"pruner": {"type": "median", "rungs": [0.5]}})
    report = sweep.run(document, runs_dir=tmp_path / "runs", workers=2, tracking=False)
    alone = isolated(document, tmp_path)
    assert list(settled(report)) == list(alone)
    assert settled(report) == alone
    assert {State.PRUNED, State.COMPLETE} == {row.state for row in of(report)}
    assert any(row.replay.startswith(SHARED) and row.state is State.PRUNED for row in of(report))
