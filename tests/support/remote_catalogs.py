"""Catalogs that lie elsewhere: files with the names of a catalog's, whose content nobody reads."""

import os
import subprocess
import sys
from pathlib import Path

from sweep.catalog.data_files import DataFile, DataRequest, file_name
from sweep.common.units import nanos
from tests.support.drivers import ROOT

DAYS = tuple(f"2026-05-{day:02}" for day in range(4, 9))


def span(day: str) -> str:
    return file_name(nanos(f"{day}T13:30:00"), nanos(f"{day}T20:00:00"))


def fill(folder: Path, size: int = 10_000) -> list[str]:
    """Five days of quotes of two instruments, their trades, and definitions; the names of what SPY's quotes need."""
    names = [f"data/quotes/SPY.ARCA/{span(day)}" for day in DAYS] + [f"data/equity/SPY.ARCA/{file_name(0, 0)}"]
    others = [f"data/quotes/QQQ.ARCA/{span(day)}" for day in DAYS] + [f"data/trades/SPY.ARCA/{span(DAYS[0])}"]
    others += [f"data/equity/QQQ.ARCA/{file_name(0, 0)}"]
    for name in names + others:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(os.urandom(size))
    return sorted(names)


def wanted(start: str = "2026-05-04", end: str = "2026-05-09", *, instrument: str = "SPY.ARCA") -> DataRequest:
    data = [{"type": "QuoteTick", "instruments": [instrument]}]
    return DataRequest.by({"data": data, "period": {"start": start, "end": end}})


def content(root: Path) -> dict[str, bytes]:
    """Files of a catalog by name."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted((root / "data").rglob("*.parquet"))}


def option(underlying: str, name: str) -> DataFile:
    return DataFile(Path("x"), "Instrument", name, "OptionContract", 0, 0, 1, 1, (underlying, 0, 2**62))


STAGE = """
import sys
from sweep.catalog.remote import followed, stage
from tests.support.remote_catalogs import wanted
print(followed(stage(sys.argv[1], [wanted()]), lambda line: print(line, file=sys.stderr, flush=True)).root, flush=True)
sys.stdin.read()
"""


def staging(url: str, **environment: str) -> subprocess.Popen[str]:
    """A process that stages, prints where, and uses it until its standard input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", STAGE, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )  # fmt: skip
