"""Amount of work: the quick run takes fewer seeds and repetitions than SWEEP_TEST=full, of the same tests."""

import os

FULL = os.environ.get("SWEEP_TEST") == "full"  # everything runs, nothing is skipped


def repeats(full: int, *, quick: int) -> int:
    """Number of seeds, trials or rounds of a test."""
    return full if FULL else quick
