"""The loop: ask, known already?, submit, wait for the first, record, tell."""

import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from types import FrameType
from typing import Protocol

from sweep.errors import Reason
from sweep.executors.base import Executor
from sweep.executors.worker.crash_recorder import terminal_stderr
from sweep.ledger.ledger import Ledger, Row
from sweep.runner.plan import SweepPlan
from sweep.runner.trial_queue import TrialQueue
from sweep.search.base import SearchMethod
from sweep.search.repeats import Repeated
from sweep.trial import Proposal, Result, State, Trial

PATIENCE = 0.5  # seconds between looks at the stop flag and at the progress line
RETRIED = {Reason.CRASH, Reason.NODE, Reason.MEMORY, Reason.CHANGED}  # maybe the machine's fault, not the trial's


@dataclass(slots=True)
class Progress:
    """Progress of a sweep. Counts are of this run of the driver, except `known`."""

    total: int  # trials of the whole sweep
    exact: bool  # whether `total` is counted or estimated
    slots: int
    skipped: int = 0  # not run: it ended in an earlier run, or it is the same as another trial
    ended: int = 0
    failed: int = 0
    pruned: int = 0
    retried: int = 0
    reused: int = 0  # taken from another sweep
    again: tuple[int, int] | None = None  # the proof of shared passes: trials that were run again alone, of how many
    running: int = 0
    busy: float = 0.0  # seconds that ended trials took
    best: tuple[int, float] | None = None  # number and objective
    since: float = field(default_factory=time.monotonic)
    stopped: str = ""  # what went wrong, so that no more trials are asked for
    seeking: str = ""  # how far the search for a setting is that satisfies the constraints
    enough: str = ""  # why the search ended before its last trial, as it was told to

    @property
    def elapsed(self) -> float:
        """Seconds since the driver began."""
        return time.monotonic() - self.since

    @property
    def eta(self) -> float | None:
        """Seconds still to go: the pace so far; None before the first trial has ended."""
        left = self.total - self.skipped - self.reused - self.ended
        return self.elapsed / self.ended * left if self.ended else None


@dataclass(frozen=True, slots=True)
class Budget:
    """Time limits of a whole sweep; running trials are completed."""

    wall_clock: float | None = None  # seconds of this run of the driver
    engine_seconds: float | None = None  # of all trials, those of earlier runs included
    used: float = 0.0  # seconds of trials in earlier runs

    def spent(self, tally: Progress) -> str:
        """Return the limit that is used up, as a sentence; "" while none is."""
        if self.wall_clock is not None and tally.elapsed >= self.wall_clock:
            return f"the budget of {self.wall_clock:g} s is spent (search.stop.wall_clock)"
        if self.engine_seconds is not None and self.used + tally.busy >= self.engine_seconds:
            return f"the trials have taken {self.used + tally.busy:.0f} s (search.stop.engine_seconds)"
        return ""


@dataclass(slots=True)
class Stop:
    """Stop level requested by the user: 0 go on, 1 start no more trials, 2 stop now."""

    level: int = 0

    say: Callable[[str], None] = field(default=lambda _: None)
    now: Callable[[], None] = field(default=lambda: None)  # ends what would not look at `level` by itself

    @contextmanager
    def on_signals(self) -> Generator[None]:
        """Ctrl-C once lets running trials end, twice stops now; SIGTERM stops now. In the main thread alone."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            self.listen()
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def listen(self) -> None:
        """Take the signals, also after a library has taken them for itself."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._interrupt)
            signal.signal(signal.SIGTERM, self._terminate)

    def _interrupt(self, _: int, __: FrameType | None) -> None:
        self.level += 1
        once = "stopping: no more trials are started; press Ctrl-C again to stop now"
        with terminal_stderr():
            self.say(once if self.level == 1 else "stopping now")
        if self.level > 1:
            self.now()

    def _terminate(self, _: int, __: FrameType | None) -> None:
        self.level = max(2, self.level)
        self.now()


class Runnable(Protocol):
    """Work that runs on an executor step by step: a `Driver`, or several one after another."""

    def fill(self, stop: Stop) -> bool:
        """Begin trials as long as there is room for more; False when nothing runs and nothing will."""
        ...

    def step(self, stop: Stop) -> None:
        """Settle what has ended."""
        ...


def run_interleaved(
    courses: Iterator[Runnable],
    executor: Executor,
    stop: Stop,
    watch: Callable[[], None],
    wait: Callable[[], object] = lambda: None,
) -> None:
    """Run all courses to their ends. The next one begins as soon as those before it leave room, so no place is idle.

    `wait` is called once a round, before the courses settle what has ended.
    """
    live: list[Runnable] = []
    while stop.level < 2:
        live = [course for course in live if course.fill(stop)]
        while not stop.level and (executor.room() or not live) and (following := next(courses, None)):
            live += [following] if following.fill(stop) else []
        watch()
        if not live:
            return
        wait()
        for course in live:
            course.step(stop)
    watch()
    executor.abandon()


