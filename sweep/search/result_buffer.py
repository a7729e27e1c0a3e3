"""Results put back into the order of asking."""

from collections.abc import Iterator

from sweep.trial import Result


class ReorderBuffer:
    """Holds results that came early; `release` hands each out once, by number, without a gap."""

    def __init__(self) -> None:
        self.learned = 0  # numbers below it have been released
        self._early: dict[int, Result] = {}

    def add(self, number: int, result: Result) -> None:
        """A result; of a number that has been told already the first one counts."""
        if number >= self.learned:
            self._early.setdefault(number, result)

    def release(self, last: int) -> Iterator[tuple[int, Result]]:
        """The results up to number `last` that are there and were not released before."""
        while self.learned <= last and self.learned in self._early:
            number = self.learned
            self.learned += 1
            yield number, self._early.pop(number)
