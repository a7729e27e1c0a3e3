"""Progress of a sweep, and the limits of its time."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from sweep.trial import Params

LEADERS, LAST = 5, 3  # best trials, and last failures, that a progress has


class Leader(NamedTuple):
    """A trial among the best."""

    number: int
    objective: float
    params: Params


class Failure(NamedTuple):
    """A trial that failed."""

    number: int
    reason: str
    message: str


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
    leaders: list[Leader] = field(default_factory=list[Leader])  # the best trials, best first
    failures: deque[Failure] = field(default_factory=lambda: deque[Failure](maxlen=LAST))  # the last
    since: float = field(default_factory=time.monotonic)
    stopped: str = ""  # what went wrong, so that no more trials are asked for
    seeking: str = ""  # how far the search for a setting is that satisfies the constraints
    enough: str = ""  # why the search ended before its last trial, as it was told to

    pauses: Callable[[], float] = field(default=lambda: 0.0)  # seconds for which the sweep was paused

    @property
    def elapsed(self) -> float:
        """Seconds since the driver began, without pauses."""
        return time.monotonic() - self.since - self.pauses()

    @property
    def done(self) -> int:
        """Number of trials that need not run any more."""
        return self.skipped + self.reused + self.ended

    @property
    def best(self) -> tuple[int, float] | None:
        """Number and objective of the best trial."""
        return (self.leaders[0].number, self.leaders[0].objective) if self.leaders else None

    def rank(self, leader: Leader, *, most: bool) -> None:
        """Put a trial among the best; of equal trials the one that ended first stays first."""
        if any(other.number == leader.number for other in self.leaders):
            return
        self.leaders.append(leader)
        self.leaders.sort(key=lambda each: -each.objective if most else each.objective)
        del self.leaders[LEADERS:]

    @property
    def eta(self) -> float | None:
        """Seconds still to go: the pace so far; None before the first trial has ended."""
        return self.elapsed / self.ended * max(0, self.total - self.done) if self.ended else None


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
