"""Rungs: the trading days at which a trial is judged."""

from math import ceil

from sweep.spec.exact_arithmetic import exact


def day_of(at: float, days: int) -> int:
    """The day, from 1, at whose end a rung stands: the first by which the share of the period is reached."""
    return max(1, ceil(exact(at) * days)) if at < 1 else int(at)
