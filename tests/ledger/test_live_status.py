"""Trials that run and trials that wait are told apart, by the ledger and the driver's own file."""

import pytest

from sweep.ledger.driver_files import Activity, DriverFiles, DriverState
from sweep.ledger.ledger import Ledger
from sweep.ledger.live_status import live_status
from sweep.ledger.run_directory import Folder
from sweep.trial import Result, State

GOOD = Result(State.COMPLETE, {"pnl_total": 1.0}, started=1.0, ended=2.0)


@pytest.fixture
def folder(tmp_path):
    """25 trials of 54 are complete; 29 were handed on."""
    folder = Folder(tmp_path / "made-00000000")
    with Ledger.create(folder.ledger, {"id": folder.id}) as ledger:
        for n in range(54):
            ledger.begin(f"key-{n}", {"a": n})
        ledger.record((n, GOOD) for n in range(25))
    return folder


def read(folder: Folder):
    with folder.open() as ledger:
        return live_status(folder, ledger)


def state(*activities: Activity, phase: str = "running", total: int = 54, ended: int = 25) -> DriverState:
    return DriverState(phase=phase, at=1.0, total=total, done=ended, slots=2, activities=activities)


def test_two_workers_run_two_trials_and_the_others_wait(folder):
    with folder.locked() as run:
        files = DriverFiles(folder, run)
        files.begin()
        files.write(state(*(Activity(worker=f"host:{n}", since=5.0, keys=(f"key-{25 + n}",)) for n in range(2))))
        live = read(folder)
        assert live.trials == {"COMPLETE": 25, "RUNNING": 2, "WAITING": 27}
        assert [(w.worker, list(w.numbers), w.since) for w in live.busy] == [
            ("host:0", [25], 5.0),
            ("host:1", [26], 5.0),
        ]
        assert (live.state, live.is_driven) == ("running", True)
        files.write(state(phase="paused"))
        assert read(folder).trials == {"COMPLETE": 25, "WAITING": 29}
        assert read(folder).state == "paused"


def test_what_has_ended_since_the_driver_wrote_does_not_run(folder):
    with folder.locked() as run:
        files = DriverFiles(folder, run)
        files.begin()
        pack = Activity(worker="host:1", since=5.0, keys=("key-24", "key-25", "key-26"))
        check = Activity(worker="host:2", since=5.0, keys=("key-3",), is_check=True)
        other = Activity(worker="host:3", since=5.0, keys=("of-a-window",))
        ended = Activity(worker="host:4", since=5.0, keys=("key-2",))
        files.write(state(pack, check, other, ended, ended=24))
        live = read(folder)
        assert live.trials == {"COMPLETE": 25, "RUNNING": 2, "WAITING": 27}
        assert [worker.sentence for worker in live.busy] == [
            "trials 25, 26", "trial 3, again alone", "a trial of a walk-forward window",
        ]  # fmt: skip


def test_of_a_study_that_has_asked_for_few_the_others_wait(folder):
    with folder.locked() as run:
        files = DriverFiles(folder, run)
        files.begin()
        files.write(state(total=200, ended=25))
        assert read(folder).trials == {"COMPLETE": 25, "WAITING": 175}


def test_without_a_driver_nothing_runs(folder):
    live = read(folder)
    assert (live.state, live.is_driven, live.busy) == ("interrupted", False, ())
    assert live.trials == {"COMPLETE": 25, "RUNNING": 29}  # RUNNING is the ledger's word; people read "not ended"
    with folder.locked():  # an older version, or `rename`: it tells nothing
        assert (read(folder).state, read(folder).driver) == ("running", None)
