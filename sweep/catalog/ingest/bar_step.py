"""Bars by their length: seconds to days on the clock of UTC, days, weeks and months on the clock of the market."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from nautilus_trader.model import BarType

from sweep.catalog.ingest.parsing.cell_error import FileError
from sweep.catalog.ingest.parsing.clock import zones
from sweep.catalog.ingest.parsing.columns import Ints
from sweep.errors import Problem

PRICE_TYPES = ("LAST", "BID", "ASK", "MID")
UNITS = {"WEEK": 604_800, "DAY": 86_400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}  # longest first
MONTH = 30 * 86_400  # seconds, about
MONTHS = {"MONTH": 1, "YEAR": 12}
TEXT = re.compile(r"(\d{1,4})-(SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|YEAR)")
SECOND = 10**9
HOUR, DAY, WEEK = 3600 * SECOND, 86_400 * SECOND, 604_800 * SECOND
SHORT = 3 * DAY  # by which a week, or a fourth of a month, may be shorter


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestStep:
    """The length of bars, where their time stands in them, and what their prices are of."""

    seconds: int = 60
    stamp: str = "open"  # a bar's time is its open or its close
    price: str = "LAST"  # or BID, ASK, MID
    length: str = ""  # in place of seconds: 4-HOUR, 1-DAY, 1-WEEK, 1-MONTH
    volume: str = ""  # of bars that have none

    def problems(self) -> list[Problem]:
        """Every mistake in the values."""
        problems = [] if self.stamp in ("open", "close") else [Problem("--stamp", "must be open or close", self.stamp)]
        if self.price not in PRICE_TYPES:
            problems.append(Problem("--price", f"must be one of {', '.join(PRICE_TYPES)}", self.price))
        if not _is_positive(self.volume):
            problems.append(Problem("--volume", "must be a number above 0", self.volume))
        if self.length and not TEXT.fullmatch(self.length):
            problems.append(Problem("--bar", "must be a length such as 4-HOUR, 1-DAY, 1-WEEK or 1-MONTH", self.length))
        elif not self.length and self.seconds < 1:
            problems.append(Problem("--bar-seconds", "must be at least 1", self.seconds))
        elif not _is_known(self._text()):
            option, value = ("--bar", self.length) if self.length else ("--bar-seconds", self.seconds)
            rule = "is no length of the engine's bars"
            remedy = "lengths that divide a minute, an hour or a day, and whole days, weeks and months (--bar 1-MONTH)"
            problems.append(Problem(option, rule, value, remedy))
        return problems

    def _text(self) -> str:
        if self.length:
            return self.length
        unit = next(u for u, size in UNITS.items() if self.seconds % size == 0)
        return f"{self.seconds // UNITS[unit]}-{unit}"

    def __str__(self) -> str:
        return f"{self._text()}-{self.price}"

    def normal(self) -> "IngestStep":
        """The same with its seconds; of months about."""
        if not (match := TEXT.fullmatch(self.length)):
            return self
        unit = UNITS.get(match[2], 0) or MONTHS[match[2]] * MONTH
        return replace(self, seconds=int(match[1]) * unit)

    @property
    def months(self) -> int:
        """Months of a bar; 0 where it is shorter."""
        match = TEXT.fullmatch(self.length)
        return int(match[1]) * MONTHS[match[2]] if match and match[2] in MONTHS else 0

    @property
    def nanoseconds(self) -> int:
        return self.seconds * SECOND

    def ends(self, utc: Ints, wall: Ints, zone: str) -> Ints:
        """The moments at which bars are known, on the clock of the file where that is moved inside a bar."""
        if self.stamp == "close":
            return utc
        if self.months:
            return self._moved(utc, wall, _months_later(wall, self.months), zone)
        if self.nanoseconds <= HOUR:
            return utc + self.nanoseconds
        aligned = (wall % self.nanoseconds == 0) | (self.nanoseconds >= DAY)
        later = self._moved(utc, wall, wall + self.nanoseconds, zone)
        return np.where(aligned, later, utc + self.nanoseconds)

    def _moved(self, utc: Ints, wall: Ints, later: Ints, zone: str) -> Ints:
        """UTC of later times of the same clock."""
        ahead = wall - utc
        by_zone = zones.offsets_at(utc, zone)
        if (ahead == by_zone).all():
            guess = later - by_zone
            return later - zones.offsets_at(guess, zone)
        ends = later - ahead
        if len(ends) > 1:  # offsets in the file: those of the bar that begins where this one ends
            following = np.append(np.flatnonzero(later[:-1] == wall[1:]) + 1, []).astype(np.int64)
            ends[following - 1] = utc[following]
        return ends


def _is_positive(text: str) -> bool:
    try:
        return not text or 0 < Decimal(text) < Decimal("Infinity")
    except InvalidOperation:
        return False


def _is_known(text: str) -> bool:
    try:
        BarType.from_str(f"A/B.SIM-{text}-LAST-EXTERNAL")
    except ValueError:
        return False
    return True


def _months_later(wall: Ints, months: int) -> Ints:
    """The same day and time, some months later."""
    at = wall.astype("datetime64[ns]")
    month = at.astype("datetime64[M]")
    return (
        (month + np.timedelta64(months, "M")).astype("datetime64[ns]") + (at - month.astype("datetime64[ns]"))
    ).astype(np.int64)


class Spacing:
    """The distances between bars, held against their length: in UTC, or on the clock of the file."""

    def __init__(self, step: IngestStep) -> None:
        self._step, self._last = step, None

    def add(self, table: Any) -> None:
        """ValueError where two bars stand nearer to each other, or where their distance is not made of whole bars."""
        utc, wall = table["time"].to_numpy(), table["wall"].to_numpy()
        order = np.argsort(utc, kind="stable")
        pairs = np.column_stack((utc[order], wall[order]))
        steps = np.diff(pairs if self._last is None else np.vstack((self._last, pairs)), axis=0)
        self._last = pairs[-1]
        steps = steps[(steps > 0).all(axis=1)]  # the same time again is another matter
        odd = steps[self._is_odd(steps)]
        if len(odd):
            raise self._refusal(int(odd[:, 0].min()))

    def _is_odd(self, steps: Ints) -> Any:
        length = self._step.nanoseconds
        if length < WEEK:
            return (steps % length != 0).all(axis=1)
        return (steps < length - SHORT * (length // WEEK)).all(axis=1)  # a week begins on its first day of trade

    def _refusal(self, nearest: int) -> FileError:
        length = self._step.nanoseconds
        rule = f"bars are {nearest / 1e9:g} s apart, which is no multiple of {length / 1e9:g}"
        if length >= 4 * HOUR and abs((nearest + length // 2) % length - length // 2) == HOUR:
            return FileError(
                rule, "their days run on the clock of a market: state it, such as --time-zone America/New_York"
            )
        guess = IngestStep(seconds=nearest // SECOND)
        return FileError(rule, "give --bar-seconds" + ("" if guess.problems() else f" {guess.seconds}"))
