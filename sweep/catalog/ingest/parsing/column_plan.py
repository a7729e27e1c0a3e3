"""The meaning of a file's columns: by name, by what stands in them, and without names by the order of the values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from sweep.catalog.ingest.parsing.column_names import (
    BUYER_IS_MAKER,
    CLOCKS,
    DATES,
    IDENTITY,
    MOMENTS,
    SYMBOLS,
    VOLUMES,
    key,
)
from sweep.catalog.ingest.parsing.file_layout import Layout
from sweep.catalog.ingest.parsing.time_texts import is_clock, is_date, is_moment
from sweep.catalog.ingest.parsing.timestamps import UNITS
from sweep.catalog.ingest.parsing.vendors.databento_csv import misread_columns
from sweep.errors import InputError, Problem

DAY = 86_400
MOST = 0.8  # of a column's values that show what it is
NAMELESS: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {  # needed columns → orders without a header
    ("bid", "ask"): (("bid", "ask"), ("bid", "ask", ""), ("bid", "ask", "bid_size", "ask_size")),
    ("price", "size"): (("price", "size"), ("price", "", "", "size")),
    ("open", "high", "low", "close"): (
        ("open", "high", "low", "close"), ("open", "high", "low", "close", "volume"),
        ("open", "high", "low", "close", "volume", ""),
        ("open", "high", "low", "close", "volume", *[""] * 6),  # klines of Binance
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ColumnRequest:
    """The columns of a kind of data: numbers by their decimals, and texts."""

    needed: tuple[str, ...]  # besides the time
    optional: tuple[str, ...]
    digits: Mapping[str, int]
    noun: str = "rows"
    seconds: int = 0  # of a bar; 0: ticks, at a time of day
    currencies: tuple[str, str] = ("", "")  # base and quote, that tell volumes from each other
    keeps_wall: bool = False  # the times on the file's clock as well

    @property
    def may_be_dates(self) -> bool:
        """A date says enough of a bar of a day or longer."""
        return self.seconds >= DAY


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """The columns of a file by our names."""

    columns: Mapping[str, str]  # ours → the file's, without the time
    time: tuple[str, ...]  # of the time; two where the date stands by itself
    identity: tuple[str, ...] = ()  # that say which instrument a row is of
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def of_maker(self) -> bool:
        """The side is that of the maker, as a truth of the buyer."""
        return key(self.columns.get("side", "")) in BUYER_IS_MAKER

    @property
    def read(self) -> list[str]:
        """Every column that is read, each once."""
        return list(dict.fromkeys([*self.time, *self.columns.values(), *self.identity]))


def plan(
    where: str, held: Sequence[str], rows: Sequence[Sequence[str]], layout: Layout, request: ColumnRequest,
    *, has_names: bool = True,
) -> ColumnPlan:  # fmt: skip
    """The plan of a file with these columns and first rows. InputError with every column that is missing."""
    sample = {name: [row[n] for row in rows if n < len(row)] for n, name in enumerate(held)}
    if not has_names:
        return _nameless(where, sample, request, layout)
    if problem := misread_columns(where, sample, request.noun):
        raise InputError(problem)
    columns = {
        name: of for name in (*request.needed, *request.optional) if (of := _column(name, sample, layout, request))
    }
    time = _time(where, sample, layout, request, taken=set(columns.values()))
    lost = [n for n in request.needed if n not in columns]
    problems = [_missing(where, n, layout, held) for n in lost] + (
        [] if time else [_missing(where, "time", layout, held)]
    )
    if problems:
        raise InputError(problems)
    used = {*columns.values(), *time}
    identity = [n for n in held if _tells(n, layout) and n not in used]
    left_out = [n for n in held if n not in used and n not in identity and n.strip()]
    notes = [f"{theirs} is taken for the {ours}" for ours, theirs in columns.items() if _is_unusual(ours, theirs)]
    return ColumnPlan(columns, time, tuple(identity), tuple(left_out), tuple(notes))


def _tells(name: str, layout: Layout) -> bool:
    return (key(name) in IDENTITY or name == layout.symbol_column) and name not in layout.ignored


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


def _time(
    where: str, sample: Mapping[str, Sequence[str]], layout: Layout, request: ColumnRequest, taken: set[str]
) -> tuple[str, ...]:
    """The column of the time, or of the date and of the time of day; () where there is none.

    InputError for a date alone.
    """
    if "time" in layout.named:
        parts = (layout.named["time"],) if layout.named["time"] in sample else tuple(layout.named["time"].split("+"))
        return tuple(p.strip() for p in parts) if all(p.strip() in sample for p in parts) else ()
    free = {name: values for name, values in sample.items() if name not in taken}
    moments = _by_name(free, MOMENTS)
    if layout.time_format != "iso":
        return _stated(free, moments, layout)
    full = [n for n in moments if _all(free[n], is_moment) and not _at_midnight(free[n])]
    if full:
        return (full[0],)
    dates = [n for n in dict.fromkeys([*_by_name(free, DATES), *moments]) if _all(free[n], _is_day)]
    clocks = [n for n in _by_name(free, CLOCKS) if n not in dates and _all(free[n], is_clock)]
    if dates and clocks:
        return dates[0], clocks[0]
    bare = [n for n in dates if _all(free[n], is_date)]
    if bare and not request.may_be_dates and not [n for n in moments if n not in bare and n not in clocks]:
        raise InputError(_only_dates(where, bare[0], free[bare[0]], request))
    others = moments if request.may_be_dates else [n for n in moments if n not in bare]
    read = [n for n in others if _all(free[n], _is_readable)]
    return tuple((read or others or moments)[:1])


def _is_readable(text: str) -> bool:
    return is_moment(text) or is_date(text)


def _stated(free: Mapping[str, Sequence[str]], moments: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """The column of a stated format: of numbers for a unit, for a pattern of as many characters."""
    if "%" not in layout.time_format:
        numbers = [n for n in moments if _all(free[n], _is_number)]
        return ((numbers or moments)[0],) if moments else ()
    has_clock = any(f in layout.time_format for f in ("%H", "%I"))
    dates = [n for n in dict.fromkeys([*_by_name(free, DATES), *moments]) if _all(free[n], is_date)]
    clocks = [n for n in _by_name(free, CLOCKS) if n not in dates and _all(free[n], is_clock)]
    if has_clock and dates and clocks:
        return dates[0], clocks[0]
    return (moments[0],) if moments else ()


def _by_name(free: Mapping[str, Sequence[str]], names: Sequence[str]) -> list[str]:
    ranks = {name: names.index(key(name)) for name in free if key(name) in names}
    return sorted(ranks, key=lambda name: ranks[name])


def _all(values: Sequence[str], is_one: Callable[[str], bool]) -> bool:
    """Tell a column by nearly all of its values: a damaged one is reported with its row later."""
    texts = [v for v in values if v.strip()]
    return sum(map(is_one, texts)) > MOST * len(texts)


def _is_day(text: str) -> bool:
    return is_date(text) or (is_moment(text) and _at_midnight([text]))


def _at_midnight(values: Sequence[str]) -> bool:
    """Every time of these is the start of a day, without a zone."""
    return all(
        v.strip()[10:].strip(" T0:.") == "" and len(v.strip()) > len("2024-01-02 00") for v in values if v.strip()
    )


def _is_number(text: str) -> bool:
    try:
        return Decimal(text.strip()).is_finite()
    except InvalidOperation:
        return False


def _only_dates(where: str, name: str, values: Sequence[str], request: ColumnRequest) -> Problem:
    noun = "bars shorter than a day" if request.seconds else "quotes and trades"
    rule = f"has dates without a time of day in {name}, and {noun} need one"
    daily = "--bar-seconds 86400 for bars of a day; " if request.seconds else ""
    remedy = f"{daily}name the column of the time of day: --columns time={name}+TIME"
    return Problem(where, rule, next((v for v in values if v.strip()), ""), remedy)


def _missing(where: str, name: str, layout: Layout, held: Sequence[str]) -> Problem:
    theirs = layout.named.get(name, name)
    by_lower = {h.lower(): h for h in held if h.strip() and key(h) not in SYMBOLS}
    close = [by_lower[h] for h in get_close_matches(theirs.lower(), by_lower, 1)]
    example = next(iter([*close, *by_lower.values()]), "NAME")
    remedy = f"did you mean {close[0]!r}? then" if close else "name it:"
    return Problem(where, f"has no column {theirs}", ", ".join(map(str, held)), f"{remedy} --columns {name}={example}")


def _nameless(
    where: str, sample: Mapping[str, Sequence[str]], request: ColumnRequest, layout: Layout
) -> ColumnPlan:  # fmt: skip
    """The plan of a file without names, where its values fit one order and no other. InputError where they do not."""
    names = list(sample)
    if len(names) > 1 and _all(sample[names[0]], is_date) and _all(sample[names[1]], is_clock):
        time = tuple(names[:2])
    else:
        time = tuple(names[:1])
    rest = names[len(time) :]
    while rest and not any(v.strip() for v in sample[rest[-1]]):
        rest = rest[:-1]
    is_number = layout.time_format in UNITS
    can_be_time = len(time) == 2 or _all(
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
    example = ",".join(["time", *(orders or NAMELESS.get(request.needed, ((),)))[0]])
    raise InputError(Problem(where, "has no names of columns", first, f'give them in order: --columns "{example}"'))


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
