"""Funding rates into a catalog: this version of the engine (2.0.0rc7) reads them and has no method to write them."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

TIME = pa.timestamp("ns", "UTC")


class Funding(NamedTuple):
    """A rate, when it is announced, and when it is paid: the engine books it then, and never where that is unknown."""

    announced: int  # UNIX nanoseconds
    rate: Decimal  # of the notional; longs pay a positive one
    paid: int | None  # UNIX nanoseconds


def write(catalog: Path, instrument_id: str, rates: Sequence[Funding], interval_minutes: int) -> None:
    """A file of rates, in order of their announcement."""
    facts = {"instrument_id": instrument_id, "type_name": "FundingRateUpdate"}
    times = pa.array([r.announced for r in rates]).cast(TIME)
    columns = {
        "rate": pa.array([str(r.rate) for r in rates]),
        "interval": pa.array([interval_minutes] * len(rates), pa.uint64()),
        "next_funding_ns": pa.array([r.paid for r in rates], pa.int64()).cast(TIME),
        "ts_event": times,
        "ts_init": times,
    }
    folder = catalog / "data" / "funding_rates" / instrument_id.replace("/", "")
    folder.mkdir(parents=True, exist_ok=True)
    name = "_".join(_stamp(r.announced) for r in (rates[0], rates[-1]))
    pq.write_table(pa.table(columns).replace_schema_metadata(facts), folder / f"{name}.parquet")


def _stamp(ns: int) -> str:
    """A time as the catalog's file names have it."""
    return f"{datetime.fromtimestamp(ns // 10**9, UTC):%Y-%m-%dT%H-%M-%S}-{ns % 10**9:09d}Z"
