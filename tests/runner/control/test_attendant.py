"""A real driver that is paused, continued and stopped from another process, and its thread by itself."""

import json
import os
import time
from types import SimpleNamespace

import sweep
from sweep.executors.base import RunningTrials
from sweep.ledger.driver_files import Activity, DriverFiles
from sweep.ledger.run_directory import Folder
from sweep.runner.control.attendant import Attendant
from sweep.runner.control.progress import Progress
from sweep.runner.control.stop import Stop
from sweep.trial import State, Trial
from tests.support import drivers, sweeps
from tests.support.commands import invoke

TRIALS = 16


def test_pause_resume_and_stop_from_another_terminal(tmp_path):
    space = {"strategy.buys": list(range(1, TRIALS + 1))}
    content = sweeps.spec(sweeps.catalog(tmp_path / "catalog", minutes=2), space)
    content["strategy"]["config"] = {"pause": 0.2}
    path, runs = sweeps.write(tmp_path / "spec.yaml", content), tmp_path / "runs"
    driver = drivers.Driver("run", path, "--runs-dir", runs, "--executor", "inline", "--no-tracking")
    driver.until(lambda: drivers.complete(runs))
    folder = drivers.only(runs)
    where = (folder.id, "--runs-dir", runs)
    begin = time.monotonic()
    assert "is paused" in invoke("pause", *where).stderr
    assert time.monotonic() - begin < 2.0, "a request is honoured within two seconds"
    driver.until(lambda: not (DriverFiles(folder).state() or SimpleNamespace(activities=True)).activities)
    status = json.loads(invoke("status", *where, "--json").stdout)
    ended = status["trials"]["COMPLETE"]
    assert (status["state"], status["running"]) == ("paused", [])
    assert status["trials"] == {"COMPLETE": ended, "WAITING": TRIALS - ended}
    time.sleep(0.6)
    (listed,) = json.loads(invoke("list", "--runs-dir", runs, "--json").stdout)
    assert (listed["state"], listed["trials"]["COMPLETE"]) == ("paused", ended), "a trial began in the pause"
    resumed = invoke("resume", *where, "--json")
    assert "goes on" in resumed.stderr and json.loads(resumed.stdout)["id"] == folder.id
    driver.until(lambda: len(drivers.complete(runs)) > ended)
    message = invoke("stop", *where, "--wait").stderr
    assert "is stopping" in message and f"sweep resume {folder.id} --runs-dir {runs}" in message
    code, _, errors = driver.end()
    assert code == 130
    assert f"go on with: sweep resume {folder.id}" in errors
    lines = [line for line in errors.splitlines() if line.startswith(("paused", "resumed", "told"))]
    assert [line.partition(":")[0] for line in lines] == [
        "paused", "resumed", "told to stop",
    ]  # fmt: skip
    count = len(drivers.complete(runs))
    assert 0 < count < TRIALS
    assert not (folder.path / ".driver").exists()
    assert "does not run: it is interrupted" in invoke("stop", *where).stderr
    again = sweep.run(path, runs_dir=runs, executor="inline", tracking=False)
    assert again.count() == {State.COMPLETE: TRIALS}
    assert all(row.attempt == 1 for row in again.leaders(TRIALS) if row.number < count), "a finished trial ran again"


def test_its_state_is_of_the_last_progress_and_of_what_runs_now(tmp_path):
    folder, stop, messages = Folder(tmp_path / "made-00000000"), Stop(), list[str]()
    pack = RunningTrials("host:7", 3.0, [Trial(-3, "b", {})])
    with folder.locked() as run:
        attendant = Attendant(DriverFiles(folder, run), stop, messages.append)
        attendant.executor = SimpleNamespace(running=lambda: [pack])  # type: ignore[assignment]
        with attendant.attending():
            tally = Progress(9, exact=True, slots=2, ended=4, again=(1, 3))
            attendant.watching(lambda _: None)(tally)
            assert tally.running == 1
            assert DriverFiles(folder).send("pause")
            state = DriverFiles(folder).state()
            assert state
            assert (state.phase, state.total, state.ended) == ("paused", 9, 4)
            assert state.note == "proof: 1 of 3 are run again alone"
            assert state.activities == (Activity(worker="host:7", since=3.0, keys=("b",), is_check=True),)
            assert stop.paused and not messages, "the driver says it, since a trial may redirect stderr meanwhile"
            assert DriverFiles(folder).send("stop-now")
            assert stop.level == 2
        attendant.watching(lambda _: None)(tally)
        assert len(messages) == 2
    assert os.listdir(folder.path) == ["driver.lock"]  # noqa: PTH208
