"""Bunches of short trials: one task runs them one after another, each isolated, so the driver has fewer to deal with.

A task costs the driver milliseconds whatever is in it. A bunch is never part of a result: its trials do not know of
each other, and where a worker dies of one, all of them are handed out again, each alone.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sweep.trial import Result, Trial

SHORTEST, LONGEST = 0.2, 4.0  # seconds that a task of several trials takes
TASKS = 25  # that end in a second at most, where `LONGEST` allows it
MOST = 32  # trials of a bunch, whose results are then still sent in one message
KNOWN = 8  # trials whose length must be known
WEIGHT = 1 / 16  # of one trial in their mean


@dataclass(slots=True)
class Bunches:
    """Trials that wait for a task, and the number of them that one task should run."""

    waiting: deque[Trial] = field(default_factory=deque[Trial])
    _seconds: float = 0.0  # of a trial, a mean in which late ones count more
    _count: int = 0
    _has_packs: bool = False
    _alone: set[int] = field(default_factory=set[int])  # trials of bunches that broke

    def learn(self, results: Iterable[Result]) -> None:
        """Take the lengths of trials that ended."""
        for result in results:
            self._count += 1
            weight = max(WEIGHT, 1 / self._count)
            self._seconds += weight * (result.ended - result.started - self._seconds)

    def stop(self) -> None:
        """Make no more bunches: packs are submitted, whose trials do not end one by one."""
        self._has_packs = True

    def size(self, slots: int) -> int:
        """Number of trials that a task should run: more than one only where they are short."""
        if self._count < KNOWN or self._has_packs:
            return 1
        length = min(LONGEST, max(SHORTEST, slots / TASKS))
        return max(1, min(MOST, int(length / max(self._seconds, length / MOST))))

    def takes(self, trials: Iterable[Trial], slots: int) -> bool:
        """True if trials should wait to be part of a bunch, and not begin at once."""
        return self._alone.isdisjoint(t.number for t in trials) and (bool(self.waiting) or self.size(slots) > 1)

    def next(self, slots: int, places: int) -> list[Trial]:
        """Take the next bunch; `places` is the number of tasks that may be submitted while none runs.

        It gets smaller as fewer trials wait, so that the last ones are spread over all workers.
        """
        count = max(1, min(self.size(slots), len(self.waiting) // places))
        return [self.waiting.popleft() for _ in range(min(count, len(self.waiting)))]

    def broken(self, trials: Iterable[Trial]) -> Iterator[Trial]:
        """The trials of a bunch whose worker died; each is run alone from now on."""
        for trial in trials:
            self._alone.add(trial.number)
            yield trial

    def put_back(self, trials: Iterable[Trial]) -> None:
        """Keep the trials that a task left, before all others."""
        self.waiting.extendleft(reversed(list(trials)))

    def recall(self) -> list[Trial]:
        """Take back all that wait."""
        trials = list(self.waiting)
        self.waiting.clear()
        return trials
