"""The columns of a file without names, by the order of their values."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.header.column_request import ColumnPlan, ColumnRequest
from sweep.catalog.ingest.parsing.header.time_columns import nearly_all
from sweep.catalog.ingest.parsing.time_texts import is_clock, is_date, is_moment
from sweep.catalog.ingest.parsing.timestamps import UNITS
from sweep.catalog.ingest.parsing.vendors import lobster
from sweep.errors import InputError, Problem

NAMELESS: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {  # needed columns → orders without a header
    ("bid", "ask"): (("bid", "ask"), ("bid", "ask", ""), ("bid", "ask", "bid_size", "ask_size")),
    ("price", "size"): (("price", "size"), ("price", "", "", "size")),
    ("open", "high", "low", "close"): (
        ("open", "high", "low", "close"), ("open", "high", "low", "close", "volume"),
        ("open", "high", "low", "close", "volume", ""),
        ("open", "high", "low", "close", "volume", *[""] * 6),  # klines of Binance
    ),
}  # fmt: skip


def unnamed(
    where: str, sample: Mapping[str, Sequence[str]], request: ColumnRequest, layout: Layout
) -> ColumnPlan:  # fmt: skip
    """The plan of a file without names, where its values fit one order and no other. InputError where they do not."""
    names = list(sample)
    if len(names) > 1 and nearly_all(sample[names[0]], is_date) and nearly_all(sample[names[1]], is_clock):
        time = tuple(names[:2])
    else:
        time = tuple(names[:1])
    rest = names[len(time) :]
    while rest and not any(v.strip() for v in sample[rest[-1]]):
        rest = rest[:-1]
    is_number = layout.time_format in UNITS
    can_be_time = len(time) == 2 or nearly_all(
        sample[time[0]], lambda v: is_moment(v) or (request.may_be_dates and is_date(v)) or (is_number and v.isdigit())
    )
    orders = [order for order in NAMELESS.get(request.needed, ()) if len(order) == len(rest)]
    for order in orders if can_be_time else ():
        columns = {ours: theirs for ours, theirs in zip(order, rest, strict=True) if ours}
        if _plausible({ours: sample[theirs] for ours, theirs in columns.items()}):
            left_out = tuple(n for n in rest if n not in columns.values())
            names_in_order = ", ".join(
                ["time" if len(time) == 1 else "date, time", *(ours or "(not used)" for ours in order)]
            )
            return ColumnPlan(
                columns, time, (), left_out, (f"the file has no column names; they are taken to be {names_in_order}",)
            )
    first = ", ".join(values[0] if values else "" for values in sample.values())
    order = list((orders or NAMELESS.get(request.needed, ((),)))[0])
    example = ",".join(["time", *order, *[""] * (len(names) - 1 - len(order))])
    remedy = f'give them in order: --columns "{example}"'
    if options := lobster.options(where, list(sample.values())):
        remedy = f"are these messages of LOBSTER? then {options}"
    raise InputError(Problem(where, "has no names of columns", first, remedy))


def _plausible(values: Mapping[str, Sequence[str]]) -> bool:
    """The first rows make sense as these columns: numbers, a bid not above its ask, a high and a low that hold."""
    try:
        rows = [
            dict(zip(values, map(Decimal, row), strict=True)) for row in zip(*values.values(), strict=True) if all(row)
        ]
    except InvalidOperation:
        return False
    if "bid" in values:
        return all(r["bid"] <= r["ask"] for r in rows)
    if "open" in values:
        return all(r["low"] <= min(r["open"], r["close"]) and r["high"] >= max(r["open"], r["close"]) for r in rows)
    return all(value > 0 for r in rows for value in r.values())
