"""Remedies of definitions and of `sweep catalog verify` are followed, and help."""

import re
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.commands import invoke

EURO, SPY, COIN = "EUR/USD.SIM", "SPY.ARCA", "BTC/USD.SIM"
YAHOO = "Date,Open,High,Low,Close,Volume\n2024-03-07,513.140015,515.890015,509.809998,514.809998,58652100\n"
BAR = "time,open,high,low,close,volume\n2024-01-02T00:00:00Z,4.58,4.58,4.58,4.58,0.2\n"
TICK = "time,bid,ask\n{}\n"
TRADES = "time,{}price,size\n{}\n"


def rows(catalog: Path, noun: str) -> int:
    return sum(pq.read_metadata(p).num_rows for p in (catalog / "data" / noun).rglob("*.parquet"))


def test_a_defined_stock_of_more_decimals(tmp_path):
    (tmp_path / "y.csv").write_text(YAHOO)
    define = ("catalog", "instruments", "--template", "equity", "--id", SPY, "--catalog")
    ingest = (
        "catalog",
        "ingest",
        "bars",
        tmp_path / "y.csv",
        "--instrument",
        SPY,
        "--bar-seconds",
        "86400",
        "--catalog",
    )
    invoke(*define, tmp_path / "c")
    message = re.sub(r"\s+", " ", invoke(*ingest, tmp_path / "c", code=2).stderr)
    remedy = re.search(r"\(sweep (catalog instruments .*) --catalog NEW\)", message)
    assert remedy and "price_increment=0.000001" in remedy[1]
    invoke(*shlex.split(remedy[1]), "--catalog", tmp_path / "new")
    invoke(*ingest, tmp_path / "new")
    assert rows(tmp_path / "new", "bars") == 1
    process = invoke(*ingest, tmp_path / "c", "--round")
    assert "4 prices were rounded, by 0.000015 at most" in process.stdout + process.stderr


@pytest.mark.parametrize(
    ("noun", "text", "code", "options"),
    [
        ("quotes", TICK.format("2024-01-02T09:00Z,1.3,1.2\n2024-01-02T09:01Z,1.1,1.2"), "crossed", ["--drop", "crossed"]),
        ("quotes", TICK.format("2024-01-02T09:00Z,0,1.2\n2024-01-02T09:01Z,1.1,1.2"), "price", ["--drop", "price"]),
        ("quotes", TICK.format("2024-01-02T09:00Z,1.2,1.2\n2024-01-02T09:01Z,1.1,1.2"), "locked", ["--drop", "locked"]),
        ("bars", BAR.replace(",volume", "").replace(",0.2", ""), "no-volume", ["--volume", "1_000_000"]),
        ("bars", BAR.replace("0.2", "0") + "2024-01-02T00:01:00Z,1,1,1,1,1\n", "zero-volume", ["--volume", "5"]),
        ("bars", BAR.replace("0.2", "0") + "2024-01-02T00:01:00Z,1,1,1,1,1\n", "zero-volume", ["--drop", "volume"]),
    ],
)  # fmt: skip
def test_a_remedy_of_verify_helps(tmp_path, noun, text, code, options):
    from sweep.catalog.verify.verifier import verify

    (tmp_path / "f.csv").write_text(text)
    command = ("catalog", "ingest", noun, tmp_path / "f.csv", "--instrument", EURO, "--catalog")
    invoke(*command, tmp_path / "c")
    (fault,) = [f for f in verify(tmp_path / "c") if f.code == code]
    assert options[0] in fault.remedy
    invoke(*command, tmp_path / "new", *options)
    assert code not in {f.code for f in verify(tmp_path / "new")}
    assert rows(tmp_path / "new", noun) > 0
