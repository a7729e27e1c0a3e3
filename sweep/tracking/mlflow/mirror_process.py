"""Keeps MLflow at what a ledger says. A process of its own, and the only one that loads MLflow.

    python -m sweep.tracking.mlflow.mirror_process RUN_DIR [--follow]

The environment has the address, SWEEP_MIRROR_URI.

With --follow it goes on, at the lowest priority, until its standard input ends, which the driver's death brings about
too; then it compares everything once more and ends. With --wait it touches nothing before a first byte comes there;
the next one says that all trials have ended. It may be killed anywhere: the next one completes what it left.
"""

import gc

if __name__ == "__main__":
    gc.disable()  # until MLflow is there: what its import makes stays, and would be looked through a dozen times

import argparse
import getpass
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sweep.errors import SweepError
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results import labels
from sweep.results.tearsheet_files import Tearsheets
from sweep.tracking import mirror_lock
from sweep.tracking.child_runs import ChildRuns
from sweep.tracking.mlflow import parent_run, trial_run
from sweep.tracking.mlflow.client import Client
from sweep.tracking.mlflow.mirror import URI
from sweep.tracking.mlflow.reconcile import Reconciler
from sweep.tracking.tracking_uri import TrackingStore

LOG = logging.getLogger(__name__)
POLL = 1.0  # seconds between looks at the ledger
SUMMARY = 5.0  # seconds between updates of the parent run
MARKS = 50  # trials noted in the ledger at once: it is the driver's file
PAUSE = 0.5, 60.0  # seconds after the first failed call, and at most; doubled with each failure in a row
TRIES = 5  # failures in a row after which it gives up, once no more trials come
ROUNDS = 10  # in a row in which no more trials came to be whole, after which it gives up likewise
SILENCE = 120.0  # seconds without success after which it does so in the middle of a round
GRACE = 30.0  # seconds that it waits for another process that mirrors the same sweep to end


@dataclass
class StopCondition:
    """Condition to end: `over` once nobody writes to the ledger any more, `stop` on SIGTERM."""

    over: bool = False
    settled: bool = False  # all trials have ended
    stop: bool = False
    _wake: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Take the end of standard input for `over`."""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while os.read(0, 4096):
            self.settled = True
            self._wake.set()
        self.over = True
        self._wake.set()

    def terminate(self, *_: object) -> None:
        """Stop after the trial that is being written: a signal handler."""
        self.stop = True
        self._wake.set()

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the moment when `over` or `stop` comes."""
        self._wake.wait(seconds)
        if not self.stop:
            self._wake.clear()


