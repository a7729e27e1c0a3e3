"""Offsets of time zones from UTC, for columns of times."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from sweep.catalog.ingest.parsing.cell_error import MovedClockError

type Ints = np.ndarray[Any, np.dtype[np.int64]]

SLOT = 15 * 60 * 10**9  # no zone changes its clock but at a quarter of an hour
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?")
TWICE = "is there twice, as the clock is moved back then"
NEVER = "is never there, as the clock is moved forward then"
CUT = (
    "cut the file at this change of the clock and give each part its own offset, "
    "such as --time-zone=-04:00 before it and --time-zone=-05:00 after it"
)


def is_utc(zone: str) -> bool:
    return zone in {"UTC", "Etc/UTC", "GMT"} or bool(
        (match := OFFSET.fullmatch(zone)) and not int(match[2] + (match[3] or ""))
    )


def utc(wall: Ints, zone: str) -> Ints:
    """UTC of wall-clock nanoseconds in a zone. MovedClockError where its clock shows that time twice or never."""
    return wall - _offsets(wall, zone, _offset)


def offsets_at(instants: Ints, zone: str) -> Ints:
    """By how much the clock of a zone is ahead of UTC at these moments, in nanoseconds."""
    return _offsets(instants, zone, _offset_at)


def _offsets(times: Ints, zone: str, of: Callable[[int, ZoneInfo], int | None]) -> Ints:
    if is_utc(zone):
        return np.zeros(len(times), np.int64)
    if match := OFFSET.fullmatch(zone):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        return np.full(len(times), int(match[1] + "1") * minutes * 60 * 10**9, np.int64)
    slots, place = np.unique(times // SLOT, return_inverse=True)
    offsets = [of(int(slot) * SLOT, ZoneInfo(zone)) for slot in slots]
    if None in offsets:
        row = int(np.flatnonzero(place == offsets.index(None))[0])
        early, late = _both(int(times[row]) // SLOT * SLOT, ZoneInfo(zone))
        rule, remedy = (TWICE, CUT) if early > late else (NEVER, "correct the time, or state its zone: --time-zone")
        raise MovedClockError(row, clock_text(int(times[row])), rule, remedy, is_twice=early > late)
    return np.array(offsets, np.int64)[place]


def clock_text(wall: int) -> str:
    """A time of the clock as people write it, to the second."""
    return str(np.datetime64(wall, "ns").astype("datetime64[s]")).replace("T", " ")


def both_offsets(wall: Ints, zone: str) -> tuple[Ints, Ints]:
    """The offsets of times of a zone's clock: of the first and of the second hour where it shows an hour twice.

    MovedClockError where the clock never shows that time.
    """
    slots, place = np.unique(wall // SLOT, return_inverse=True)
    pairs = np.array([_both(int(slot) * SLOT, ZoneInfo(zone)) for slot in slots], np.int64).reshape(-1, 2)[place]
    if len(lost := np.flatnonzero(pairs[:, 0] < pairs[:, 1])):
        utc(wall[lost[:1]], zone)  # raises
    return pairs[:, 0], pairs[:, 1]


def _both(wall: int, zone: ZoneInfo) -> tuple[int, int]:
    """The offsets before and after a change of the clock; equal far from one."""
    local = datetime.fromtimestamp(wall // 10**9, UTC).replace(tzinfo=zone)
    early, late = (local.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return int(early.total_seconds()) * 10**9, int(late.total_seconds()) * 10**9


def _offset(wall: int, zone: ZoneInfo) -> int | None:
    """The offset at a time of the clock; None where the clock shows it twice or never."""
    early, late = _both(wall, zone)
    return early if early == late else None


def _offset_at(instant: int, zone: ZoneInfo) -> int:
    local = datetime.fromtimestamp(instant // 10**9, zone)
    return int((local.utcoffset() or timedelta()).total_seconds()) * 10**9
