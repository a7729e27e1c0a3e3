"""Sweeps that are run, killed, paused, continued, stopped, removed and cleaned up in any order by two at once.

No finished trial is lost, no file of another sweep is touched, and MLflow has the runs of the sweeps that are there.
The quick version has the real loop, requests and files, and trials that take no time; the slow one is `sweep` itself.
"""

import hashlib
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sweep.collection import cleaning, removal
from sweep.errors import InputError, SweepError
from sweep.executors.base import RunningTrials
from sweep.ledger.driver_files import DriverFiles
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.runner import driver
from sweep.runner.control import attendant
from sweep.runner.control.attendant import Attendant
from sweep.runner.control.progress import Progress
from sweep.runner.control.stop import Stop
from sweep.runner.driver import Driver
from sweep.search.base import SearchMethod
from sweep.search.grid import Grid
from sweep.tracking.factory import sync, tracker
from sweep.trial import Result, State, Trial
from tests.runner.test_driver import by_value, plan
from tests.support import drivers, sweeps
from tests.support.effort import repeats

pytestmark = pytest.mark.faults

ACTIONS = ("run", "run", "run", "kill", "pause", "resume", "resume", "stop", "stop-now", "rm", "gc")
TRIALS = 8


class DriverDiedError(Exception):
    """Stands for SIGKILL: nothing after it is done."""


@dataclass
class Mortal:
    """Two trials at a time, a few milliseconds each; it dies when it is told to."""

    dead: threading.Event
    slots: int = 2
    waiting: list[Trial] = field(default_factory=list[Trial])

    def room(self) -> int:
        return 2 * self.slots - len(self.waiting)

    def running(self) -> list[RunningTrials]:
        return [RunningTrials("host:1", 1.0, [trial]) for trial in self.waiting[: self.slots]]

    def submit(self, trial: Trial) -> None:
        self.waiting.append(trial)

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        if self.dead.wait(0.004):
            raise DriverDiedError
        return [(trial, by_value(trial, 1)) for trial in [self.waiting.pop(0)]] if self.waiting else []

    def recall(self) -> list[Trial]:
        recalled, self.waiting = self.waiting[self.slots :], self.waiting[: self.slots]
        return recalled

    def interrupt(self) -> None: ...
    def abandon(self) -> None: ...
    def close(self) -> None: ...


class Threads:
    """Drivers as threads of this process."""

    uri = None

    def __init__(self, place: Path, count: int) -> None:
        self.runs = place / "runs"
        self.folders = [Folder(self.runs / f"s{n}-{n:08x}") for n in range(count)]
        self._deaths: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def start(self, folder: Folder) -> None:
        dead = threading.Event()
        thread = threading.Thread(target=self._drive, args=(folder, dead))
        self._threads.append(thread)
        thread.start()

    def _drive(self, folder: Folder, dead: threading.Event) -> None:
        planned: Any = plan(TRIALS)
        facts = {
            "id": folder.id,
            "created": str(time.time_ns()),
            "objective": {"metric": "pnl_total", "direction": "maximize"},
        }
        with suppress(InputError, DriverDiedError), folder.locked() as run:  # InputError: another one runs it
            self._deaths[folder.id] = dead
            stop, tally = Stop(), Progress(TRIALS, exact=True, slots=2)
            control = Attendant(DriverFiles(folder, run), stop, lambda _: None)
            with control.attending(), Ledger.create(folder.ledger, facts) as ledger:
                control.executor = executor = Mortal(dead)
                search = SearchMethod(Grid(planned.spec.space))
                Driver(planned, search, executor, ledger, tally).run(stop, control.watching(lambda _: None))

    def kill(self, folder: Folder) -> None:
        if folder.id in self._deaths:
            self._deaths[folder.id].set()

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()


class Processes:
    """Drivers as `sweep run`, with MLflow."""

    def __init__(self, place: Path, count: int) -> None:
        self.runs, self.uri = place / "runs", f"sqlite:///{place}/mlflow.db"
        catalog = sweeps.catalog(place / "catalog", minutes=2)
        self._specs: dict[str, Path] = {}
        self._drivers: list[drivers.Driver] = []
        for n in range(count):
            space = {"strategy.buys": list(range(1, TRIALS + 1))}
            content = sweeps.spec(catalog, space, name=f"s{n}", tracking={"uri": self.uri, "tearsheets": "none"})
            content["strategy"]["config"] = {"pause": 0.1, "seed": n}
            path = sweeps.write(place / f"s{n}.yaml", content)
            import sweep

            self._specs[sweep.load(path).id] = path
        self.folders = [Folder(self.runs / name) for name in self._specs]

    def start(self, folder: Folder) -> None:
        options = ("--runs-dir", self.runs, "--executor", "inline")
        process = drivers.Driver("run", self._specs[folder.id], *options)
        self._drivers.append(process)
        deadline = time.monotonic() + 60  # until it holds the sweep, or has ended
        while not folder.holder() and process.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)

    def kill(self, folder: Folder) -> None:
        holder = folder.holder() or {}
        for process in self._drivers:
            if process.process.pid == holder.get("pid"):
                process.process.kill()

    def finish(self) -> None:
        for process in self._drivers:
            code, _, errors = process.end(240)
            assert code in {0, 2, 130, -9}, errors
            assert "Traceback" not in errors