class MirrorProcess:
    """One ledger on its way to MLflow, for as long as it takes."""

    def __init__(
        self, folder: Folder, ledger: Ledger, connect: Callable[[], Client], until: StopCondition,
        hide: Callable[[str], str] = str,
    ) -> None:  # fmt: skip
        """`hide` takes secrets out of what is logged."""
        self._folder, self._ledger, self._connect, self._until = folder, ledger, connect, until
        self._hide = hide
        self._client: Client | None = None
        self._projection: Reconciler | None = None
        self._tearsheets = Tearsheets(folder, ledger)
        self._marks: list[tuple[int, int, str]] = []
        self._summed = float("-inf")
        self._failures = 0  # in a row
        self._written = time.monotonic()  # time of the last success
        self._rounds, self._least = 0, -1  # without progress, and the trials that were left at the best moment
        self._missed = False  # whether a trial of this round could not be mirrored
        self.error = ""  # the last one

    def run(self) -> bool:
        """Until it is over and all is mirrored (True), or until it is told to stop or gives up."""
        while not self._until.stop:
            over = self._until.over  # taken first: what was recorded before is drained after
            if over or self._until.settled:
                self._tearsheets.draw_best()
            whole = self._attempt(lambda: self._round(over=over))  # noqa: B023 (called at once)
            if over and whole and not self._missed and not self._ledger.standing()[1]:
                if self._client:
                    self._client.store.analyze()
                return True
            if over and (self._failures >= TRIES or self._is_stuck()):
                return False
            if whole and not over:
                self._until.wait(POLL)
        return False

    def _is_stuck(self) -> bool:
        """True if rounds write, and write the same again: such as to a server that keeps nothing."""
        left = self._ledger.standing()[1]
        has_progress = self._least < 0 or left < self._least
        self._rounds, self._least = (0, left) if has_progress else (self._rounds + 1, self._least)
        if self._rounds < ROUNDS:
            return False
        self.error = (
            f"gave up after {ROUNDS} rounds in which no more trials were completed; the last error: {self.error}"
        )
        return True

    def _is_hopeless(self) -> bool:
        """True if nothing more is worth a try in this round: each may take as long as an answer may."""
        has_failed = self._until.over and self._failures >= TRIES
        return has_failed and time.monotonic() > self._written + SILENCE

    def _has_succeeded(self) -> None:
        self._failures, self._written = 0, time.monotonic()

    def _attempt(self, work: Callable[[], object]) -> bool:
        """Do a piece of work; when it fails, say why and wait. Whether it was done."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 (whatever MLflow raises: the trials are safe in the ledger)
            self._failures += 1
            reason = self._hide(f"{type(error).__name__}: {error}")
            self.error = labels.cut(reason.replace("\n", " "), 500)
            pause = min(PAUSE[0] * 2 ** min(self._failures - 1, 10), PAUSE[1])
            is_last = self._until.over and self._failures >= TRIES
            LOG.warning("%s; %s", self.error, "gave up" if is_last else f"next try in {pause:g} s")
            if not is_last:
                self._until.wait(pause)
            return False
        return True

    def _round(self, *, over: bool) -> None:
        """Mirror the trials that ended since; all trials are compared at the beginning and when it is over."""
        compare = over or self._projection is None
        projection = self._open() if compare or self._projection is None else self._projection
        children, self._missed = ChildRuns(self._ledger), False
        for rows in self._batches(stale=not compare):
            self._attempt(lambda: self._create_missing(projection, rows, children))  # noqa: B023 (called at once)
            for row in rows:
                if self._until.stop or self._is_hopeless():
                    break
                result = self._attempt(lambda: self._mirror(projection, row, children))  # noqa: B023 (called at once)
                self._missed |= not result
        self._note()
        if self._until.stop:
            return
        if over or time.monotonic() - self._summed > SUMMARY:
            projection.summarize(self._folder, self._ledger, over=over)
            self._summed = time.monotonic()

    def _open(self) -> Reconciler:
        facts = self._ledger.facts
        try:
            self._client = self._client or self._connect()
        finally:
            gc.freeze()  # what MLflow's import left behind is looked at no more
            gc.enable()
        projection = self._projection = Reconciler.open(self._client, facts)
        place = {"uri": self._client.store.shown, "experiment": self._client.experiment, "run": projection.parent}
        if facts.mlflow != place:
            self._ledger.note(mlflow=place)
        return projection

    def _batches(self, *, stale: bool) -> Iterator[list[Row]]:
        after = -1
        while not (self._until.stop or self._is_hopeless()) and (rows := self._ledger.ended(after=after, stale=stale)):
            yield rows
            after = rows[-1].number

    def _create_missing(self, projection: Reconciler, rows: list[Row], children: ChildRuns) -> None:
        if projection.create_missing(row for row in rows if children.has(row)):
            self._has_succeeded()

    def _mirror(self, projection: Reconciler, row: Row, children: ChildRuns) -> None:
        sheet = self._tearsheets.of(row)
        has_run = children.has(row)
        run_id, has_written = (
            projection.mirror(row, sheet, lambda: self._curve(row)) if has_run else projection.drop(row)
        )
        if has_written:
            self._has_succeeded()
        if row.mlflow_run_id != run_id:
            self._marks.append((row.number, row.attempt, run_id))
        if len(self._marks) >= MARKS:
            self._note()

    def _curve(self, row: Row) -> list[tuple[str, int, float, int]]:
        days, returns, _ = self._ledger.series(row.number)
        return trial_run.equity(days, returns)

    def _note(self) -> None:
        if self._marks:
            self._ledger.mirrored(self._marks)
            self._marks = []


@contextmanager
def exclusive_mirror(folder: Folder, until: StopCondition) -> Generator[None]:
    """Hold the mirror of a sweep; wait a while for another process that holds it, which may be about to end."""
    deadline = time.monotonic() + GRACE
    while (lock := mirror_lock.taken(folder)) is None:
        if not folder.path.is_dir():
            raise SweepError("the sweep was removed")
        if until.stop or (until.over and time.monotonic() > deadline):
            raise SweepError("another process is mirroring this sweep")
        until.wait(0.2)
    with lock:
        yield


def _connecting(store: TrackingStore, ledger: Ledger) -> Callable[[], Client]:
    facts = ledger.facts
    return lambda: Client(store, facts.name, parent_run.experiment(facts), user())


def user() -> str:
    """Name of the user, or the number where the system has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _run(folder: Folder, store: TrackingStore, until: StopCondition) -> str:
    """Drain; what went wrong, or nothing."""
    try:
        with exclusive_mirror(folder, until), Ledger.open(folder.ledger, write=True) as ledger:
            drain = MirrorProcess(folder, ledger, _connecting(store, ledger), until, store.hide)
            error = "" if drain.run() else drain.error or "stopped"
            store.checkpoint()
            return error
    except SweepError as error:
        return str(error)


def main() -> int:
    """The process: 0 when every ended trial is mirrored; else 1, and the last line of stderr says why not."""
    parser = argparse.ArgumentParser(description="Mirror a sweep to MLflow.")
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("--follow", action="store_true", help="until standard input ends")
    parser.add_argument("--wait", action="store_true", help="for a first byte there")
    options = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING, force=True)
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    until = StopCondition(over=not options.follow)
    signal.signal(signal.SIGTERM, until.terminate)
    if options.follow:
        os.nice(19)
        if options.wait and not os.read(0, 1):
            return 0
        until.watch()
    if error := _run(Folder(options.run_dir), TrackingStore.at(os.environ[URI]), until):
        sys.stderr.write(f"{error}\n")
    return 1 if error else 0


if __name__ == "__main__":
    sys.exit(main())
