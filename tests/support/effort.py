"""Amount of work: the quick run takes fewer seeds and repetitions than SWEEP_TEST=full, of the same tests."""

import gc
import os
import time
from collections.abc import Generator
from contextlib import contextmanager

FULL = os.environ.get("SWEEP_TEST") == "full"  # everything runs, nothing is skipped


def repeats(full: int, *, quick: int) -> int:
    """Number of seeds, trials or rounds of a test."""
    return full if FULL else quick


@contextmanager
def cpu_below(seconds: float) -> Generator[None]:
    """Fail if what is inside takes more CPU than that: a bound between a second and hours, not a measurement.

    What other tests have left counts as little as may be: their threads, and their objects for the garbage collector.
    """
    was_on = gc.isenabled()
    gc.disable()
    begun = time.thread_time()
    try:
        yield
        assert time.thread_time() - begun < seconds
    finally:
        if was_on:
            gc.enable()
