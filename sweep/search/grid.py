"""Every point of the space that satisfies the constraints, in order, computed one at a time."""

from sweep.space import Space
from sweep.trial import Params, Result


class Grid:
    """A grid search. It learns nothing, so what it is told changes nothing."""

    def __init__(self, space: Space) -> None:
        self._points = space.points()

    def ask(self) -> Params | None:
        """The next point; None after the last."""
        return next(self._points, None)

    def tell(self, params: Params, result: Result) -> None:
        """Nothing to learn."""
