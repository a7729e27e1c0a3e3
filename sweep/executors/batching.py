"""An executor that fills packs: trials which may share one pass over the market are handed on together.

It changes nothing of what is asked: a pack is made of what the search has asked for by itself when it can ask no more.
A trial that cannot be told from a pack is handed on once more, alone; a pack whose worker died, in halves. After one
whose figures contradict its own orders, no more packs are filled. Trials that are drawn for the proof also run
isolated, behind the packs that wait, so that no place is idle meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from sweep.errors import Reason
from sweep.executors.base import Executor, RunningTrials
from sweep.trial import CONTRADICTED, ISOLATED, MUST_RUN_ISOLATED, Result, State, Trial

type Group = str  # equal for trials that may share a pass
type Sorting = Callable[[Trial], tuple[Group, str]]  # the group of a trial, and why it must be run isolated, or ""
MACHINE = {Reason.CRASH, Reason.NODE, Reason.MEMORY, Reason.CHANGED}  # reasons that say nothing of the trial
NO_MORE = "another trial's figures contradicted its orders"
RETRIES = 2  # of a check that the machine broke


@dataclass
class SharingExecutor:
    """Packs of at most `size` trials of one group on another executor."""

    inner: Executor
    sorting: Sorting
    size: int
    drawn: Callable[[Trial], bool] = lambda _: False  # whether a trial is checked whatever comes of it
    checks: dict[int, Result] = field(default_factory=dict[int, Result])  # what isolated runs of trials came to
    contradiction: str = ""  # the first that a pack was given back for: none of them can be trusted
    _checking: dict[int, int] = field(default_factory=dict[int, int])  # those under way, and how often one was broken
    _waiting: dict[Group, list[Trial]] = field(default_factory=dict[str, list[Trial]])
    _alone: dict[int, str] = field(default_factory=dict[int, str])  # trials that run isolated, and why
    _ready: list[tuple[Trial, ...]] = field(default_factory=list[tuple[Trial, ...]])  # handed on by the next `wait`

    @property
    def slots(self) -> int:
        """Number of packs that run at the same time."""
        return self.inner.slots

    def room(self) -> int:
        """Places for trials: a pack for each place of the other executor."""
        return max(0, (self.inner.room() - len(self._ready)) * self.size - sum(map(len, self._waiting.values())))

    def running(self) -> Sequence[RunningTrials]:
        """Trials that the other executor runs; the numbers of checks are below zero."""
        return self.inner.running()

    def submit(self, *trials: Trial) -> None:
        """Keep trials until no more can be asked for."""
        for trial in trials:
            group, why = self.sorting(trial)
            if why := self._alone.get(trial.number, why or (NO_MORE if self.contradiction else "")):
                self._run_alone(trial, why)
            else:
                self._waiting.setdefault(group, []).append(trial)

    def _run_alone(self, trial: Trial, why: str) -> None:
        self._alone[trial.number] = why
        self._ready.append((trial,))

    def check(self, trial: Trial) -> None:
        """Run a trial isolated beside whatever runs, once; the result will be in `checks`."""
        if not self.has_check(trial.number):
            self._checking[trial.number] = 0
            self.inner.submit(mirrored(trial))

    def has_check(self, number: int) -> bool:
        """True if the trial has been run again isolated, or is about to be."""
        return number in self.checks or number in self._checking

    def _fill(self) -> None:
        """Hand on what waits: packs of equal sizes, one for each free slot, then the checks of those that are drawn.

        Neighbours, which are often alike, go to different packs: that makes them equal in work.
        """
        ready, self._ready = self._ready, []
        for trials in ready:
            self.inner.submit(*trials)
        waiting, self._waiting = self._waiting, {}
        together: list[Trial] = []
        for trials in waiting.values():
            idle = min(self.inner.slots, self.inner.room())
            packs = max(ceil(len(trials) / self.size), min(idle, len(trials)))
            for n in range(packs):
                self.inner.submit(*trials[n::packs])
            together += trials if len(trials) > packs else []
        if self.inner.slots > 1:
            for trial in filter(self.drawn, together):
                self.check(trial)

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        """The trials that ended; those that a pack gave back have not, and begin in the next `wait` at the earliest.

        So they can be taken back before, in a pause.
        """
        self._fill()
        ended: list[tuple[Trial, Result]] = []
        broken: list[Trial] = []
        for trial, result in self.inner.wait(timeout):
            if trial.number < 0:
                self._checked(mirrored(trial), result)
            elif result.replay == MUST_RUN_ISOLATED and result.reason in MACHINE:
                broken.append(trial)
            elif result.replay in {MUST_RUN_ISOLATED, CONTRADICTED}:
                if result.replay == CONTRADICTED:
                    self.contradiction = self.contradiction or result.message
                self._run_alone(trial, result.message)
            elif why := self._alone.pop(trial.number, ""):
                ended.append((trial, replace(result, replay=f"{ISOLATED}: {why}")))
            else:
                ended.append((trial, result))
        self._halve(broken)
        return ended

    def _halve(self, broken: Sequence[Trial]) -> None:
        """Try again what a worker died of: if it was one of the trials, it is found in a few rounds."""
        groups: dict[Group, list[Trial]] = {}
        for trial in broken:
            groups.setdefault(self.sorting(trial)[0], []).append(trial)
        for half in (trials[n::2] for trials in groups.values() for n in range(2)):
            if len(half) > 1:
                self._ready.append(tuple(half))
            elif half:
                self._run_alone(half[0], "the worker of its pack died")

    def _checked(self, trial: Trial, result: Result) -> None:
        """Keep what a check came to; one that the machine broke is tried again, and one that failed with a chart."""
        broken = self._checking[trial.number]
        if result.state is State.FAILED and (trial.charted or (result.reason in MACHINE and broken < RETRIES)):
            self._checking[trial.number] = broken + 1
            self._ready.append((replace(mirrored(trial), charted=False),))
        else:
            del self._checking[trial.number]
            self.checks[trial.number] = result

    def recall(self) -> list[Trial]:
        """Take back the trials that have not begun."""
        waiting = [trial for trials in self._waiting.values() for trial in trials]
        recalled = self.inner.recall() + [trial for trials in self._ready for trial in trials]
        self._waiting.clear()
        self._ready.clear()
        for trial in recalled:
            self._checking.pop(mirrored(trial).number, None)
        return waiting + [trial for trial in recalled if trial.number >= 0]

    def interrupt(self) -> None:
        """End a `wait` that would take long."""
        self.inner.interrupt()

    def abandon(self) -> None:
        """Stop whatever runs, without results."""
        self._waiting.clear()
        self._ready.clear()
        self._checking.clear()
        self.inner.abandon()

    def close(self) -> None:
        """Give back what the other executor holds."""
        self.inner.close()


def mirrored(trial: Trial) -> Trial:
    """A check of a trial, or the trial of a check: numbers of checks are below zero."""
    return replace(trial, number=-1 - trial.number)
