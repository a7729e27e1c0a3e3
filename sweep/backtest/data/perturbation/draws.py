"""Random numbers of events: hashes of a seed, an entry of `data:`, the event's time and its place in that nanosecond.

So the same seed gives the same numbers, however the data is cut into windows.
"""

from hashlib import blake2b
from typing import Any

import numpy as np

from sweep.backtest.data.entries import DataEntry
from sweep.backtest.data.windows import Array

type Floats = np.ndarray[Any, np.dtype[np.float64]]

MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0x9E3779B97F4A7C15))


class Draws:
    """Numbers in (0, 1) for events at these ascending times, by the name of what they are for."""

    def __init__(self, seed: int, entry: DataEntry, times: Array) -> None:
        self.times, self._name = times, f"{seed}|{entry.kind}|{','.join(entry.identifiers)}"
        self._places = np.arange(len(times)) - np.searchsorted(times, times)  # in their nanosecond

    def __call__(self, purpose: str) -> Floats:
        """The numbers for one purpose."""
        key = int.from_bytes(blake2b(f"{self._name}|{purpose}".encode(), digest_size=8).digest())
        mixed = self.times.astype(np.uint64) + self._places.astype(np.uint64) * MIX[2]
        mixed = _mix(_mix(mixed ^ np.uint64(key)) + np.uint64(key))
        return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def _mix(values: Any) -> Any:
    """The finalizer of SplitMix64."""
    values = (values ^ (values >> np.uint64(30))) * MIX[0]
    values = (values ^ (values >> np.uint64(27))) * MIX[1]
    return values ^ (values >> np.uint64(31))
