"""State of a sweep as of now: the trials from its ledger, and what its driver does from the driver's own file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.ledger.driver_files import Action, Activity, DriverFiles, DriverState
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder

SHOWN_PHASES = {"paused", "stopping"}


@dataclass(frozen=True, slots=True)
class BusyWorker:
    """A worker and the trials that it runs."""

    worker: str  # host:pid
    since: float  # UNIX seconds
    numbers: Sequence[int]  # of the trials; none for those of a walk-forward window
    is_check: bool

    @property
    def sentence(self) -> str:
        """The trials as people say it: trial 7; trials 3, 4, 5."""
        if not self.numbers:
            return "a trial of a walk-forward window"
        first = ", ".join(map(str, self.numbers[:3]))
        more = f" and {len(self.numbers) - 3} more" if len(self.numbers) > 3 else ""
        which = f"trial{'s' if len(self.numbers) > 1 else ''} {first}{more}"
        return f"{which}, again alone" if self.is_check else which


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """State of a sweep; `driver` is None where no driver runs it, or an older one that tells nothing."""

    state: str  # running, paused, stopping, finished, interrupted, data changed
    holder: Mapping[str, Any] | None  # the process that runs it
    trials: Mapping[str, int]  # by state; of those that have not ended RUNNING and WAITING
    driver: DriverState | None
    busy: Sequence[BusyWorker]

    @property
    def is_driven(self) -> bool:
        """True if a driver runs the sweep."""
        return self.holder is not None


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """Result of a request to a driver."""

    state: str  # of the sweep before the request; where no driver runs it, of now
    running: int  # trials that ran
    is_heard: bool  # a driver has dealt with it


def request(folder: Folder, action: Action) -> RequestOutcome:
    """Send a request to the driver of a sweep, if one runs it. Raises SweepError if that does not answer."""
    before = _read(folder)
    running = sum(len(worker.numbers) or 1 for worker in before.busy)
    if before.is_driven and DriverFiles(folder).send(action):
        return RequestOutcome(before.state, running, is_heard=True)
    return RequestOutcome(_read(folder).state, 0, is_heard=False)


def _read(folder: Folder) -> LiveStatus:
    with folder.open() as ledger:
        return live_status(folder, ledger)


def live_status(folder: Folder, ledger: Ledger) -> LiveStatus:
    """Read the state of a sweep."""
    holder, facts = folder.holder(), ledger.facts
    driver = DriverFiles(folder, str(holder.get("run", ""))).state() if holder else None
    state = _state(driver, is_driven=bool(holder), finished=bool(facts.finished), changed=bool(facts.data_changed))
    counts = ledger.count()
    if driver is None:
        return LiveStatus(state, holder, counts, None, ())
    busy = [worker for activity in driver.activities if (worker := _busy(activity, ledger))]
    running = sum(len(worker.numbers) for worker in busy if not worker.is_check)
    waiting = max(0, counts.pop("RUNNING", 0) - running)
    if driver.total and not facts.walk_forward:  # else the total is of several ledgers
        waiting = max(0, driver.total - max(driver.done, sum(counts.values())) - running)
    counts |= {name: count for name, count in (("RUNNING", running), ("WAITING", waiting)) if count}
    return LiveStatus(state, holder, counts, driver, busy)


def _state(driver: DriverState | None, *, is_driven: bool, finished: bool, changed: bool) -> str:
    if is_driven:
        return driver.phase if driver and driver.phase in SHOWN_PHASES else "running"
    return "data changed" if changed else "finished" if finished else "interrupted"


def _busy(activity: Activity, ledger: Ledger) -> BusyWorker | None:
    """The worker of an activity; None where all of its trials have ended since."""
    rows = [row for key in activity.keys if (row := ledger.find(key))]
    numbers = [row.number for row in rows if row.state is None or activity.is_check]
    return BusyWorker(activity.worker, activity.since, numbers, activity.is_check) if numbers or not rows else None
