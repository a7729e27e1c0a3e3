"""Workers that are killed from outside, grow, or die after their trial has ended: nobody else suffers."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import sweep
from sweep.ledger.ledger import Row
from sweep.results.report import Report
from sweep.runner.control.progress import Progress
from sweep.trial import State
from tests.support import sweeps
from tests.support.worker_fault_strategy import GROWTH

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

ROOM = GROWTH + 300 * 2**20  # enough for a worker, of about 220 MiB, that grows once, and too little for another trial


def run(place: Path, space: dict[str, Any], config: dict[str, Any], **options: Any) -> Report:
    content = sweeps.spec(
        sweeps.catalog(place / "catalog", minutes=2), space,
        limits={"trial_timeout": "60s", "trial_memory": f"{ROOM // 2**20} MiB", "retries": 3},
        execution={"replay": "isolated"},  # a pack counts no attempt
    )  # fmt: skip
    content["strategy"]["config"] = config
    spec = sweeps.write(place / "spec.yaml", content)
    return sweep.run(spec, runs_dir=place / "runs", workers=2, tracking=False, **options)


def rows(report: Report) -> list[Row]:
    with report.folder.open() as ledger:
        return list(ledger.rows())


def test_a_worker_killed_from_outside_costs_one_attempt_of_one_trial(tmp_path: Path, capfd):
    killed: list[int] = []

    def watch(tally: Progress) -> None:
        if tally.ended > 2 * len(killed) and len(killed) < 3:
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    mine = f"{os.getpid()}" in ancestors(int(process.name))
                    if mine and (process / "cmdline").read_bytes().startswith(b"ray::trial") and not killed[3:]:
                        os.kill(int(process.name), signal.SIGKILL)
                        killed.append(int(process.name))
                        return

    report = run(tmp_path, {"strategy.buys": list(range(1, 25))}, {"pause": 0.4}, watch=watch)
    trials = rows(report)
    assert len(killed) == 3
    assert {row.state for row in trials} == {State.COMPLETE}
    with report.folder.open() as ledger:
        deaths = [a for row in trials for a in ledger.attempts(row.number) if a["state"] == "FAILED"]
    assert 1 <= len(deaths) <= 3  # a worker may have been between two trials
    assert {a["reason"] for a in deaths} == {"worker crash"}
    assert sum(row.attempt - 1 for row in trials) == len(deaths)
    assert all(int(a["worker"].rpartition(":")[2]) in killed for a in deaths)
    assert capfd.readouterr().out == ""  # Ray would remark on it there, amid the results


def ancestors(pid: int) -> set[str]:
    pids: set[str] = set()
    while pid > 1 and str(pid) not in pids:
        pids.add(str(pid))
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pids


def test_a_worker_that_grew_is_replaced_and_one_that_a_trial_still_runs_in(tmp_path: Path):
    """`grow` leaves most of the memory taken, `later` and `timer` abort the process a second after their trial."""
    space = {"strategy.how": ["grow", "well", "later", "timer"], "strategy.seed": [1, 2, 3]}
    report = run(tmp_path, space, {"pause": 0.3})
    trials = rows(report)
    assert {row.state for row in trials} == {State.COMPLETE}, report.reasons()
    assert {row.attempt for row in trials} == {1}  # nobody met a worker that was about to die
    by_worker: dict[str, list[str]] = {}
    for row in sorted(trials, key=lambda r: r.started or 0):
        by_worker.setdefault(row.worker, []).append(str(row.params["strategy.how"]))
    assert all(set(hows[:-1]) <= {"well"} for hows in by_worker.values()), by_worker
    assert len(by_worker) >= 9


def test_what_trials_leave_open_ends_with_them_and_the_next_ones_begin(tmp_path: Path):
    """Pools, forks, daemons and programs with the files of their worker; threads that hold its interpreter for ever."""
    processes, threads = ["pool", "fork", "daemon", "command"], ["threads", "holding"]
    trials = rows(run(tmp_path, {"strategy.how": [*processes, *threads, "well"], "strategy.seed": [1, 2]}, {}))
    assert {row.state for row in trials} == {State.COMPLETE}, [
        (r.number, r.params, r.reason, r.message) for r in trials
    ]
    assert {row.attempt for row in trials} == {1}
    for row in trials:
        how = row.params["strategy.how"]
        programs = ["asked programs or connections"] if how == "command" else []
        left = ["left processes running"] if how in processes else ["left threads running"] if how in threads else []
        expected = programs + left
        assert len(row.warnings) == len(expected), row
        assert all(map(str.startswith, row.warnings, expected)), row
    pids = {row.worker.rpartition(":")[2] for row in trials}
    marks = [f"SWEEP_WORKER={pid}-".encode() for pid in pids]
    assert not [p for p in Path("/proc").glob("[0-9]*") if any(mark in environment(p) for mark in marks)]


def environment(process: Path) -> bytes:
    with suppress(OSError):
        return (process / "environ").read_bytes()
    return b""
