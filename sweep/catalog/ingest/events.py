"""Scored events, or any of the user's own, into a catalog: checked row by row, in one exact order, each once.

Events of one time stand as (time, priority, id) orders them, then as the source has them. What is no event goes to a
file, with the reason beside it.
"""

import csv
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from inspect import get_annotations
from itertools import batched, pairwise
from pathlib import Path
from typing import Any, get_origin

from nautilus_trader.model import InstrumentId

from sweep.catalog.ingest import event_fields, event_quotes
from sweep.catalog.ingest.event_fields import RejectedError
from sweep.catalog.ingest.event_times import times_of
from sweep.catalog.ingest.ingest_result import Ingested
from sweep.catalog.ingest.parsing.column_mapping import SCORE, ColumnRule, EventMapping, load
from sweep.catalog.ingest.parsing.rows import RowSource, SourceRow
from sweep.catalog.ingest.writing.engine_schema import Shelf, events_of
from sweep.catalog.ingest.writing.pending_file import PendingFile
from sweep.catalog.ingest.writing.transaction import filling, put, usable
from sweep.common.escaping import for_csv
from sweep.common.import_path import ImportPathError
from sweep.common.import_path import load as imported
from sweep.common.json_values import is_mapping
from sweep.errors import InputError, Problem, did_you_mean

BATCH = 10_000  # rows
READY: dict[str, dict[str, dict[str, Any]]] = {  # what ScoreBracket can trade, whatever a mapping says
    SCORE: {
        "composite_score": {"low": 0.0, "high": 100.0},
        "bias": {"one_of": ["bullish", "bearish", "neutral", ""]},
    }
}


@dataclass(slots=True)
class EventsRead:
    """An event, and what it is ordered and known by."""

    ts: int
    priority: float
    id: Any
    row: SourceRow
    event: Any
    content: tuple[Any, ...]

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.ts, self.priority, *sortable(self.id), self.row.number)


@dataclass(slots=True)
class Rejected:
    """The rows that are no events, with their reasons."""

    rows: list[tuple[SourceRow, str]] = field(default_factory=list[tuple[SourceRow, str]])
    notes: list[str] = field(default_factory=list[str])  # about rows that are events after all

    def add(self, row: SourceRow, reason: str) -> None:
        self.rows.append((row, reason))

    def counts(self) -> Counter[str]:
        """Rows by reason."""
        return Counter(reason for _, reason in self.rows)

    def write(self, path: Path) -> None:
        """A CSV file: row, reason, and the columns of the source; no file where there is nothing to say."""
        path.unlink(missing_ok=True)
        if not self.rows:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        names = list(dict.fromkeys(name for row, _ in self.rows for name in row.values))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["row", "reason", *map(for_csv, names)])
            for row, reason in sorted(self.rows, key=lambda item: item[0].number):
                writer.writerow([row.number, reason, *(for_csv(row.values.get(name)) for name in names)])


def events(
    source: str | Path, mapping: str | Path | EventMapping, catalog: str | Path,
    *, table: str = "", query: str = "", rejects: str | Path | None = None, merge: bool = False,
) -> list[Ingested]:  # fmt: skip
    """Rows of SQLite, CSV, Parquet or JSON lines as events (and, where the mapping says so, quotes of their prices).

    Doing it twice changes nothing. Raises InputError with every mistake; the catalog is then as it was. Rows that are
    no events are written to `rejects`, by default DIR/rejected/SOURCE.csv in the catalog.
    """
    path, into = Path(source), Path(catalog)
    rules = mapping if isinstance(mapping, EventMapping) else load(Path(mapping), EventMapping)
    read = RowSource(path, table or rules.table, query or rules.query)
    plan = EventLayout.of(rules, usable(into))
    rejected = Rejected()
    accepted_rows = list(accepted(read.rows(), plan, rejected))
    total = len(accepted_rows) + len(rejected.rows)
    accepted_rows = unique(accepted_rows, rejected)
    aside = Path(rejects) if rejects else into / "rejected" / f"{path.name}.csv"
    rejected.write(aside)
    if not accepted_rows:
        raise InputError(_nothing(path, rejected, aside))
    accepted_rows.sort(key=lambda f: f.order)
    with filling(into) as scratch:
        drafts, rows = [_draft(scratch, plan, accepted_rows)], [(f.ts, f.event) for f in accepted_rows]
        drafts += event_quotes.drafts(into, scratch, rules.quotes, plan.cls.__name__, rows) if rules.quotes else []
        placed = put(into, drafts, merge=merge)
    written = [Ingested.of(into, *draft, at) for draft, at in zip(drafts, placed, strict=True)]
    ties = sum(a.ts == b.ts for a, b in pairwise(accepted_rows))
    noticed = {"events at the time of another, by priority and id": ties}
    aside, notes = aside if rejected.rows else None, tuple(rejected.notes)
    return [written[0].told({str(path): total}, rejected.counts(), noticed, aside, notes), *written[1:]]


