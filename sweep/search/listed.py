"""Settings from a list, one after another."""

from collections.abc import Iterable

from sweep.search.base import Memo
from sweep.trial import Params, Proposal, Result


class Listed:
    """A list of settings. It learns nothing."""

    seeking = ""

    def __init__(self, points: Iterable[Params]) -> None:
        self._points = iter(points)

    def choose(self, number: int) -> tuple[Params, Memo | None] | None:  # noqa: ARG002 (they come in order)
        """The next setting; None after the last."""
        point = next(self._points, None)
        return None if point is None else (point, None)

    def recall(self, proposal: Proposal) -> None:
        """Pass over the setting that was proposed."""
        self.choose(proposal.number)

    def learn(self, number: int, result: Result) -> None:
        """Nothing to learn."""
