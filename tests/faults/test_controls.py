"""Sweeps that are run, killed, paused, continued, stopped, removed and cleaned up in any order by two at once.

No finished trial is lost, no file of another sweep is touched, and MLflow has the runs of the sweeps that are there.
The quick version has the real loop, requests and files, and trials that take no time; the slow one is `sweep` itself.
"""

import hashlib
import os
import random
import signal
import site
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
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

    def together(self, actors: Sequence["Actor"], actions: int) -> None:
        """Let all act at once."""
        failures = list[BaseException]()

        def go(actor: Actor) -> None:
            try:
                actor.act(actions)
            except BaseException as error:  # noqa: BLE001 (the test tells of it)
                failures.append(error)

        threads = [threading.Thread(target=go, args=(actor,)) for actor in actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures

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
        self._drivers: list[drivers.Driver] = []  # that this process started
        self._pools: list[ProcessPoolExecutor] = []
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
        pid = (folder.holder() or {}).get("pid", "unknown")
        with suppress(OSError):
            if f"/{folder.name}.yaml" in Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(int(pid), signal.SIGKILL)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_drivers": [], "_pools": []}

    def together(self, actors: Sequence["Actor"], actions: int) -> None:
        """Let all act at once, each as a process of its own, which lives as long as the drivers that it started."""
        places = (str(Path(__file__).parents[1]),)  # where the processes look for this module under pytest's name of it
        self._pools = [ProcessPoolExecutor(1, get_context("spawn"), site.addsitedir, places) for _ in actors]
        acting = [pool.submit(acted, actor, actions) for pool, actor in zip(self._pools, actors, strict=True)]
        for actor, future in zip(actors, acting, strict=True):
            actor.ended = future.result()

    def finish(self) -> None:
        for pool in self._pools:
            pool.submit(finished).result()
            pool.shutdown()
        self._pools = []
        for process in self._drivers:
            code, _, errors = process.end(240)
            assert code in {0, 2, 130, -9}, errors
            assert "Traceback" not in errors
        self._drivers = []


HERE: list[Processes] = []  # in the process of an actor: its world


def acted(actor: "Actor", actions: int) -> dict[tuple[str, str], dict[int, float | None]]:
    """Let an actor act in this process."""
    HERE.append(actor.world)
    actor.act(actions)
    return actor.ended


def finished() -> None:
    """See the drivers of this process end."""
    for world in HERE:
        world.finish()


@dataclass
class Actor:
    """One who does all this, and remembers which trials had ended."""

    world: Any
    random: random.Random
    ended: dict[tuple[str, str], dict[int, float | None]] = field(default_factory=dict)  # by sweep and its beginning

    def act(self, actions: int) -> None:
        for _ in range(actions):
            with suppress(InputError):  # it is being run, or it is gone
                self._do(self.random.choice(ACTIONS), self.random.choice(self.world.folders))
            self.look()

    def _do(self, action: str, folder: Folder) -> None:
        mlflow = tracker(self.world.uri) if self.world.uri else None
        if action == "run":
            self.world.start(folder)
        elif action == "kill":
            self.world.kill(folder)
        elif action == "rm":
            if folder.ledger.exists():
                removal.remove(folder, lambda _: mlflow)
        elif action == "gc":
            for item in cleaning.removable(self.world.runs, tearsheets=True, keep_days=0):
                cleaning.delete(item)
            for sweep in cleaning.orphans(mlflow, self.world.runs) if mlflow else ():
                removal.remove_orphan(Folder(self.world.runs / sweep), mlflow)
        else:
            DriverFiles(folder).send(action)  # type: ignore[arg-type]

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


def hashes(path: Path) -> dict[str, str]:
    """Hashes of the files of a sweep, but for those of SQLite's log, which come and go with readers."""
    return {
        str(p.relative_to(path)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in path.rglob("*")
        if p.is_file() and not p.name.endswith(("-wal", "-shm"))
    }


def disturbed(world: Any, seed: int, actions: int) -> None:
    """Two act on all sweeps but the last; then each sweep is run to its end."""
    *_, bystander = world.folders
    world.start(bystander)
    log = Path(f"{bystander.ledger}-wal")  # its mirror may end a moment after its driver
    until(lambda: bystander.ledger.exists() and not bystander.holder() and not (log.exists() and log.read_bytes()))
    before = hashes(bystander.path)
    world.folders.remove(bystander)
    actors = [Actor(world, random.Random(f"{seed} {n}")) for n in range(2)]
    world.together(actors, actions)
    for folder in world.folders:
        while folder.holder():
            with suppress(SweepError):
                DriverFiles(folder).send("resume")
            time.sleep(0.05)
        world.start(folder)
    world.finish()
    for actor in actors:
        actor.look()
    after = hashes(bystander.path)
    touched = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert not touched, "a file of another sweep was touched"
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
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(repeats(3, quick=1)))
def test_sweep_itself_with_mlflow(tmp_path, seed):
    whole(tmp_path, seed)


def whole(place: Path, seed: int) -> None:
    """`sweep` by two processes; then some sweeps are begun anew, killed while they run, and removed for good."""
    world = Processes(place, 11)
    everyone, gone = list(world.folders), world.folders[:4]
    disturbed(world, seed, actions=12)
    mlflow = tracker(world.uri)
    for folder in gone:
        removal.remove(folder, lambda _: mlflow)
        world.start(folder)
        until(lambda folder=folder: len(ended(folder)) > 1)
        world.kill(folder)
        until(lambda folder=folder: not folder.holder())
        removal.remove(folder, lambda _: mlflow)
    world.finish()
    left = [folder for folder in everyone if folder not in gone]
    assert sorted(path.name for path in world.runs.iterdir()) == sorted(folder.id for folder in left)
    for folder in left:
        assert not sync(folder.path, world.uri).left
    assert sorted(mlflow.places()) == sorted(folder.id for folder in left)
    assert cleaning.orphans(mlflow, world.runs) == []
    assert tracked(world.uri) == {folder.id: 1 + TRIALS for folder in left}, "a run of a removed sweep, or one twice"


def ended(folder: Folder) -> list[int]:
    """Numbers of the COMPLETE trials; none before there is a ledger."""
    try:
        with folder.open() as ledger:
            return [row.number for row in ledger.rows(state=State.COMPLETE)]
    except (SweepError, OSError):
        return []


def tracked(uri: str) -> Counter[str]:
    """Runs of a store by their sweep, without those in its trash."""
    from mlflow.tracking import MlflowClient

    client = MlflowClient(uri)
    experiments = [e.experiment_id for e in client.search_experiments()]
    return Counter(run.data.tags["sweep.id"] for run in client.search_runs(experiments, max_results=1000))