def _nothing(path: Path, rejected: Rejected, aside: Path) -> Problem:
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in rejected.counts().most_common())
    return Problem(
        str(path), f"holds no event: {reasons or 'it is empty'}", remedy=f"see {aside}" if rejected.rows else ""
    )


def _draft(scratch: Path, plan: "EventLayout", batch: Sequence[EventsRead]) -> tuple[Shelf, PendingFile]:
    shelf = events_of(plan.cls, batch[0].event)
    draft = PendingFile(scratch / "events.parquet", shelf.schema, shelf.noun, keeps_repeated=True)
    for some in batched(batch, BATCH, strict=False):
        draft.add(shelf.table(plan.cls.encode_record_batch_py(some[0].event, [f.event for f in some])))
    draft.close()
    return shelf, draft


@dataclass(frozen=True, slots=True)
class EventLayout:
    """A mapping that fits its class."""

    mapping: EventMapping
    cls: Any
    columns: dict[str, ColumnRule]  # by field
    kinds: dict[str, Any]

    @classmethod
    def of(cls, mapping: EventMapping, problems: Sequence[Problem]) -> "EventLayout":
        """InputError with everything that is wrong with the mapping, after the problems that are known."""
        mistakes = [*problems, *mapping.timestamp.problems()]
        event_class = _event_class(mapping.class_path, mistakes)
        if event_class is None:
            raise InputError(mistakes)
        kinds = annotations(event_class)
        mistakes += [
            Problem(f"fields.{name}", f"{event_class.__name__} has no such field", remedy=did_you_mean(name, kinds))
            for name in mapping.fields
            if name not in kinds
        ]
        columns = {name: _column(mapping, name, kinds[name]) for name in _read_fields(mapping, event_class, kinds)}
        mistakes += _instrument(mapping, kinds)
        if mapping.quotes and mapping.quotes.price not in kinds:
            mistakes.append(Problem("quotes.price", f"{event_class.__name__} has no such field", mapping.quotes.price))
        if mistakes:
            raise InputError(mistakes)
        return cls(mapping, event_class, columns, kinds)

    def reading(self, names: Collection[str]) -> "EventLayout":
        """The layout for a source with these columns: they also fill the fields of their name that have a default."""
        constant = {"instrument_id"} if self.mapping.instrument else set[str]()
        more = [name for name in self.kinds if name in names and name not in self.columns and name not in constant]
        rules = {name: _column(self.mapping, name, self.kinds[name]) for name in more}
        return replace(self, columns=self.columns | rules)

    def event(self, ts: int, row: Mapping[str, Any]) -> tuple[Any, tuple[Any, ...]]:
        """The event of a row, and its content. RejectedError where it is none."""
        values = {n: event_fields.field(n, rule, self.kinds[n], row) for n, rule in self.columns.items()}
        if self.mapping.instrument:
            values["instrument_id"] = InstrumentId.from_str(self.mapping.instrument)
        try:
            event = self.cls(ts_event=ts, ts_init=ts, **values)
        except ValueError as error:  # said by the user's class
            raise RejectedError(str(error)) from None
        return event, tuple(str(v) if is_mapping(v) else v for v in values.values())


def annotations(cls: Any) -> dict[str, Any]:
    """The type of each field of an event class."""
    kinds: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        kinds |= get_annotations(base, eval_str=True)
    return {f.name: get_origin(kinds[f.name]) or kinds[f.name] for f in fields(cls)}


def _event_class(path: str, problems: list[Problem]) -> Any:
    try:
        cls = imported(path)
    except ImportPathError as error:
        problems.append(error.at("class"))
        return None
    if not hasattr(cls, "decode_record_batch_py"):
        problems.append(Problem("class", "must be a class decorated with @customdataclass", path))
        return None
    return cls


