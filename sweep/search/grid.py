"""Every point of the space that satisfies the constraints, in order, computed one at a time."""

from sweep.search.base import Memo
from sweep.spec.space import Space
from sweep.trial import Params, Proposal, Result


class Grid:
    """A grid. It learns nothing, so what it is told changes nothing."""

    def __init__(self, space: Space) -> None:
        self._points = space.points()

    def choose(self, number: int) -> tuple[Params, Memo | None] | None:  # noqa: ARG002 (they come in order)
        """The next point; None after the last."""
        point = next(self._points, None)
        return None if point is None else (point, None)

    def recall(self, proposal: Proposal) -> None:  # noqa: ARG002 (the grid is the same as it was)
        """Pass over the point that was proposed."""
        next(self._points, None)

    def learn(self, number: int, result: Result) -> None:
        """Nothing to learn."""
