"""Every point of the space that satisfies the constraints, in order, computed one at a time."""

import time
from collections.abc import Iterator

from sweep.common.json_values import Plain
from sweep.search.base import Memo
from sweep.spec.space import Space
from sweep.trial import Params, Proposal, Result

PATIENCE = 0.5  # seconds for which the next point is looked for at a time


class Grid:
    """A grid. It learns nothing, so what it is told changes nothing."""

    def __init__(self, space: Space) -> None:
        self._size, self._walk = space.size, space.walk()
        self._points: Iterator[dict[str, Plain] | None] = iter(self._walk if self._size else ())
        self._recalled = 0  # points to be passed over
        self._begun, self._from = 0.0, 0  # when and where the search for the next point began
        self.seeking = ""

    def choose(self, number: int) -> tuple[Params, Memo | None] | None:  # noqa: ARG002 (they come in order)
        """The next point; None after the last, and when it was not found soon, which `seeking` says then."""
        now = time.monotonic()
        if not self.seeking:
            self._begun, self._from = now, self._walk.passed
        self.seeking = ""
        for point in self._points:
            if point is not None and not self._recalled:
                return point, None
            self._recalled -= point is not None
            if time.monotonic() > now + PATIENCE:
                self.seeking = self._progress()
                break
        return None

    def _progress(self) -> str:
        passed = self._walk.passed
        pace = (time.monotonic() - self._begun) / max(1, passed - self._from)
        left = f"at most {(self._size - passed) * pace / 60:,.0f} min more"
        reason = "the constraints exclude long stretches of the grid"
        return f"{reason}: looked through {passed:,} of {self._size:,} points, {left}"

    def recall(self, proposal: Proposal) -> None:  # noqa: ARG002 (the grid is the same as it was)
        """Pass over the point that was proposed."""
        self._recalled += 1

    def learn(self, number: int, result: Result) -> None:
        """Nothing to learn."""
