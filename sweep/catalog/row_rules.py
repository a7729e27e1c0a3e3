"""Rules of rows, for what markets do not do and files may hold: one place for ingest and verify.

A rule looks at columns of numbers, whatever their unit: floats, or whole numbers of the last decimal.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from sweep.spec.data_kinds import DATA_KINDS

type Marks = np.ndarray[Any, np.dtype[np.bool_]]
type Columns = Mapping[str, Any]

BELOW_ZERO = {"FuturesSpread", "OptionSpread", "SyntheticInstrument"}  # instruments whose prices may be below zero
WORTHLESS = {"OptionContract", "CryptoOption", "BinaryOption"}  # instruments whose bid may be zero
CODES = ("price", "crossed", "locked", "size", "bar-shape", "volume", "too-large", "long-id")  # of rows to drop


def faults(kind: str, columns: Columns, instrument: str) -> dict[str, Marks]:
    """The rows that break each rule, by the code of `sweep catalog verify`; `instrument` is the class of it."""
    marks = {"price": _price(kind, columns, instrument)}
    if kind == "QuoteTick":
        bid, ask, sizes = columns["bid_price"], columns["ask_price"], (columns["bid_size"], columns["ask_size"])
        is_worthless = (bid == 0) & (instrument in WORTHLESS)  # nobody bids: there is no size either
        marks["crossed"], marks["locked"] = bid > ask, bid == ask
        marks["size"] = ((sizes[0] <= 0) & ~is_worthless) | (sizes[1] <= 0)
    elif kind == "TradeTick":
        marks["size"] = columns["size"] <= 0
    elif kind == "Bar":
        opened, high, low, close = (columns[name] for name in DATA_KINDS["Bar"].prices or ())
        marks["bar-shape"] = (high < np.maximum(opened, close)) | (low > np.minimum(opened, close))
        marks["volume"] = columns["volume"] <= 0
    return marks


def _price(kind: str, columns: Columns, instrument: str) -> Marks:
    wrong: Marks = np.zeros(len(next(iter(columns.values()))), bool)
    if instrument in BELOW_ZERO:
        return wrong
    for name in DATA_KINDS[kind].prices or ():
        may_be_zero = instrument in WORTHLESS and name == "bid_price"
        wrong |= columns[name] < 0 if may_be_zero else columns[name] <= 0
    return wrong


def uncarried(kind: str, columns: Columns) -> dict[str, Marks]:
    """The rows that the engine has no object for, by the code of the rule that they break."""
    if kind == "QuoteTick":
        return {"size": (columns["bid_size"] < 0) | (columns["ask_size"] < 0)}
    if kind == "TradeTick":
        return {"size": columns["size"] <= 0}
    if kind == "Bar":
        return {"bar-shape": faults(kind, columns, "")["bar-shape"], "volume": columns["volume"] < 0}
    return {}
