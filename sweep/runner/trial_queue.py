"""Trials that are asked for and wait: the longest goes first, once it is known which settings make trials long.

Short ones stay for the end, where they fill the places that the last long ones leave.
"""

from collections.abc import Iterable, Iterator

from sweep.trial import Params, Result, State, Trial

POOL = 16  # trials for each slot that wait at most
UNLIKE = 1.5  # times that one value of a parameter must take as long as another
FELT = 1.0  # seconds: a sweep of shorter trials gains nothing at its end
ENOUGH = 3  # trials with a value from which on its mean counts


class Mean:
    """Seconds of the trials that ended with one value of a parameter."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0

    def add(self, seconds: float) -> None:
        """One more trial."""
        self.count, self.seconds = self.count + 1, self.seconds + seconds

    @property
    def each(self) -> float:
        """Seconds of a trial."""
        return self.seconds / self.count


class TrialQueue:
    """Holds trials until there is room for them. In the order of asking, unless `ordered` and lengths differ."""

    def __init__(self, *, ordered: bool) -> None:
        self._ordered, self._differ = ordered, False
        self._trials: list[Trial] = []
        self._all, self._means = Mean(), dict[str, dict[str, Mean]]()  # by parameter, by value

    def __len__(self) -> int:
        return len(self._trials)

    def learn(self, params: Params, result: Result) -> None:
        """Take the run time of a trial."""
        if not self._ordered or result.state is not State.COMPLETE:
            return
        seconds = result.ended - result.started
        self._all.add(seconds)
        for name, value in params.items():
            self._means.setdefault(name, {}).setdefault(repr(value), Mean()).add(seconds)
        if self._all.each * UNLIKE >= FELT:
            self._differ = any(self._is_telling(means) for means in self._means.values())

    @staticmethod
    def _is_telling(means: dict[str, Mean]) -> bool:
        means_known = [mean.each for mean in means.values() if mean.count >= ENOUGH]
        return len(means_known) > 1 and max(means_known) >= max(FELT, UNLIKE * min(means_known))

    def guess(self, params: Params) -> float:
        """Length against the mean: each value's part in it multiplies. A value of which little is known has none."""
        length = 1.0
        for name, value in params.items():
            mean = self._means.get(name, {}).get(repr(value))
            if mean and mean.count >= ENOUGH:
                length *= mean.each / self._all.each
        return length

    def depth(self, slots: int) -> int:
        """Return the number of trials to hold back beside the next one: none if the order does not matter."""
        return POOL * slots if self._differ and slots > 1 else 0

    def put(self, trial: Trial) -> None:
        """Keep a trial that was just asked for."""
        self._trials.append(trial)

    def put_back(self, trials: Iterable[Trial]) -> None:
        """Keep trials that were taken and have not begun, before all others."""
        self._trials[:0] = sorted(trials, key=lambda trial: trial.number)

    def take(self) -> Trial:
        """The next to run: the longest, of equals the one asked for first."""
        longest = max(self._trials, key=lambda trial: self.guess(trial.params)) if self._differ else self._trials[0]
        self._trials.remove(longest)
        return longest

    def recall(self) -> Iterator[Trial]:
        """All that wait; none does any more."""
        while self._trials:
            yield self._trials.pop()
