"""Columns that say of which instrument a row is, or of which kind: they are never ignored."""

import re
from collections.abc import Iterable, Mapping, Sequence

from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.time_columns import nearly_all
from sweep.catalog.ingest.parsing.names.column_names import IDENTITY, KINDS, key
from sweep.catalog.ingest.parsing.text.head import NUMBER

NAMES_OF_ONE = ("symbol", "ticker", "isin", "cusip", "instrument", "instrumentid")  # at the end of a name
WORDS = {  # of a name, if its values are texts
    "symbol", "ticker", "instrument", "contract", "asset", "security", "coin", "pair", "ric", "isin", "cusip", "sedol",
    "figi", "stock", "product", "underlying", "crypto", "token", "index", "etf", "fund",
}  # fmt: skip
OF_STATE = {"status", "state", "phase", "session", "condition", "conditions", "class", "type", "kind", "level"}
KIND = re.compile(  # a word of market data in a value of a column of kinds
    r"(?<![a-z])(trades?|quotes?|nbbo|bbo|bids?|asks?|offers?|mid|midpoint|last|book|depth|orders?|add|cancel\w*|delete|modify)"
    r"(?![a-z])", re.IGNORECASE,
)  # fmt: skip
OF_NOUN = {"quotes": ("quote", "nbbo", "bbo"), "trades": ("trade", "last"), "bars": ("trade", "last", "mid")}


def identity_columns(sample: Mapping[str, Sequence[str]], used: Iterable[str], layout: Layout) -> tuple[str, ...]:
    """The columns that identify rows, other than those that are used."""
    taken = {*used, *layout.ignored}
    return tuple(name for name in sample if name not in taken and _tells(name, sample[name], layout))


def _tells(name: str, values: Sequence[str], layout: Layout) -> bool:
    plain = key(name)
    if plain in IDENTITY or plain.endswith(NAMES_OF_ONE) or name == layout.symbol_column or is_kind(name):
        return True
    words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    is_number = nearly_all(values, lambda v: NUMBER.fullmatch(v) is not None)
    return bool(words & WORDS) and not words & OF_STATE and not is_number


def is_kind(name: str) -> bool:
    """Tell a column of the kinds of rows."""
    return key(name) in KINDS


def mixes_kinds(values: Iterable[str]) -> bool:
    """Tell values that name several kinds of market data, such as TRADE and QUOTE BID."""
    return len({tuple(KIND.findall(value.lower())) for value in values}) > 1


def of_noun(values: Sequence[str], noun: str) -> str:
    """The value that names this kind of data; else the first."""
    words = OF_NOUN.get(noun, ())
    return next((v for word in words for v in values if word in v.lower()), values[0])
