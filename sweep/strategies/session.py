"""Wall-clock sessions of a strategy, on the engine's clock."""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000  # in nanoseconds, the unit of the engine's clock


class Session(NamedTuple):
    """A daily span of wall-clock time, start included and end excluded; it may run over midnight."""

    start: time
    end: time
    zone: ZoneInfo

    def end_after(self, ns: int) -> int | None:
        """The end (UNIX ns) of the session that is on at `ns`; None outside of a session."""
        today = datetime.fromtimestamp(ns // SECOND, self.zone).date()
        for day in (today, today + timedelta(days=1)):
            first = day if self.start < self.end else day - timedelta(days=1)
            start, end = (self._ns(datetime.combine(*at)) for at in ((first, self.start), (day, self.end)))
            if start <= ns < end:
                return end
        return None

    def _ns(self, wall: datetime) -> int:
        return int(wall.replace(tzinfo=self.zone).astimezone(UTC).timestamp()) * SECOND


def minutes(count: float) -> int:
    """Nanoseconds."""
    return int(count * 60 * SECOND)
