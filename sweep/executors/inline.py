"""One trial after another in this process: for tests, debugging, and as the specification of the others.

Nothing stands between a trial and this process, so `limits.trial_timeout` and `limits.trial_memory` are not enforced.
"""

import gc
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sweep.executors.base import DEFAULTS, ExecutorOptions, RunningTrials
from sweep.executors.worker.run_trial import execute_all, identity
from sweep.trial import Result, Trial


class InlineExecutor:
    """Runs the submitted trial when its result is waited for."""

    slots = 1

    def __init__(self, base: Mapping[str, Any], options: ExecutorOptions = DEFAULTS) -> None:
        self._base, self._code = base, options.code
        self._waiting: list[tuple[Trial, ...]] = []
        self._running: tuple[RunningTrials, ...] = ()
        self._is_interrupted = False
        gc.freeze()  # so that a look for the engines that trials leave, after each, is quick

    def room(self) -> int:
        """One trial at a time."""
        return self.slots - len(self._waiting)

    def running(self) -> Sequence[RunningTrials]:
        """The trials that run now."""
        return self._running

    def submit(self, *trials: Trial) -> None:
        """Keep a trial, or a pack of them, until the result is waited for."""
        self._waiting.append(trials)

    def wait(self, timeout: float) -> list[tuple[Trial, Result]]:  # noqa: ARG002 (there is nothing to wait for)
        """Run the waiting trial to its end, however long that takes, unless it is interrupted."""
        waiting, self._waiting = self._waiting, []
        try:
            return [result for trials in waiting for result in zip(trials, self._run(trials), strict=True)]
        except KeyboardInterrupt:
            if not self._is_interrupted:
                raise
            return []

    def _run(self, trials: Sequence[Trial]) -> list[Result]:
        self._running = (RunningTrials(identity(), time.time(), trials),)
        try:
            return execute_all(self._base, trials, attached=True, code=self._code)
        finally:
            self._running = ()
            gc.collect()  # objects of the engine must end in the thread that made them, and others run beside it

    def recall(self) -> list[Trial]:
        """Take back the trials that have not begun."""
        waiting, self._waiting = self._waiting, []
        return [trial for trials in waiting for trial in trials]

    def interrupt(self) -> None:
        """Leave the trial that runs, as soon as it executes Python code."""
        if self._running:
            self._is_interrupted = True
            raise KeyboardInterrupt

    def abandon(self) -> None:
        """Forget what was not begun."""
        self._waiting.clear()

    def close(self) -> None:
        """Have the collector look at everything again."""
        gc.unfreeze()
