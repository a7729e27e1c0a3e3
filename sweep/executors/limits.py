"""Limits of one trial: time and memory."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a trial may use; None: as much as it likes."""

    seconds: float | None = None
    bytes: int | None = None  # resident memory of the whole worker


UNLIMITED = Limits()
