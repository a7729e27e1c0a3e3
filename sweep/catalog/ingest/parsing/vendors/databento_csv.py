"""Databento's CSV files: content that the names of their columns do not show."""

import re
from collections.abc import Mapping, Sequence

from sweep.errors import Problem

SIGNATURE = {"rtype", "publisher_id", "ts_event"}  # columns of every CSV file of Databento
FIXED_POINT = re.compile(r"-?\d{9,}")  # digits alone: a price in units of 1e-9


def misread_columns(where: str, sample: Mapping[str, Sequence[str]], noun: str) -> Problem | None:
    """Columns that would be misread as `noun`: prices in units of 1e-9, book events that are no trades."""
    if not sample.keys() >= SIGNATURE:
        return None
    if prices := [n for n, values in sample.items() if n.startswith(("price", "bid_px", "ask_px"))
                  and any(map(FIXED_POINT.fullmatch, values))]:  # fmt: skip
        rule = f"holds prices of Databento in units of 0.000000001 in {', '.join(prices)}"
        example = next(v for v in sample[prices[0]] if FIXED_POINT.fullmatch(v))
        return Problem(
            where, rule, example, "ask Databento for pretty prices, or take its DBN: sweep catalog ingest databento"
        )
    if noun == "trades" and "action" in sample and {"bid_px_00", "order_id"} & sample.keys():
        rule = "holds events of an order book by its column action, most of them no trades"
        return Problem(
            where, rule, remedy="ask Databento for the schema trades, or take its DBN: sweep catalog ingest databento"
        )
    return None
