"""Speed of ingesting quotes from CSV, as a ratio to `pyarrow.csv` reading the file alone.

    python benchmarks/ingest.py [ROWS]        default: 5,000,000

Both in CPU seconds, best of three, each in a process of its own; and the most memory that each took.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

READ = "import pyarrow.csv as c; run = lambda: sum(len(b) for b in c.open_csv({file!r}))"
INGEST = """
import shutil
from sweep.catalog.ingest import InstrumentDraft, quotes
def run():
    shutil.rmtree({catalog!r}, ignore_errors=True)
    return quotes({file!r}, InstrumentDraft(id='EUR/USD.SIM'), {catalog!r}).written
"""
MEASURE = """
import json, resource, time
best = 1e9
for _ in range(3):
    before = time.process_time()
    rows = run()
    best = min(best, time.process_time() - before)
print(json.dumps([rows, best, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def write(path: Path, rows: int) -> None:
    """Quotes of EUR/USD, some a second, with sizes."""
    rng = np.random.default_rng(1)
    start = np.datetime64("2024-01-01", "ms")
    with path.open("w") as file:
        file.write("time,bid,ask,bid_size,ask_size\n")
        bid = 108_000
        for part in range(0, rows, 500_000):
            count = min(500_000, rows - part)
            at = start + np.cumsum(rng.integers(1, 400, count))
            start = at[-1]
            bids = bid + np.cumsum(rng.integers(-1, 2, count))
            asks, bid = bids + rng.integers(1, 20, count), int(bids[-1])
            sizes = rng.integers(1, 9, (2, count)) * 100_000
            for t, b, a, x, y in zip(at.astype(str), bids / 1e5, asks / 1e5, *sizes, strict=True):
                file.write(f"{t}Z,{b:.5f},{a:.5f},{x},{y}\n")


def measured(code: str) -> tuple[int, float, float]:
    """Rows, CPU seconds and MiB."""
    command = [sys.executable, "-c", code + MEASURE]
    rows, seconds, memory = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return rows, seconds, memory


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    with tempfile.TemporaryDirectory() as scratch:
        file, catalog = str(Path(scratch) / "quotes.csv"), str(Path(scratch) / "catalog")
        for count in (rows // 10, rows):
            write(Path(file), count)
            _, read, least = measured(READ.format(file=file))
            written, took, most = measured(INGEST.format(file=file, catalog=catalog))
            print(f"{written:,} quotes, {Path(file).stat().st_size / 2**20:.0f} MiB of CSV")
            print(f"  pyarrow.csv alone  {count / read:12,.0f} rows/s  {least:6.0f} MiB")
            print(f"  ingest             {written / took:12,.0f} rows/s  {most:6.0f} MiB   ratio {took / read:.1f}")


if __name__ == "__main__":
    before = time.monotonic()
    main()
    print(f"{time.monotonic() - before:.0f} s")