@dataclass
class Actor:
    """One who does all this, and remembers which trials had ended."""

    world: Any
    random: random.Random
    ended: dict[tuple[str, str], dict[int, float | None]] = field(default_factory=dict)  # by sweep and its beginning

    def act(self) -> None:
        folder, action = self.random.choice(self.world.folders), self.random.choice(ACTIONS)
        with suppress(InputError):  # it is being run, or it is gone
            if action == "run":
                self.world.start(folder)
            elif action == "kill":
                self.world.kill(folder)
            elif action == "rm":
                if folder.ledger.exists():
                    removal.remove(folder, tracker(self.world.uri) if self.world.uri else None)
            elif action == "gc":
                for item in cleaning.removable(self.world.runs, tearsheets=True, keep_days=0):
                    cleaning.delete(item)
            else:
                DriverFiles(folder).send(action)  # type: ignore[arg-type]
        self.look()

    def look(self) -> None:
        """All that had ended when it was looked at before has ended now, as it had."""
        for folder in self.world.folders:
            with suppress(SweepError, OSError):  # it is removed in this moment
                with folder.open() as ledger:  # of a sweep that may have been removed and begun again
                    created = ledger.facts.created
                    now = {row.number: row.ended for row in ledger.rows() if row.state is State.COMPLETE}
                before = self.ended.get((folder.id, created), {})
                assert before.items() <= now.items(), (folder.id, "a finished trial is lost")
                self.ended[folder.id, created] = now


def together(actors: list[Actor], actions: int) -> None:
    """Let all of them act at once."""
    failures = list[BaseException]()

    def go(actor: Actor) -> None:
        try:
            for _ in range(actions):
                actor.act()
        except BaseException as error:  # noqa: BLE001 (the test tells of it)
            failures.append(error)

    threads = [threading.Thread(target=go, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def hashes(path: Path) -> dict[str, str]:
    return {
        str(p.relative_to(path)): hashlib.sha256(p.read_bytes()).hexdigest() for p in path.rglob("*") if p.is_file()
    }


def disturbed(world: Any, seed: int, actions: int) -> None:
    """Two act on all sweeps but the last; then each sweep is run to its end."""
    *_, bystander = world.folders
    world.start(bystander)
    until(lambda: bystander.ledger.exists() and not bystander.holder())
    before = hashes(bystander.path)
    world.folders.remove(bystander)
    actors = [Actor(world, random.Random(f"{seed} {n}")) for n in range(2)]
    together(actors, actions)
    for folder in world.folders:
        while folder.holder():
            with suppress(SweepError):
                DriverFiles(folder).send("resume")
            time.sleep(0.05)
        world.start(folder)
    world.finish()
    for actor in actors:
        actor.look()
    assert hashes(bystander.path) == before, "a file of another sweep was touched"
    for folder in [*world.folders, bystander]:
        with folder.open() as ledger:
            assert ledger.count() == {State.COMPLETE: TRIALS}
        assert not (folder.path / ".driver").exists()
    assert sorted(path.name for path in world.runs.iterdir()) == sorted(f.id for f in [*world.folders, bystander])


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 100
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("seed", range(repeats(40, quick=1)))
def test_no_finished_trial_is_lost_and_no_other_sweep_is_touched(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(attendant, "LOOK", 0.01)
    monkeypatch.setattr(driver, "IDLE", 0.005)
    disturbed(Threads(tmp_path, 11), seed, actions=repeats(60, quick=25))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_sweep_itself_with_mlflow(tmp_path):
    world = Processes(tmp_path, 11)
    everyone = list(world.folders)
    disturbed(world, 1, actions=12)
    for folder in everyone:
        assert not sync(folder.path, world.uri).left
    mlflow = tracker(world.uri)
    assert sorted(mlflow.places()) == sorted(folder.id for folder in everyone)
    assert cleaning.orphans(mlflow, world.runs) == []
