"""An ingest that is killed leaves nothing of the file, and the next one takes up the scraps."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nautilus_trader.persistence import ParquetDataCatalog

from sweep.common.files.atomic_directory import files
from tests.support.markets import ns

ROOT = Path(__file__).parents[2]
ROWS = 600_000


@pytest.mark.faults
@pytest.mark.slow
def test_killed_while_it_writes(tmp_path):
    file, catalog, start = tmp_path / "quotes.csv", tmp_path / "catalog", ns("2024-01-02") // 10**6
    file.write_text("time,bid,ask\n" + "".join(f"{start + n},1.09512,1.09514\n" for n in range(ROWS)))
    command = [
        sys.executable, "-m", "sweep", "catalog", "ingest", "quotes", str(file), "--instrument", "EUR/USD.SIM",
        "--catalog", str(catalog), "--time-format", "ms",
    ]  # fmt: skip
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None and not any(f.stat().st_size > 4 for f in catalog.glob(".filling.*/rows*")):
        time.sleep(0.002)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert list(catalog.glob(".filling.*/rows*"))
    assert not (catalog / "data").exists()
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"wrote {ROWS:,} quotes" in process.stdout
    assert [str(f.parent) for f in files(catalog)] == ["data/currency_pair/EURUSD.SIM", "data/quotes/EURUSD.SIM"]
    assert len(ParquetDataCatalog(str(catalog)).query_quote_ticks(["EUR/USD.SIM"])) == ROWS
