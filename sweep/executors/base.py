"""Where trials run: a seam of small methods. `inline` is the specification of `ray`: same trials, same ledger."""

from typing import Protocol

from sweep.trial import Result, Trial


class Executor(Protocol):
    """Runs trials and gives their results back, failures included; it never raises for a trial."""

    @property
    def slots(self) -> int:
        """How many trials run at the same time."""
        ...

    def room(self) -> int:
        """How many more trials may be submitted now."""
        ...

    def submit(self, *trials: Trial) -> None:
        """Run a trial as soon as there is a place; several are a pack: one pass over the market, a result for each."""
        ...

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        """The trials that ended; waits for the first up to `timeout` seconds, then gives [] back."""
        ...

    def recall(self) -> list[Trial]:
        """Take back the trials that have not begun."""
        ...

    def interrupt(self) -> None:
        """End a `wait` that would take long. Called by a signal handler, in the middle of anything."""
        ...

    def abandon(self) -> None:
        """Stop whatever runs, without results."""
        ...

    def close(self) -> None:
        """Give back what the executor holds."""
        ...
