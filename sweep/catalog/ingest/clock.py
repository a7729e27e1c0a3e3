"""The clock of a file whose times name no zone: an exchange's session shows where it may stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sweep.catalog.ingest.parsing.columns import Ints
from sweep.catalog.ingest.parsing.time_texts import first_match

MINUTE = 60 * 10**9
DAY = 24 * 60 * MINUTE
SLACK = 10  # minutes by which the first and the last row of a day may stand inside the session
MOST = 0.8  # of the days that must show it
SESSIONS = (  # open and close in minutes of the day, and where
    (570, 960, "America/New_York"), (240, 1200, "America/New_York"), (510, 900, "America/Chicago"),
    (480, 990, "Europe/London"), (540, 1050, "Europe/Berlin"), (540, 900, "Asia/Tokyo"), (540, 930, "Asia/Tokyo"),
    (570, 900, "Asia/Shanghai"), (555, 930, "Asia/Kolkata"), (600, 960, "Australia/Sydney"),
)  # fmt: skip
ZONES = {  # of venues, by the codes that brokers and vendors use
    **dict.fromkeys(
        ("XNAS", "XNYS", "ARCX", "XASE", "BATS", "IEXG", "NASDAQ", "NYSE", "ARCA", "AMEX", "IEX", "SMART", "OPRA"),
        "America/New_York",
    ),
    **dict.fromkeys(("XCME", "XCBT", "XNYM", "XCEC", "CME", "CBOT", "GLBX", "XCBO", "CBOE"), "America/Chicago"),
    **dict.fromkeys(("XLON", "LSE"), "Europe/London"),
    **dict.fromkeys(("XETR", "XFRA", "XEUR", "XPAR", "XAMS", "IBIS"), "Europe/Berlin"),
    **dict.fromkeys(("XTKS", "TSE", "TSEJ"), "Asia/Tokyo"),
    **dict.fromkeys(("XSHG", "XSHE", "SSE", "SZSE"), "Asia/Shanghai"),
    **dict.fromkeys(("XNSE", "XBOM", "NSE", "BSE"), "Asia/Kolkata"),
    **dict.fromkeys(("XASX", "ASX"), "Australia/Sydney"),
}
NAMED = re.compile(r"utc|gmt", re.IGNORECASE)  # in the name of a column


@dataclass(frozen=True, slots=True)
class Session:
    """The hours in which the rows of a file stand, on its own clock, and the zone of an exchange with such hours."""

    first: str  # 09:30
    last: str
    zone: str

    def __str__(self) -> str:
        return f"its times name no zone and run from {self.first} to {self.last}, as a session in {self.zone} does"


def default_zone(session: Session, instrument: str) -> str:
    """The zone to propose for times of an instrument: that of its venue where the session is one there, else UTC."""
    return session.zone if ZONES.get(instrument.rpartition(".")[2]) == session.zone else "UTC"


def is_naive(names: Sequence[str], texts: Sequence[str]) -> bool:
    """True if neither the names of the columns of the time nor its texts say where their clock stands."""
    if any(NAMED.search(name) for name in names):
        return False
    return not any((fields := first_match(text.strip())) and fields.groupdict().get("z") for text in texts)


def session_of(wall: Ints) -> Session | None:
    """The session that times of a clock (nanoseconds) show day by day; None where they show none."""
    day, minute = wall // DAY, wall % DAY // MINUTE
    order = np.lexsort((minute, day))
    day, minute = day[order], minute[order]
    starts = np.flatnonzero(np.diff(day, prepend=-1))
    ends = np.append(starts[1:], len(day)) - 1
    if len(ends) != len(starts) or (ends == starts).all():
        return None  # a row a day
    first, last = minute[starts], minute[ends]
    shares = {(opens, closes, zone): _share(first, last, opens, closes) for opens, closes, zone in SESSIONS}
    opens, closes, zone = max(shares, key=lambda session: shares[session])
    if shares[opens, closes, zone] < MOST:
        return None
    return Session(_clock(int(np.median(first))), _clock(int(np.median(last))), zone)


def _share(first: Any, last: Any, opens: int, closes: int) -> float:
    """The share of days that begin soon after the open and end about the close."""
    begins = (first >= opens) & (first <= opens + SLACK)
    return float((begins & (last >= closes - 2 * SLACK) & (last <= closes + SLACK)).mean())


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