class Driver:
    """Runs one search to its end. The ledger is written before anything is told."""

    def __init__(  # noqa: PLR0913 (each is named where it is given)
        self,
        plan: SweepPlan,
        search: SearchMethod | Repeated,
        executor: Executor,
        ledger: Ledger,
        tally: Progress,
        *,
        retry_failed: bool = False,
        elsewhere: Callable[[str], Result | None] = lambda _: None,
        budget: Budget | None = None,
        longest_first: bool = False,
    ) -> None:
        self._plan, self._search, self._executor, self._ledger, self.tally = plan, search, executor, ledger, tally
        self._retry_failed, self._elsewhere, self._budget = retry_failed, elsewhere, budget or Budget()
        self._running: dict[int, list[int]] = {}  # begun trials, and the proposals that wait for each
        self._waiting = TrialQueue(ordered=longest_first)  # those of them that the executor has not got yet
        self._ways: set[str] = set()  # how trials ended; one way alone, and that a failure, ends the sweep early

    def run(self, stop: Stop, watch: Callable[[Progress], None]) -> None:
        """Until nothing is proposed and nothing runs, or until it is told to stop."""
        run_interleaved(iter([self]), self._executor, stop, lambda: watch(self.tally))

    def fill(self, stop: Stop) -> bool:
        """Begin trials as long as there is room for more; False when nothing runs and nothing will."""
        if stop.level:
            self._recall()
            return bool(self._running)
        while self._waiting or not self._is_over():
            if not self._executor.room():
                return True
            depth = self._waiting.depth(self._executor.slots)
            while len(self._waiting) <= depth and not self._is_over() and self._ask():
                pass
            if not self._waiting:
                break
            self._submit(self._waiting.take())
        return bool(self._running) or (bool(self.tally.seeking) and not self._is_over())

    def step(self, stop: Stop) -> None:
        """Wait for the first trial to end, and settle what has ended."""
        self._settle(self._executor.wait(PATIENCE), stop)

    def _is_over(self) -> bool:
        """True if no more trials are asked for; the progress says why."""
        self.tally.enough = self.tally.enough or self._budget.spent(self.tally) or self._search.ended
        return bool(self.tally.stopped or self.tally.enough)

    def _ask(self) -> bool:
        """Take one proposal: tell what is known of it, or let it wait for room. False when there is none now."""
        proposal, self.tally.seeking = self._search.ask(), self._search.seeking
        if proposal is None:
            self.tally.enough = self._search.ended
            return False
        key = self._plan.key(proposal.params)
        row = self._ledger.find(key)
        if row and (row.number in self._running or self._is_settled(row)):
            self._ledger.asked(row.number, proposal)
            self.tally.skipped += 1
            if row.number in self._running:
                self._running[row.number].append(proposal.number)
            else:
                self._know(row.number, proposal, self._ledger.result(row))
        else:
            self._begin(key, proposal)
        return True

    def _begin(self, key: str, proposal: Proposal) -> None:
        number = self._ledger.begin(key, proposal.params, proposal)
        result = None if proposal.rungs else self._elsewhere(key)  # elsewhere it was not judged at these rungs
        if result:
            self._ledger.record([(number, result)])
            self.tally.reused += 1
            self._know(number, proposal, result)
        else:
            self._running[number] = [proposal.number]
            self._waiting.put(Trial(number, key, proposal.params, proposal.rungs, self._plan.binding(proposal.params)))

    def _know(self, number: int, proposal: Proposal, result: Result) -> None:
        """Tell what ran before; what was good once shows that not all trials fail."""
        if result.state is not State.FAILED:
            self._ways.add("")
        self._waiting.learn(proposal.params, result)
        self._tell(number, [proposal.number], result)

    def _is_settled(self, row: Row) -> bool:
        if row.state is not State.FAILED:
            return row.state is not None
        return not self._retry_failed and not self._has_another(row.number, row.reason)

    def _has_another(self, number: int, reason: Reason | None) -> bool:
        """True if a failed trial is tried again. Counts its failures, not the drivers that died while it ran."""
        return reason in RETRIED and self._ledger.failures(number) <= self._plan.spec.limits.retries

    def _submit(self, trial: Trial) -> None:
        self.tally.running = len(self._running) - len(self._waiting)
        self._executor.submit(trial)

    def _recall(self) -> None:
        """Take back what has not begun: a later run of the sweep begins it anew."""
        for trial in chain(self._executor.recall(), self._waiting.recall()):
            del self._running[trial.number]
        self.tally.running = len(self._running) - len(self._waiting)

    def _settle(self, ended: list[tuple[Trial, Result]], stop: Stop) -> None:
        """Record what ended, all at once; then try again what the machine may have broken, and tell the rest."""
        self._ledger.record((trial.number, result) for trial, result in ended)
        for trial, result in ended:
            if not stop.level and self._has_another(trial.number, result.reason):
                self.tally.retried += 1
                self._ledger.begin(trial.key, trial.params)
                self._submit(trial)
            else:
                self._count(result)
                self._waiting.learn(trial.params, result)
                self._tell(trial.number, self._running.pop(trial.number), result)
        self.tally.running = len(self._running) - len(self._waiting)

    def _tell(self, number: int, proposals: Sequence[int], result: Result) -> None:
        for proposal in proposals:
            self._search.tell(proposal, result)
        if isinstance(self._search, Repeated):
            return  # the best trial is that of a lucky seed
        goal = self._plan.spec.goal
        scores = goal.scores(result.metrics) if result.state is State.COMPLETE else None
        if scores is None or not goal.is_feasible(result.metrics):
            return
        sign = 1 if goal.objectives[0][1] == "maximize" else -1
        if self.tally.best is None or scores[0] > sign * self.tally.best[1]:
            self.tally.best = number, sign * scores[0]

    def _count(self, result: Result) -> None:
        self.tally.ended += 1
        self.tally.busy += result.ended - result.started
        self.tally.failed += result.state is State.FAILED
        self.tally.pruned += result.state is State.PRUNED
        self._ways.add(f"{result.reason}: {result.message}" if result.state is State.FAILED else "")
        if self._ways != {""} and len(self._ways) == 1 and self.tally.ended >= self._plan.spec.limits.max_failures:
            self.tally.stopped = f"the first {self.tally.ended} trials all failed in the same way ({min(self._ways)})"
