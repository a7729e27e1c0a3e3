"""Tiny DBN files, made of the layouts of `databento_dbn`: two futures of CME, or one raw symbol after another."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import databento_dbn as dbn
import numpy as np
import pyarrow as pa

from tests.support.markets import SECOND, ns

START = ns("2024-07-01T14:00:00")
NUMBERS = {"ESU4": 118, "NQU4": 4358}
UNDEFINED = 2**63 - 1


def write(path: Path, schema: str, records: Any, symbols: Any = None) -> Path:
    """A zipped file; `symbols`: raw symbol → [(start date, end date, number)]."""
    named = symbols or {name: [("2024-07-01", "2024-07-02", n)] for name, n in NUMBERS.items()}
    mappings = [
        SimpleNamespace(raw_symbol=name, intervals=[
            SimpleNamespace(start_date=date.fromisoformat(a), end_date=date.fromisoformat(b), symbol=str(n))
            for a, b, n in spans
        ])
        for name, spans in named.items()
    ]  # fmt: skip
    header = dbn.Metadata(
        dataset="GLBX.MDP3", start=START, end=START + 86_400 * SECOND, stype_in=dbn.SType.RAW_SYMBOL,
        stype_out=dbn.SType.INSTRUMENT_ID, schema=dbn.Schema.from_str(schema), symbols=list(named), mappings=mappings,
    )  # fmt: skip
    with pa.OSFile(str(path), "wb") as raw, pa.CompressedOutputStream(raw, "zstd") as file:
        file.write(bytes(header) + records.tobytes())
    return path


def blank(message: Any, count: int, rtype: int, number: int = 118) -> Any:
    """Records of one kind and instrument, a second apart, with nothing in them."""
    records = np.zeros(count, np.dtype(message._dtypes))
    records["length"], records["rtype"], records["publisher_id"] = records.dtype.itemsize // 4, rtype, 1
    records["instrument_id"], records["ts_event"] = number, START + np.arange(count) * SECOND
    if "ts_recv" in records.dtype.names:
        records["ts_recv"] = records["ts_event"] + 1000
    return records


def definitions() -> Any:
    """ESU4 and NQU4, in quarter points."""
    records = blank(dbn.InstrumentDefMsg, 2, 19)
    records["instrument_id"] = list(NUMBERS.values())
    texts = {
        "raw_symbol": list(NUMBERS), "asset": ["ES", "NQ"], "exchange": ["XCME"] * 2, "currency": ["USD"] * 2,
        "cfi": ["FFIXSX"] * 2, "security_type": ["FUT"] * 2, "instrument_class": ["F"] * 2,
        "security_update_action": ["A"] * 2, "unit_of_measure": ["IPNT"] * 2,
    }  # fmt: skip
    for name, values in texts.items():
        records[name] = [v.encode() for v in values]
    records["min_price_increment"] = 250_000_000
    records["unit_of_measure_qty"] = [50 * 10**9, 20 * 10**9]
    records["expiration"], records["activation"] = ns("2024-09-20"), ns("2023-09-20")
    for name in ("contract_multiplier", "min_lot_size_round_lot"):
        records[name] = 1
    return records


def quotes(prices: list[tuple[float, float]], number: int = 118) -> Any:
    """Best bid and offer (mbp-1), both of size 7; a price of 0 is none."""
    records = blank(dbn.MBP1Msg, len(prices), 1, number)
    for n, name in enumerate(("bid_px_00", "ask_px_00")):
        records[name] = [round(pair[n] * 10**9) or UNDEFINED for pair in prices]
    records["bid_sz_00"] = records["ask_sz_00"] = 7
    records["action"], records["side"] = b"A", b"B"
    return records


def trades(prices: list[float], sides: str) -> Any:
    """Trades of 3, all of one sequence."""
    records = blank(dbn.TradeMsg, len(prices), 0)
    records["price"] = [round(p * 10**9) for p in prices]
    records["size"], records["action"], records["sequence"] = 3, b"T", 99
    records["side"] = [side.encode() for side in sides]
    return records
