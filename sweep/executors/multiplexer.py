"""One executor for several searches at once: each has a lane, where trials keep the numbers that it gave them."""

from collections.abc import Sequence
from dataclasses import replace

from sweep.executors.base import Executor, RunningTrials
from sweep.trial import Params, Result, Trial


class Lanes:
    """Shares an executor. `wait` collects what has ended for all lanes; they give it out without waiting."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._lanes: dict[int, tuple[Lane, Trial]] = {}  # by the number that the executor knows the trial by
        self._next = 0

    def wait(self, timeout: float) -> None:
        """Wait up to `timeout` seconds for the first trial to end, of whichever lane."""
        for trial, result in self.executor.wait(timeout):
            lane, own = self._lanes.pop(trial.number)
            lane.ended.append((own, result))

    def submit(self, lane: "Lane", trial: Trial) -> None:
        """Run a trial of a lane."""
        self._lanes[self._next] = lane, trial
        self.executor.submit(replace(trial, number=self._next, params={**trial.params, **lane.params}))
        self._next += 1

    def recall(self) -> None:
        """Take back all trials that have not begun."""
        for trial in self.executor.recall():
            lane, own = self._lanes.pop(trial.number)
            lane.recalled.append(own)

    def abandon(self) -> None:
        """Stop whatever runs in any lane."""
        self.executor.abandon()
        self._lanes.clear()


class Lane:
    """An `Executor` whose trials all have these further parameters, such as the period of a window."""

    def __init__(self, lanes: Lanes, params: Params) -> None:
        self.params, self._lanes = params, lanes
        self.ended: list[tuple[Trial, Result]] = []
        self.recalled: list[Trial] = []

    @property
    def slots(self) -> int:
        """Number of trials that run at the same time, in all lanes."""
        return self._lanes.executor.slots

    def room(self) -> int:
        """Number of trials that may be submitted now, in any lane."""
        return self._lanes.executor.room()

    def running(self) -> Sequence[RunningTrials]:
        """Trials that run in all lanes, under the numbers of the shared executor."""
        return self._lanes.executor.running()

    def submit(self, *trials: Trial) -> None:
        """Run each trial as soon as there is a place; no packs are made of several searches."""
        for trial in trials:
            self._lanes.submit(self, trial)

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:  # noqa: ARG002 (the lanes wait together)
        """The trials that ended by the last `Lanes.wait`."""
        ended, self.ended = self.ended, []
        return sorted(ended, key=lambda pair: pair[0].number)

    def recall(self) -> list[Trial]:
        """Take back the trials that have not begun."""
        self._lanes.recall()
        recalled, self.recalled = self.recalled, []
        return recalled

    def interrupt(self) -> None:
        """End a `wait` that would take long."""
        self._lanes.executor.interrupt()

    def abandon(self) -> None:
        """Stop whatever runs, in all lanes."""
        self._lanes.abandon()

    def close(self) -> None:
        """The executor is not this lane's to close."""
