"""Trading days: where one ends and the next begins, on the instruments' own calendar.

    fx      fiat pairs and metals       rolled at 17:00 New York; the weekend belongs to Monday
    cme     CME-like futures, options   rolled at 17:00 Chicago; the weekend belongs to Monday
    crypto  any crypto currency         UTC dates, seven days a week
    utc     everything else             UTC dates; weekend data belongs to Monday

Instruments with different calendars in one backtest share UTC dates, seven days a week if one of them is crypto.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

NANOS = 1_000_000_000
ROLL = time(17)


class Calendar(StrEnum):
    """Rule by which trading days are cut."""

    FX = "fx"
    CME = "cme"
    CRYPTO = "crypto"
    UTC = "utc"

    @property
    def days_per_year(self) -> int:
        """Number of days with which daily figures are annualised."""
        return 365 if self is Calendar.CRYPTO else 252


ZONES = {Calendar.FX: ZoneInfo("America/New_York"), Calendar.CME: ZoneInfo("America/Chicago")}


@dataclass(frozen=True, slots=True)
class TradingDay:
    """One trading day: data with start <= time < end (nanoseconds) belongs to `day`."""

    day: str  # ISO date
    start: int
    end: int


def common(calendars: Iterable[Calendar]) -> Calendar:
    """The one calendar of a backtest over instruments with these."""
    kinds = set(calendars)
    if len(kinds) == 1:
        return kinds.pop()
    return Calendar.CRYPTO if Calendar.CRYPTO in kinds else Calendar.UTC


def sessions(calendar: Calendar, start: int, end: int) -> list[TradingDay]:
    """The trading days that cover [start, end) without a hole, ascending, cut to it."""
    days: list[TradingDay] = []
    opened = start
    day = datetime.fromtimestamp(start // NANOS, UTC).date() - timedelta(days=1)
    while opened < end:
        closed = close(calendar, day)
        if closed > opened and trades_on(calendar, day):
            days.append(TradingDay(day.isoformat(), opened, min(closed, end)))
            opened = closed
        day += timedelta(days=1)
    return days


def trading(calendar: Calendar, start: int, end: int) -> list[TradingDay]:
    """The trading days that begin before `end`, ascending; together they cover [start, end).

    Unlike `sessions` it makes no day of a weekend whose Monday is not reached: that belongs to the day before.
    """
    days = sessions(calendar, start, end)
    if len(days) > 1 and days[-1].end <= close(calendar, date.fromisoformat(days[-1].day) - timedelta(days=1)):
        before = days[-2]
        return [*days[:-2], TradingDay(before.day, before.start, end)]
    return days


def close(calendar: Calendar, day: date) -> int:
    """The first nanosecond after this trading day."""
    if zone := ZONES.get(calendar):
        return int(datetime.combine(day, ROLL, zone).timestamp()) * NANOS
    return int(datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()) * NANOS


def trades_on(calendar: Calendar, day: date) -> bool:
    return calendar is Calendar.CRYPTO or day.weekday() < 5
