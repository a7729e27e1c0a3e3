"""Missing stretches between rows, by the length of a bar and the hours of a market: one rule for verify and inspect."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

type Ints = np.ndarray[Any, np.dtype[np.int64]]

SECOND = 10**9
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND
CLOSED = 4 * HOUR  # a stretch so long over midnight UTC is a closed market
QUIET = 2 * HOUR  # without a row, where a market is open
FEW = 3  # bars
SLOW = 50  # times the usual distance between rows
HOLIDAYS = 3  # weekdays in a row that markets are closed for less than
LENGTHS = {"SECOND": SECOND, "MINUTE": 60 * SECOND, "HOUR": HOUR, "DAY": DAY, "WEEK": 7 * DAY, "MONTH": 31 * DAY,
           "YEAR": 366 * DAY}  # fmt: skip
BAR = re.compile(rf"-(\d+)-({'|'.join(LENGTHS)})-[A-Z]+-[A-Z]+$")


@dataclass(frozen=True, slots=True)
class Market:
    """The hours of an instrument, and the length of its bars."""

    never_closes: bool = False
    bar: int = 0  # nanoseconds; 0 for quotes and trades

    @classmethod
    def of(cls, kind: str, identifier: str, *, never_closes: bool) -> "Market":
        match = BAR.search(identifier) if kind == "Bar" else None
        return cls(never_closes, int(match[1]) * LENGTHS[match[2]] if match else 0)

    def missing(self, times: Ints, steps: Ints) -> Ints:
        """Nanoseconds without data before each row, which is a step after the one before; 0 while it was closed."""
        lacking = np.maximum(steps - self.bar, 0)
        if self.never_closes:
            return lacking
        ends = times - self.bar
        over_night = ((times - steps) // DAY != (ends - (self.bar > 0)) // DAY) & (lacking >= CLOSED)
        lacking = lacking.copy()
        for n in np.flatnonzero(over_night):
            if len(self.days(int(times[n] - steps[n]), int(ends[n]))) < HOLIDAYS:
                lacking[n] = 0
        return lacking

    def worth(self, spacing: float) -> int:
        """The shortest stretch that is worth a word, by the usual distance between rows."""
        if self.bar and (self.never_closes or self.bar >= DAY):
            return FEW * self.bar
        return max(QUIET, int(SLOW * spacing))

    def days(self, start: int, end: int) -> list[str]:
        """The whole days (UTC) of a stretch on which the market is open, as ISO dates."""
        first, last = -(-start // DAY), end // DAY
        days = (date(1970, 1, 1) + timedelta(days=n) for n in range(first, last))
        return [d.isoformat() for d in days if self.never_closes or d.weekday() < 5]
