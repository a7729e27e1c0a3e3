"""Ask/tell search; deterministic regardless of the order in which trials end.

Trial n is chosen knowing exactly the results of the trials up to n - window: not fewer, so that `ask` waits for them,
and not more, so that a faster machine does not search differently. Results are learned in the order of asking.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sweep.search.early_stopping import EarlyStopping
from sweep.search.pruners.base import Pruner
from sweep.search.result_buffer import ReorderBuffer
from sweep.trial import Params, Proposal, Result

type Memo = Mapping[str, Any]


class Sampler(Protocol):
    """A way to choose settings: a grid, or a sampler."""

    @property
    def seeking(self) -> str:
        """Progress of a search for the next setting that has not ended yet; "" where there is none."""
        ...

    def choose(self, number: int) -> tuple[Params, Memo | None] | None:
        """The setting of trial `number`, one more than the last; None when there are no more, or while it is sought."""
        ...

    def recall(self, proposal: Proposal) -> None:
        """Take a proposal from an earlier run in the place of `choose`."""
        ...

    def learn(self, number: int, result: Result) -> None:
        """Take the result of a trial; called in the order of the numbers."""
        ...


@dataclass(slots=True)
class SearchMethod:
    """One search. A grid without a pruner learns nothing and waits for nothing: its window is None."""

    chooser: Sampler
    trials: int | None = None  # at most so many are proposed; a grid ends by itself
    window: int | None = None
    pruner: Pruner | None = None
    patience: EarlyStopping | None = None
    recorded: Sequence[Proposal] = ()  # of an earlier run: they are proposed again as they were
    ended: str = ""  # why no more are proposed although there are more
    _count: int = 0
    _history: ReorderBuffer = field(default_factory=ReorderBuffer)

    @property
    def seeking(self) -> str:
        """Progress of a search for the next setting that has not ended yet; "" where there is none."""
        return self.chooser.seeking

    def ask(self) -> Proposal | None:
        """The next setting; None when there is none now.

        None and nothing running or sought: the search is finished.
        """
        if self.ended or self._count == self.trials or not self._has_what_it_needs():
            return None
        if self._count < len(self.recorded):
            proposal = self.recorded[self._count]
            self.chooser.recall(proposal)
        elif not (proposal := self._choose()):
            return None
        self._count += 1
        return proposal

    def _has_what_it_needs(self) -> bool:
        """Learn what the next trial may know; False while some of it is not there yet."""
        if self.window is None:
            return True
        last = self._count - self.window
        for number, result in self._history.release(last):
            self.chooser.learn(number, result)
            if self.pruner:
                self.pruner.learn(number, result)
            if self.patience:
                self.patience.learn(result)
        return self._history.learned > last

    def _choose(self) -> Proposal | None:
        if self.patience and (why := self.patience.verdict()):
            self.ended = why
            return None
        if (chosen := self.chooser.choose(self._count)) is None:
            return None
        params, memo = chosen
        if self.pruner is None:
            return Proposal(self._count, params, (), memo)
        return Proposal(self._count, params, self.pruner.rungs(self._count), memo or {})

    def tell(self, number: int, result: Result) -> None:
        """Take the result of a proposal, in any order."""
        if self.window is not None:
            self._history.add(number, result)
