"""A search whose every setting is run several times."""

from collections import deque
from collections.abc import Sequence

from sweep.search.base import SearchMethod
from sweep.spec.objectives import Goal
from sweep.spec.repeats import Repeat
from sweep.trial import Proposal, Result


class Repeated:
    """Asks for the repeats of a setting one by one, and tells the search of the one that stands for them.

    Repeat r of setting n is proposal n * repeats + r.
    """

    def __init__(self, search: SearchMethod, repeat: Repeat, goal: Goal) -> None:
        self._search, self._repeat, self._goal = search, repeat, goal
        self._waiting = deque[Proposal]()
        self._results: dict[int, dict[int, Result]] = {}  # by setting, by repeat

    @property
    def ended(self) -> str:
        """Reason why no more trials are proposed before the last; "" while there is none."""
        return "" if self._waiting else self._search.ended

    @property
    def seeking(self) -> str:
        """Progress of a search for the next setting that has not ended yet; "" where there is none."""
        return self._search.seeking

    def ask(self) -> Proposal | None:
        """The next trial; None when there is none now."""
        if not self._waiting and (setting := self._search.ask()):
            first = setting.number * len(self._repeat.values)
            self._waiting.extend(
                Proposal(first + r, {**setting.params, self._repeat.over: value}, setting.rungs, setting.memo)
                for r, value in enumerate(self._repeat.values)
            )
        return self._waiting.popleft() if self._waiting else None

    def tell(self, number: int, result: Result) -> None:
        """Take the result of a trial, in any order; the parameter set is told once all of its trials have ended."""
        setting, r = divmod(number, len(self._repeat.values))
        results = self._results.setdefault(setting, {})
        results.setdefault(r, result)
        if len(results) == len(self._repeat.values):
            trials = [results[n] for n in range(len(results))]
            self._search.tell(setting, trials[self._repeat.representative(trials, self._goal)])
            self._results[setting] = {}  # what was told is not told again


def settings_asked(recorded: Sequence[Proposal], repeat: Repeat) -> list[Proposal]:
    """The settings behind the trials that an earlier run has asked for."""
    count = len(repeat.values)
    return [
        Proposal(p.number // count, repeat.setting(p.params), p.rungs, p.memo)
        for p in recorded
        if p.number % count == 0
    ]
