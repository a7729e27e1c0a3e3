"""The loop: ask, known already?, submit, wait for the first, record, tell."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Protocol

from sweep.errors import Reason
from sweep.executors.base import Executor
from sweep.ledger.ledger import Ledger, Row
from sweep.results.curves.benchmark import with_comparison
from sweep.runner.control.progress import Budget, Failure, Leader, Progress
from sweep.runner.control.stop import Stop
from sweep.runner.plan import SweepPlan
from sweep.runner.trial_queue import TrialQueue
from sweep.search.base import SearchMethod
from sweep.search.repeats import Repeated
from sweep.trial import Params, Proposal, Result, State, Trial

PATIENCE = 0.5  # seconds between looks at the stop flag and at the progress line
MOMENT = 0.05  # seconds for which the ledger is held to begin trials
IDLE = 0.2  # seconds between looks while the sweep is paused and nothing runs
RETRIED = {Reason.CRASH, Reason.NODE, Reason.MEMORY, Reason.CHANGED}  # maybe the machine's fault, not the trial's


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
        while not stop.level and (_has_place(executor, stop) or not live) and (following := next(courses, None)):
            live += [following] if following.fill(stop) else []
        watch()
        if not live:
            return
        wait()
        for course in live:
            course.step(stop)
        if stop.paused and not executor.running():
            time.sleep(IDLE)
    watch()
    executor.abandon()


def _has_place(executor: Executor, stop: Stop) -> bool:
    return not stop.paused and executor.room() > 0


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
        if stop.paused:
            self._waiting.put_back(self._executor.recall())
        while self._waiting or not self._is_over():
            room = 1 if stop.paused else self._executor.room()
            if not room:
                return True
            depth = self._waiting.depth(self._executor.slots)
            if self._ask_until(depth + room) and len(self._waiting) <= depth:
                continue
            if not self._waiting:
                break
            if stop.paused:
                return True
            for _ in range(min(room, len(self._waiting))):
                self._executor.submit(self._waiting.take())
        return bool(self._running) or (bool(self.tally.seeking) and not self._is_over())

    def _ask_until(self, count: int) -> bool:
        """Ask until so many trials wait, or for a moment, and begin them in one transaction; False when that is all."""
        with self._ledger.transaction():
            end = time.monotonic() + MOMENT
            while len(self._waiting) < count:
                if self._is_over() or not self._ask():
                    return False
                if time.monotonic() > end:
                    break
        return True

    def step(self, stop: Stop) -> None:
        """Wait for the first trial to end, and settle what has ended."""
        ended = self._executor.wait(PATIENCE)
        self._settle([(trial, with_comparison(self._plan.benchmark, result)) for trial, result in ended], stop)

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
        key, data = self._plan.key_and_binding(proposal.params)
        row = self._ledger.find(key)
        if row and (row.number in self._running or self._is_settled(row)):
            self._ledger.asked(row.number, proposal)
            self.tally.skipped += 1
            if row.number in self._running:
                self._running[row.number].append(proposal.number)
            else:
                self._know(row.number, proposal, self._ledger.result(row))
        else:
            self._begin(key, data, proposal)
        return True

    def _begin(self, key: str, data: str, proposal: Proposal) -> None:
        number = self._ledger.begin(key, proposal.params, proposal)
        result = None if proposal.rungs else self._elsewhere(key)  # elsewhere it was not judged at these rungs
        if result:
            result = with_comparison(self._plan.benchmark, result)
            self._ledger.record([(number, result)])
            self.tally.reused += 1
            self._know(number, proposal, result)
        else:
            self._running[number] = [proposal.number]
            self._waiting.put(Trial(number, key, proposal.params, proposal.rungs, data))

    def _know(self, number: int, proposal: Proposal, result: Result) -> None:
        """Tell what ran before; what was good once shows that not all trials fail."""
        if result.state is not State.FAILED:
            self._ways.add("")
        self._waiting.learn(proposal.params, result)
        self._tell(number, [proposal.number], proposal.params, result)

    def _is_settled(self, row: Row) -> bool:
        if row.state is not State.FAILED:
            return row.state is not None
        return not self._retry_failed and not self._has_another(row.number, row.reason)

    def _has_another(self, number: int, reason: Reason | None) -> bool:
        """True if a failed trial is tried again. Counts its failures, not the drivers that died while it ran."""
        return reason in RETRIED and self._ledger.failures(number) <= self._plan.spec.limits.retries

    def _recall(self) -> None:
        """Take back what has not begun: a later run of the sweep begins it anew."""
        for trial in chain(self._executor.recall(), self._waiting.recall()):
            del self._running[trial.number]

    def _settle(self, ended: list[tuple[Trial, Result]], stop: Stop) -> None:
        """Record what ended, all at once; then try again what the machine may have broken, and tell the rest."""
        self._ledger.record((trial.number, result) for trial, result in ended)
        for trial, result in ended:
            if not stop.level and self._has_another(trial.number, result.reason):
                self.tally.retried += 1
                self._ledger.begin(trial.key, trial.params)
                if stop.paused:
                    self._waiting.put_back([trial])
                else:
                    self._executor.submit(trial)
            else:
                self._count(trial, result)
                self._waiting.learn(trial.params, result)
                self._tell(trial.number, self._running.pop(trial.number), trial.params, result)

    def _tell(self, number: int, proposals: Sequence[int], params: Params, result: Result) -> None:
        for proposal in proposals:
            self._search.tell(proposal, result)
        if isinstance(self._search, Repeated):
            return  # the best trial is that of a lucky seed
        goal = self._plan.spec.goal
        scores = goal.scores(result.metrics) if result.state is State.COMPLETE else None
        if scores is None or not goal.is_feasible(result.metrics):
            return
        is_most = goal.objectives[0][1] == "maximize"
        self.tally.rank(Leader(number, scores[0] if is_most else -scores[0], params), most=is_most)

    def _count(self, trial: Trial, result: Result) -> None:
        self.tally.ended += 1
        self.tally.busy += result.ended - result.started
        if result.state is State.FAILED:
            self.tally.failed += 1
            self.tally.failures.append(Failure(trial.number, str(result.reason), result.message))
        self.tally.pruned += result.state is State.PRUNED
        self._ways.add(f"{result.reason}: {result.message}" if result.state is State.FAILED else "")
        if self._ways != {""} and len(self._ways) == 1 and self.tally.ended >= self._plan.spec.limits.max_failures:
            self.tally.stopped = f"the first {self.tally.ended} trials all failed in the same way ({min(self._ways)})"
