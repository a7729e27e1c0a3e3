"""The loop: ask, known already?, submit, wait for the first, record, tell."""

import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from sweep.executors import Executor
from sweep.ledger import Ledger, Row
from sweep.plan import Plan
from sweep.search import Search
from sweep.trial import Params, Reason, Result, State, Trial

PATIENCE = 0.5  # seconds between looks at the stop flag and at the progress line
RETRIED = {Reason.CRASH, Reason.NODE, Reason.MEMORY}  # reasons that may be the machine's and not the trial's


@dataclass(slots=True)
class Tally:
    """Where a sweep stands. Counts are of this run of the driver, except `known`."""

    total: int  # trials of the whole sweep
    exact: bool  # whether `total` is counted or estimated
    slots: int
    known: int = 0  # ended in an earlier run, not run again
    ended: int = 0
    failed: int = 0
    retried: int = 0
    running: int = 0
    busy: float = 0.0  # seconds that ended trials took
    best: tuple[int, float] | None = None  # number and objective
    since: float = field(default_factory=time.monotonic)
    stopped: str = ""  # why no more trials are asked for

    @property
    def elapsed(self) -> float:
        """Seconds since the driver began."""
        return time.monotonic() - self.since

    @property
    def eta(self) -> float | None:
        """Seconds still to go: the pace so far; None before the first trial has ended."""
        left = self.total - self.known - self.ended
        return self.elapsed / self.ended * left if self.ended else None


@dataclass(slots=True)
class Stop:
    """What the user asked for: 0 go on, 1 start no more trials, 2 stop now."""

    level: int = 0

    @contextmanager
    def on_signals(self, say: Callable[[str], None]) -> Generator[None]:
        """Ctrl-C once lets running trials end, twice stops now; SIGTERM stops now."""

        def interrupt(_: int, __: FrameType | None) -> None:
            self.level += 1
            say(
                "stopping: no more trials are started; press Ctrl-C again to stop now"
                if self.level == 1
                else "stopping now"
            )

        def terminate(_: int, __: FrameType | None) -> None:
            self.level = 2

        before = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            signal.signal(signal.SIGINT, interrupt)
            signal.signal(signal.SIGTERM, terminate)
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class Driver:
    """Runs one search to its end. The ledger is written before anything is told."""

    def __init__(
        self,
        plan: Plan,
        search: Search,
        executor: Executor,
        ledger: Ledger,
        tally: Tally,
        *,
        retry_failed: bool = False,
    ) -> None:
        self._plan, self._search, self._executor, self._ledger, self.tally = plan, search, executor, ledger, tally
        self._retry_failed = retry_failed
        self._attempts: dict[int, int] = {}  # of the trials that run
        self._ways: set[str] = set()  # how trials ended; one way alone, and that a failure, ends the sweep early

    def run(self, stop: Stop, watch: Callable[[Tally], None]) -> None:
        """Until nothing is proposed and nothing runs, or until it is told to stop."""
        while True:
            while not (stop.level or self.tally.stopped) and self._executor.room() and self._ask():
                pass
            watch(self.tally)
            if stop.level > 1:
                return self._executor.abandon()
            if not self._attempts:
                return None
            self._settle(self._executor.wait(PATIENCE))

    def _ask(self) -> bool:
        """Take one proposal: tell what is known of it, or submit it. False when there is none now."""
        params = self._search.ask()
        if params is None:
            return False
        key = self._plan.key(params)
        row = self._ledger.find(key)
        if row and self._is_settled(row):
            self.tally.known += 1
            self._tell(row.number, params, self._ledger.result(row))
        elif not row or row.number not in self._attempts:
            number = self._ledger.begin(key, params)
            self._submit(Trial(number, key, params), attempt=(row.attempt if row else 0) + 1)
        return True

    def _is_settled(self, row: Row) -> bool:
        if row.state is not State.FAILED:
            return row.state is not None
        return not self._retry_failed and not (row.reason in RETRIED and row.attempt <= self._plan.spec.limits.retries)

    def _submit(self, trial: Trial, attempt: int) -> None:
        self._attempts[trial.number] = attempt
        self.tally.running = len(self._attempts)
        self._executor.submit(trial)

    def _settle(self, ended: list[tuple[Trial, Result]]) -> None:
        """Record what ended, all at once; then try again what the machine may have broken, and tell the rest."""
        self._ledger.record((trial.number, result) for trial, result in ended)
        for trial, result in ended:
            attempt = self._attempts.pop(trial.number)
            if result.reason in RETRIED and attempt <= self._plan.spec.limits.retries:
                self.tally.retried += 1
                self._ledger.begin(trial.key, trial.params)
                self._submit(trial, attempt + 1)
            else:
                self._count(result)
                self._tell(trial.number, trial.params, result)
        self.tally.running = len(self._attempts)

    def _tell(self, number: int, params: Params, result: Result) -> None:
        self._search.tell(params, result)
        objective = self._plan.spec.objective
        value = result.metrics.get(objective.metric) if result.state is State.COMPLETE else None
        if value is not None:
            sign = 1 if objective.direction == "maximize" else -1
            if self.tally.best is None or sign * value > sign * self.tally.best[1]:
                self.tally.best = number, value

    def _count(self, result: Result) -> None:
        self.tally.ended += 1
        self.tally.busy += result.ended - result.started
        self.tally.failed += result.state is State.FAILED
        self._ways.add(f"{result.reason}: {result.message}" if result.state is State.FAILED else "")
        if self._ways != {""} and len(self._ways) == 1 and self.tally.ended >= self._plan.spec.limits.max_failures:
            self.tally.stopped = f"the first {self.tally.ended} trials all failed in the same way ({min(self._ways)})"
