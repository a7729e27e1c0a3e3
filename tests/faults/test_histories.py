"""Any history of deaths and resumes ends in the ledger of a sweep that nobody disturbed.

The real loop on a real ledger; the executor ends trials as the history says. (`kill_driver` does it to real processes.)
"""

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import Reason
from sweep.ledger.ledger import Ledger
from sweep.runner.control.progress import Progress
from sweep.runner.control.stop import Stop
from sweep.runner.driver import Driver
from sweep.search.base import SearchMethod
from sweep.search.grid import Grid
from sweep.trial import Result, State, Trial
from tests.runner.test_driver import plan

pytestmark = pytest.mark.faults

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (a disk takes milliseconds for each commit)
TRIALS, RETRIES = 7, 2
DEATHS = (Reason.CRASH, Reason.NODE, Reason.MEMORY)


class DriverDiedError(Exception):
    """Stands for SIGKILL: nothing after it is done."""


def own(trial: Trial) -> Result:
    """Result of an undisturbed trial: every third fails by itself."""
    value = int(trial.params["a"])  # type: ignore[arg-type]
    times = {"started": 1.0, "ended": 2.0}
    if value % 3 == 2:
        return Result(State.FAILED, reason=Reason.STRATEGY, message=f"no {value}", **times)
    return Result(State.COMPLETE, {"pnl_total": float(value)}, days=("2026-05-04",), returns=(value / 10,), **times)


@dataclass
class Cursed:
    """Ends the oldest trial; the history may kill its worker, or the driver before or after it is recorded."""

    history: list[str]
    deaths: dict[int, int]  # of workers, by trial, over all runs
    waiting: list[Trial] = field(default_factory=list[Trial])
    completed: list[int] = field(default_factory=list[int])
    slots: int = 2

    def room(self) -> int:
        return 2 * self.slots - len(self.waiting)

    def submit(self, trial: Trial) -> None:
        if self._next("submit"):
            raise DriverDiedError
        self.waiting.append(trial)

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        if self._next("wait"):
            raise DriverDiedError
        trial = self.waiting.pop(0)
        if self._next("worker") and self.deaths.get(trial.number, 0) < RETRIES:
            self.deaths[trial.number] = self.deaths.get(trial.number, 0) + 1
            reason = DEATHS[trial.number % len(DEATHS)]
            return [(trial, Result(State.FAILED, reason=reason, message="died", started=1.0, ended=2.0))]
        self.completed.append(trial.number)
        return [(trial, own(trial))]

    def _next(self, fault: str) -> bool:
        if self.history and self.history[0] == fault:
            self.history.pop(0)
            return True
        return False

    def recall(self) -> list[Trial]:
        return []

    def interrupt(self) -> None: ...
    def abandon(self) -> None: ...
    def close(self) -> None: ...


def run(path: Path, history: list[str], deaths: dict[int, int]) -> tuple[bool, list[int]]:
    """One run of the driver: whether it came to the end, and the trials that ended by themselves in it."""
    planned: Any = plan(TRIALS, retries=RETRIES)
    executor = Cursed(history, deaths)
    with Ledger.create(path, {}) as ledger:
        tally = Progress(TRIALS, exact=True, slots=2)
        try:
            Driver(planned, SearchMethod(Grid(planned.spec.space)), executor, ledger, tally).run(Stop(), lambda _: None)
        except DriverDiedError:
            return False, executor.completed
    return True, executor.completed


def content(path: Path) -> list[str]:
    """All that the ledger says of the trials, but for attempts."""
    with Ledger.open(path) as ledger:
        return [
            json.dumps([r.number, r.key, r.state, r.reason, r.message, r.metrics, ledger.series(r.number)])
            for r in ledger.rows()
        ]


def recorded(path: Path) -> dict[int, tuple[object, int]]:
    """State and attempt of what had ended by itself."""
    with Ledger.open(path) as ledger:
        return {r.number: (r.state, r.attempt) for r in ledger.rows() if r.state and r.reason not in DEATHS}


@given(
    histories=st.lists(st.lists(st.sampled_from(["submit", "wait", "worker", "good"]), max_size=12), max_size=8),
)
def test_any_history_ends_in_the_same_ledger(histories: list[list[str]]):
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        compare(Path(name), histories)


def compare(place: Path, histories: list[list[str]]) -> None:
    """Run one sweep through all that happens in the histories, one for each driver, and one through nothing."""
    run(place / "calm.sqlite", [], {})
    deaths: dict[int, int] = {}
    for history in histories:
        before = recorded(path) if (path := place / "cursed.sqlite").exists() else {}
        _, completed = run(path, list(history), deaths)
        assert not before.keys() & completed, "what had ended by itself ran again"
        assert recorded(path).items() >= before.items()
    assert run(place / "cursed.sqlite", [], deaths)[0]
    assert content(place / "cursed.sqlite") == content(place / "calm.sqlite")
