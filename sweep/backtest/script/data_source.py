"""Loading of the data of a backtest as Python source: each kind by its own query, in the order of the spec."""

from collections.abc import Mapping, Sequence
from typing import Any

from sweep.backtest.data.book_events import DELTAS
from sweep.backtest.data.entries import DataEntry, entry
from sweep.backtest.data.feed import Feed
from sweep.backtest.data.windows import shared_cache
from sweep.backtest.script.literals import Literals
from sweep.errors import Problem, SweepError
from sweep.spec.data_kinds import ends_interval

CHAIN = '''
def chain(catalog, underlying):
    """The options on an underlying that live in the period, but those that are loaded by their own names."""
    options = [i for i in catalog.instruments() if i.instrument_class == nt_model.InstrumentClass.OPTION]
    alive = [i for i in options if str(i.underlying) == underlying and i.activation_ns < END and i.expiration_ns >= START]
    return sorted({str(i.id) for i in alive if i.ts_init < END} - set(INSTRUMENTS))
'''  # noqa: E501 (a line of the script)
BOOKS = '''
def book_events(deltas, waiting):
    """Deltas up to one with the flag F_LAST as one event; those that follow none wait in `waiting`."""
    events = []
    for delta in deltas:
        name = str(delta.instrument_id)
        if name in UNFLAGGED:
            events.append(delta)
            continue
        waiting.setdefault(name, []).append(delta)
        if delta.flags & 128 or (delta.ts_init, len(waiting[name])) == TRAILING.get(name):
            events.append(nt_model.OrderBookDeltas(delta.instrument_id, waiting.pop(name)))
    return events
'''


def entries_of(backtest: Mapping[str, Any]) -> list[DataEntry]:
    """The entries of the backtest's data: option chains first, custom events last."""
    problems: list[Problem] = []
    read = [each for n, item in enumerate(backtest["data"]) if (each := entry(item, n, problems))]
    if problems:
        raise SweepError("; ".join(map(str, problems)))
    return sorted(read, key=lambda e: 0 if e.chain else 2 if e.custom else 1)


def constants(backtest: Mapping[str, Any], entries: Sequence[DataEntry], period: tuple[int, int]) -> list[str]:
    """Values at the head of the script that the loading refers to."""
    names = sorted({name for e in entries for name in e.instruments})
    lines = [f"INSTRUMENTS = {names!r}"]
    if any(e.kind == DELTAS and not e.custom for e in entries):
        feed = Feed(str(backtest["catalog"]), entries, *period)
        books = feed.survey(shared_cache()).books
        lines += [f"UNFLAGGED = {sorted(books.unflagged)!r}  # instruments of which no delta has the flag F_LAST"]
        lines += [f"TRAILING = {dict(books.trailing)!r}  # time of the last delta, and number, after the last F_LAST"]
    return lines


def helpers(entries: Sequence[DataEntry]) -> list[str]:
    """Functions that the loading calls."""
    names = [CHAIN] if any(e.chain for e in entries) else []
    return names + ([BOOKS] if any(e.kind == DELTAS and not e.custom for e in entries) else [])


def prepared(entries: Sequence[DataEntry], literals: Literals) -> list[str]:
    """Statements before the first window: instruments, and the classes of custom events."""
    lines = [f"options = {' + '.join(f'chain(catalog, {e.chain!r})' for e in entries if e.chain)}"]
    lines = lines if any(e.chain for e in entries) else []
    names = "[*INSTRUMENTS, *options]" if lines else "INSTRUMENTS"
    lines += [f"for instrument in definitions(catalog, {names}):", "    engine.add_instrument(instrument)"]
    lines += [f"nt_model.register_custom_data_class({literals.name(e.custom)})" for e in entries if e.custom]
    if any(e.kind == DELTAS and not e.custom for e in entries):
        lines += ["waiting = {}"]
    return lines


def loading(entries: Sequence[DataEntry]) -> list[str]:
    """Statements of one window, from `start` until before `end`: events are added in their order at equal times."""
    return [line for e in entries for line in _adding(e)]


def _adding(item: DataEntry) -> list[str]:
    if item.chain:
        return ["added += add(engine, query(catalog, nt_model.NautilusDataType.QuoteTick, options, start, end))"]
    kind = f"nt_model.NautilusDataType.{item.kind}"
    if item.custom:
        kind = f"nt_model.NautilusDataType.Custom({item.kind!r})"
        return [f'added += add(engine, query(catalog, {kind}, None, start, end), nt_model.ClientId("CUSTOM"))']
    ends = ", ends=True" if ends_interval(item.kind) else ""
    events = f"query(catalog, {kind}, {list(item.identifiers)!r}, start, end{ends})"
    return [f"added += add(engine, {f'book_events({events}, waiting)' if item.kind == DELTAS else events})"]
