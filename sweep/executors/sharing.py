"""An executor that fills packs: trials which may share one pass over the market are handed on together.

It changes nothing of what is asked: a pack is made of what the search has asked for by itself when it can ask no more.
A trial that cannot be told from a pack, and every trial of a pack that broke, is handed on once more, alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil

from sweep.executors import Executor
from sweep.trial import APART, ISOLATED, Result, Trial

type Group = str  # equal for trials that may share a pass
type Sorting = Callable[[Trial], tuple[Group, str]]  # the group of a trial, and why it must be run isolated, or ""


@dataclass
class SharingExecutor:
    """Packs of at most `size` trials of one group on another executor."""

    inner: Executor
    sorting: Sorting
    size: int
    _waiting: dict[Group, list[Trial]] = field(default_factory=dict[str, list[Trial]])
    _alone: dict[int, str] = field(default_factory=dict[int, str])  # trials that run isolated, and why

    @property
    def slots(self) -> int:
        """How many packs run at the same time."""
        return self.inner.slots

    def room(self) -> int:
        """Places for trials: a pack for each place of the other executor."""
        return max(0, self.inner.room() * self.size - sum(map(len, self._waiting.values())))

    def submit(self, *trials: Trial) -> None:
        """Keep trials until no more can be asked for."""
        for trial in trials:
            group, why = self.sorting(trial)
            if why:
                self._run_alone(trial, why)
            else:
                self._waiting.setdefault(group, []).append(trial)

    def _run_alone(self, trial: Trial, why: str) -> None:
        self._alone[trial.number] = why
        self.inner.submit(trial)

    def _fill(self) -> None:
        """Hand on what waits, in packs of equal sizes that keep every slot busy."""
        waiting, self._waiting = self._waiting, {}
        for trials in waiting.values():
            packs = max(ceil(len(trials) / self.size), min(self.inner.slots, len(trials)))
            for n in range(packs):
                self.inner.submit(*trials[n * len(trials) // packs : (n + 1) * len(trials) // packs])

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        """The trials that ended; those that a pack gave back have not."""
        self._fill()
        ended: list[tuple[Trial, Result]] = []
        for trial, result in self.inner.wait(timeout):
            if result.replay == APART:
                self._run_alone(trial, result.message)
            elif why := self._alone.pop(trial.number, ""):
                ended.append((trial, replace(result, replay=f"{ISOLATED}: {why}")))
            else:
                ended.append((trial, result))
        return ended

    def recall(self) -> list[Trial]:
        """Take back the trials that have not begun."""
        waiting = [trial for trials in self._waiting.values() for trial in trials]
        self._waiting.clear()
        return waiting + self.inner.recall()

    def interrupt(self) -> None:
        """End a `wait` that would take long."""
        self.inner.interrupt()

    def abandon(self) -> None:
        """Stop whatever runs, without results."""
        self._waiting.clear()
        self.inner.abandon()

    def close(self) -> None:
        """Give back what the other executor holds."""
        self.inner.close()
