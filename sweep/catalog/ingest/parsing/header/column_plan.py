"""The meaning of a file's columns: by name, by what stands in them, and without names by the order of the values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.column_request import ColumnPlan, ColumnRequest
from sweep.catalog.ingest.parsing.header.identity_columns import identity_columns
from sweep.catalog.ingest.parsing.header.missing_columns import missing_columns
from sweep.catalog.ingest.parsing.header.time_columns import time_columns
from sweep.catalog.ingest.parsing.header.unnamed_columns import unnamed
from sweep.catalog.ingest.parsing.names.column_names import FLAGS, VOLUMES, key
from sweep.catalog.ingest.parsing.vendors.databento_csv import misread_columns
from sweep.errors import InputError, Problem

METATRADER = ("bid", "ask", "last", "volume")
TICKS = {("bid", "ask"), ("price", "size")}


def plan(
    where: str, held: Sequence[str], rows: Sequence[Sequence[str]], layout: Layout, request: ColumnRequest,
    *, has_names: bool = True,
) -> ColumnPlan:  # fmt: skip
    """The plan of a file with these columns and first rows. InputError with every column that is missing."""
    if not held:
        raise InputError(Problem(where, "is empty", remedy="get it again from its source"))
    sample = {name: [row[n] for row in rows if n < len(row)] for n, name in enumerate(held)}
    if not has_names:
        return unnamed(where, sample, request, layout)
    if problem := misread_columns(where, sample, request.noun):
        raise InputError(problem)
    names, visible = (*request.needed, *request.optional), {n: v for n, v in sample.items() if n not in layout.ignored}
    columns = {name: of for name in names if (of := _column(name, visible, layout, request))}
    time = time_columns(where, visible, layout, request, taken=set(columns.values()))
    used = {*columns.values(), *time}
    lost = [n for n in request.needed if n not in columns] + ([] if time else ["time"])
    if lost:
        free = {name: values for name, values in visible.items() if name.strip() and name not in used}
        raise InputError(missing_columns(where, lost, layout, held, free))
    flags = _flags(sample, request, layout)
    used |= {flags}
    identity = identity_columns(sample, used, layout)
    left_out = [n for n in held if n not in used and n not in identity and n.strip()]
    notes = [f"{theirs} is taken for the {ours}" for ours, theirs in columns.items() if _is_unusual(ours, theirs)]
    return ColumnPlan(columns, time, identity, tuple(left_out), tuple(notes), flags)


def _is_unusual(ours: str, theirs: str) -> bool:
    return ours in {"volume", "size", "close"} and key(theirs) not in {
        ours,
        ours[0],
        "vol",
        "qty",
        "quantity",
        "volume",
    }


def _column(name: str, sample: Mapping[str, Sequence[str]], layout: Layout, request: ColumnRequest) -> str | None:
    if name == "volume" and name not in layout.named:
        return _volume(sample, request)
    return layout.find(name, list(sample))


def _volume(sample: Mapping[str, Sequence[str]], request: ColumnRequest) -> str | None:
    """The volume in units of the instrument, and of several the first that is not zero throughout."""
    base, quote = (key(code) for code in request.currencies)
    ranks = {name: rank for name in sample if (rank := _volume_rank(key(name), base, quote)) is not None}
    names = sorted(ranks, key=lambda name: ranks[name])
    return next((n for n in names if any(not _is_zero(v) for v in sample[n])), names[0] if names else None)


def _volume_rank(name: str, base: str, quote: str) -> int | None:
    if name in VOLUMES:
        return VOLUMES.index(name)
    unit = next((name.removeprefix(word) for word in ("volume", "vol") if name.startswith(word)), None)
    if unit is None or unit in {quote, "quote", "currency", "to", "usd", "notional", "weightedaverageprice", "wap"}:
        return None
    return -1 if base and unit in {base, "from", "base", "crypto"} else len(VOLUMES)


def _is_zero(text: str) -> bool:
    try:
        return not Decimal(text or "0")
    except InvalidOperation:
        return False


def _flags(sample: Mapping[str, Sequence[str]], request: ColumnRequest, layout: Layout) -> str:
    """The column that says which fields of a tick of MetaTrader 5 changed; "" for none. Others have flags too."""
    names = [n for n in sample if key(n) == FLAGS and n not in layout.ignored]
    is_tick = request.needed in TICKS and set(METATRADER) <= {key(n) for n in sample}
    return next((n for n in names if is_tick and all(v.strip().isdigit() for v in sample[n] if v.strip())), "")
