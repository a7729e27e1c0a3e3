"""Interface of executors: run trials, return their results. All give the same results; `inline` defines them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sweep.backtest.user_code.source_snapshot import NO_CODE, SourceSnapshot
from sweep.common.messages import Say, silent
from sweep.executors.limits import UNLIMITED, Limits
from sweep.trial import Result, Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorOptions:
    """Settings of an executor; `inline` needs the user modules alone."""

    workers: int | None = None  # trials at a time; None: one per core
    address: str = "local"  # of a Ray cluster
    limits: Limits = UNLIMITED
    paths: Sequence[str] = ()  # folders of user code that workers add to `sys.path`
    supply: Mapping[str, Any] | None = None  # files that each node must have, see sweep.catalog.remote
    say: Say = silent
    sweep: str = ""  # its id, for the metrics of a cluster
    code: SourceSnapshot = NO_CODE  # user modules as the keys have them


DEFAULTS = ExecutorOptions()


@dataclass(frozen=True, slots=True)
class RunningTrials:
    """A trial, or a pack of them, that a worker runs."""

    worker: str  # host:pid
    since: float  # UNIX seconds
    trials: Sequence[Trial]


class Executor(Protocol):
    """Runs trials and returns their results, failures included; it never raises for a trial."""

    @property
    def slots(self) -> int:
        """Number of trials that run at the same time."""
        ...

    def room(self) -> int:
        """Number of trials that may be submitted now."""
        ...

    def running(self) -> Sequence[RunningTrials]:
        """Trials that have begun and not ended. Called by any thread."""
        ...

    def submit(self, *trials: Trial) -> None:
        """Run a trial as soon as there is a place; several are a pack: one pass over the market, a result for each."""
        ...

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:
        """Return the trials that ended; wait for the first up to `timeout` seconds, then return []."""
        ...

    def recall(self) -> list[Trial]:
        """Take back the trials that have not begun."""
        ...

    def interrupt(self) -> None:
        """End a `wait` that would take long. Called by a signal handler, in the middle of anything."""
        ...

    def abandon(self) -> None:
        """Stop all running trials, without results."""
        ...

    def close(self) -> None:
        """Release the resources of the executor."""
        ...
