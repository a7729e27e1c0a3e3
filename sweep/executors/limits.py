"""Limits of one trial: time and memory."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Time and memory that a trial may use; None: unlimited."""

    timeout_s: float | None = None
    memory_bytes: int | None = None  # resident memory of the whole worker


UNLIMITED = Limits()
