"""Times, durations, sizes and counts as people write them in a spec."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Literal

COUNTED = 10_000  # values that a number stands for
UNITS = {
    "time": {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "size": {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9},
}


def nanos(moment: str) -> int:
    """Nanoseconds since the UNIX epoch of an ISO 8601 time, exact to the nanosecond; without a zone it is UTC."""
    match = re.fullmatch(r"(.*?)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?", moment)
    whole, fraction, zone = (match[1], match[2] or "", match[3] or "") if match else (moment, "", "")
    at = datetime.fromisoformat(whole + zone)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return int(at.timestamp()) * 10**9 + int(fraction[:9].ljust(9, "0"))


def moment_of(ns: int) -> str:
    """UNIX nanoseconds as ISO 8601 in UTC, with as many digits as it needs."""
    whole, fraction = divmod(ns, 1_000_000_000)
    digits = f".{fraction:09d}".rstrip("0").rstrip(".")
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}{digits}Z"


def moment(value: Any) -> str:
    """A date, a time or ISO text as ISO 8601 text in UTC ending in Z; without a zone it is UTC."""
    if isinstance(value, datetime):
        at = value if value.tzinfo else value.replace(tzinfo=UTC)
        return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    if isinstance(value, str):
        try:
            return moment(datetime.fromisoformat(value))
        except (ValueError, OverflowError):  # the latter: in UTC it would be in the year 0 or 10000
            pass
    raise ValueError("must be a date or a time such as 2026-05-04 or 2026-05-04T13:30:00Z")


def quantity(kind: Literal["time", "size"], example: str) -> Callable[[Any], float | int]:
    """A converter from text such as `10m` to seconds, or `2 GiB` to bytes; ValueError with the rule otherwise."""

    def convert(value: Any) -> float | int:
        match = re.fullmatch(r"\s*([\d_.]+)\s*([A-Za-z]*)\s*", str(value)) if not isinstance(value, bool) else None
        unit = (match[2] or ("s" if kind == "time" else "B")) if match else ""
        if not match or unit not in UNITS[kind]:
            raise ValueError(f"must be a {kind} such as {example} (units: {', '.join(UNITS[kind])})")
        amount = float(match[1]) * UNITS[kind][unit]
        if not 0 < amount < float("inf"):
            raise ValueError("must be above 0")
        return amount if kind == "time" else int(amount)

    return convert


def days(value: Any) -> int:
    """A number of trading days, written as `60d`; ValueError with the rule otherwise."""
    match = re.fullmatch(r"\s*(\d+) ?d\s*", value) if isinstance(value, str) else None
    if not match:
        raise ValueError("must be a whole number of trading days such as 60d")
    return int(match[1])


def cut(value: Any) -> str | None:
    """Parse the start of a lock-box: `20 %` of the trading days, `5d`, or a date, as text of one of these forms."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value and value.isoformat()
    text = str(value).strip()
    share = re.fullmatch(r"(\d+(?:\.\d+)?) ?%", text)
    if share and 0 < float(share[1]) < 100:
        return f"{share[1]} %"
    if (count := re.fullmatch(r"(\d+) ?d", text)) and int(count[1]):
        return f"{count[1]}d"
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(
            "must be a share such as 20 %, trading days such as 5d, or its first day, 2026-05-08"
        ) from None


def source_line(value: Any) -> Any:
    """A line of a source file, as `strategy.py:12`."""
    if isinstance(value, str) and not re.fullmatch(r".*\S:[1-9]\d*", value):
        raise ValueError("must be a file and a line, such as strategy.py:12")
    return value


def sheets(value: Any) -> int | None:
    """Parse the number of trials that get a tearsheet: None for all."""
    if value == "all":
        return None
    if value == "none":
        return 0
    match = re.fullmatch(r"top[ :](\d+)", str(value))
    if not match:
        raise ValueError("must be all, none, or top N such as top 10")
    return int(match[1])


def children_policy(value: Any) -> str:
    """Parse the policy for child runs in MLflow: auto, all, none, or top:N."""
    if value == "auto":
        return "auto"
    try:
        count = sheets(value)
    except ValueError:
        raise ValueError("must be auto, all, none, or top:N such as top:100") from None
    return "all" if count is None else f"top:{count}" if count else "none"


def counted(value: Any) -> Any:
    """A list of values, or the first so many whole numbers; ValueError for too many."""
    if isinstance(value, int) and value > COUNTED:
        raise ValueError(f"must be at most {COUNTED:,}")
    return list(range(value)) if isinstance(value, int) and not isinstance(value, bool) else value


def quantile(value: Any) -> Any:
    """A share from 0 to 1, by its number or as "median"."""
    if value == "median":
        return 0.5
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def in_bytes(size: int) -> str:
    """A number of bytes as text: 812 B, 3.4 KiB, 12.5 MiB, 1.25 GiB."""
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if size >= 2**power:
            return f"{size / 2**power:,.2f} GiB" if unit == "GiB" else f"{size / 2**power:,.1f} {unit}"
    return f"{size:,} B"


def short(moment: str) -> str:
    """A time without a midnight that says nothing."""
    return moment.removesuffix("T00:00:00Z")