def _read_fields(mapping: EventMapping, cls: Any, kinds: Mapping[str, Any]) -> list[str]:
    """The fields that come from columns: those that are mapped, and those that have no value without."""
    ready = READY.get(mapping.class_path)
    needed = set(kinds) if ready else {f.name for f in fields(cls) if f.default is MISSING}
    constant = {"instrument_id"} if mapping.instrument else set[str]()
    return [name for name in kinds if (name in mapping.fields or name in needed) and name not in constant]


def _column(mapping: EventMapping, name: str, kind: Any) -> ColumnRule:
    column = mapping.fields.get(name, name)
    rules: dict[str, Any] = {"column": column} if isinstance(column, str) else column.model_dump(exclude_unset=True)
    ready: dict[str, Any] = READY.get(mapping.class_path, {}).get(name, {})
    return ColumnRule(**({**ready, **rules} if kind in (float, int, str) else rules))


def _instrument(mapping: EventMapping, kinds: Mapping[str, Any]) -> Iterator[Problem]:
    if mapping.instrument is None:
        return
    if kinds.get("instrument_id") is not InstrumentId:
        yield Problem("instrument", "the class has no field instrument_id of an InstrumentId", mapping.instrument)
    elif "instrument_id" in mapping.fields:
        yield Problem("instrument", "is in fields.instrument_id as well", mapping.instrument)
    else:
        try:
            InstrumentId.from_str(mapping.instrument)
        except ValueError:
            yield Problem("instrument", "must be SYMBOL.VENUE", mapping.instrument, "for example SPY.ARCA")


def accepted(rows: Iterable[SourceRow], plan: EventLayout, rejected: Rejected) -> Iterator[EventsRead]:
    """The events among the rows. InputError where a column is in none of the first rows."""
    held, stamp = list(rows), plan.mapping.timestamp
    plan = plan.reading({name for row in held[:BATCH] for name in row.values})
    _refuse_missing(held[:BATCH], plan)
    times = times_of([row.values.get(stamp.column) for row in held], stamp, rejected.notes)
    for row, ts in zip(held, times, strict=True):
        try:
            yield _event(row, ts, plan)
        except RejectedError as error:
            rejected.add(row, str(error))


def _event(row: SourceRow, ts: int | RejectedError, plan: EventLayout) -> EventsRead:
    if row.fault:
        raise RejectedError(row.fault)
    if isinstance(ts, RejectedError):
        raise ts
    event, content = plan.event(ts, row.values)
    return EventsRead(ts, _priority(row, plan), _id(row, plan), row, event, content)


def _priority(row: SourceRow, plan: EventLayout) -> float:
    rule = plan.mapping.priority
    if not isinstance(rule, str):
        return rule or 0
    return event_fields.field("priority", ColumnRule(column=rule), float, row.values)


def _id(row: SourceRow, plan: EventLayout) -> Any:
    if plan.mapping.id is None:
        return None
    if (value := row.values.get(plan.mapping.id)) is None:
        raise RejectedError(f"{plan.mapping.id} is empty")
    return value


def _refuse_missing(rows: Sequence[SourceRow], plan: EventLayout) -> None:
    held = list(dict.fromkeys(name for row in rows if not row.fault for name in row.values))
    stated = plan.mapping
    columns = {"timestamp": stated.timestamp.column, "id": stated.id, "priority": stated.priority}
    columns |= {f"fields.{name}": rule.column for name, rule in plan.columns.items()}
    if held:
        missing = [(at, name) for at, name in columns.items() if isinstance(name, str) and name not in held]
        rule = "the source has no such column"
        if problems := [Problem(at, rule, name, did_you_mean(name, held)) for at, name in missing]:
            raise InputError(problems)


def unique(rows: Iterable[EventsRead], rejected: Rejected) -> list[EventsRead]:
    """Each event once, the first of each; by (priority, id) where there are ids, else by all that it holds."""
    first_by_id: dict[Any, EventsRead] = {}
    for one in rows:
        by_id = one.id is not None
        first = first_by_id.setdefault((one.priority, one.id) if by_id else (one.ts, one.content), one)
        if first is one:
            continue
        equal = (first.ts, first.content) == (one.ts, one.content)
        rejected.add(one.row, "is there twice" if equal else "has the id of another, with other values")
    return list(first_by_id.values())


def sortable(value: Any) -> tuple[int, Any]:
    """Numbers by value, then texts; both may be ids of one table."""
    return (0, value) if isinstance(value, (int, float)) else (1, json.dumps(value) if value is None else str(value))
