"""One question over all sweeps of a runs directory, and its answer."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sweep.collection.agreement import are_apart
from sweep.collection.index.expression import Expression, names_a_state
from sweep.collection.index.index_file import Index, ask_index
from sweep.collection.index.names import Names, Value
from sweep.collection.index.schema import Column, Columns
from sweep.common.messages import Say, silent
from sweep.errors import InputError, Problem
from sweep.spec.metric_table import METRIC_TABLE, is_lower_better

FROM = "FROM trials t JOIN sweeps s ON s.id = t.sweep_id"
PLAIN: tuple[str, ...] = ("trial", "key", "state", "reason", "days", "seconds", "attempt", "warnings", "replay")
ABOUT: tuple[str, ...] = ("sweep", "created", "verdict", "engine", "agreed", "strategy", "data", "objective")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question over all trials of a runs directory."""

    expression: str = ""
    sort: str | None = None  # a metric or another name; by default the first metric of the expression
    reverse: bool = False
    strategy: str | None = None  # its import path, or the name of its class
    data: str | None = None  # part of an instrument or bar type, or the catalog, or the begin of the fingerprint
    since: str | None = None  # of the creation of sweeps: ISO 8601, or 7d, 12h
    until: str | None = None
    limit: int | None = None
    figures: Collection[str] | None = None  # metrics of the trials, beside those of the question; all by default
    everywhere: bool = False  # also trials outside of a changed space, and all repeats of a setting


@dataclass(frozen=True, slots=True)
class IndexedTrial:
    """A trial as the index has it."""

    sweep: str
    record: Mapping[str, Any]  # PLAIN
    about: Mapping[str, Any]  # of its sweep: created, verdict, engine, strategy, data, objective
    metrics: Mapping[str, float | int | None]
    params: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        undefined = dict.fromkeys(METRIC_TABLE) if self.record["state"] == "COMPLETE" else {}  # as `sweep show --json`
        metrics = {**undefined, **self.metrics}
        return {"sweep": self.sweep, **self.record, **self.about, "metrics": metrics, "params": self.params}


@dataclass(frozen=True, slots=True)
class Answer:
    """The trials that match, and what speaks against taking them as they are."""

    total: int  # without the limit
    trials: Sequence[IndexedTrial]
    sort: str | None
    names: Sequence[str]  # of the expression
    doubts: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])  # by sweep, of those shown
    unreadable: Mapping[str, str] = field(default_factory=dict[str, str])  # sweeps of which nothing is shown

    @property
    def engines(self) -> Mapping[str, Sequence[str]]:
        """Sweeps by engine, of the trials that are shown."""
        engines: dict[str, dict[str, None]] = {}
        for trial in self.trials:
            engines.setdefault(trial.about["engine"], {})[trial.sweep] = None
        return {engine: list(sweeps) for engine, sweeps in sorted(engines.items())}

    @property
    def apart(self) -> bool:
        """True where trials are shown of engines that were not found to agree."""
        return are_apart((trial.about["engine"], trial.about["agreed"]) for trial in self.trials)


def find(runs_dir: Path, question: Question, say: Say = silent) -> Answer:
    """Answer a question. Raises InputError with all mistakes in it."""
    return ask_index(runs_dir, lambda index: answer(index, question), say)


def answer(index: Index, question: Question) -> Answer:
    """Answer a question from an index that is open."""
    names = Names(index.db)
    problems: list[Problem] = []
    conditions: list[str] = []
    parameters: dict[str, object] = {}
    expression, sort = None, None
    try:
        expression = Expression(question.expression, names)
        conditions.append(expression.sql)
        parameters |= expression.parameters
    except InputError as error:
        problems += error.problems
    for part in (_scope(question, parameters), _sorted_by(question.sort, names, parameters)):
        if isinstance(part, InputError):
            problems += part.problems
        elif isinstance(part, list):
            conditions += part
        else:
            sort = part
    if problems or expression is None:
        raise InputError(problems)
    if not question.everywhere and not names_a_state(expression.names):
        conditions.append("t.ranked")
    name = question.sort or next((n for n in expression.names if names.is_metric(n)), None)
    sort = sort or (_value(name, names, parameters) if name else None)
    order = _order(index, name, sort, names, reverse=question.reverse)
    where = " AND ".join(["s.unreadable IS NULL", *conditions])
    chosen = Selection(where, order, parameters, question.limit, question.figures)
    return _answer(index, names.columns, chosen, name, expression.names)


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions, order and parameters of a query, and the metrics that are read."""

    where: str
    order: str
    parameters: Mapping[str, object]
    limit: int | None
    figures: Collection[str] | None


def _answer(index: Index, columns: Columns, chosen: Selection, sort: str | None, names: Sequence[str]) -> Answer:
    db, parameters = index.db, dict(chosen.parameters)
    ((total,),) = db.execute(f"SELECT count(*) {FROM} WHERE {chosen.where}", parameters).fetchall()
    limit = f"LIMIT {int(chosen.limit)}" if chosen.limit is not None else ""
    picked = f"SELECT t.rowid, t.sweep_id {FROM} WHERE {chosen.where} ORDER BY {chosen.order} {limit}"
    places = db.execute(picked, parameters).fetchall()
    figures = (
        None if chosen.figures is None else {n.removeprefix("metric.") for n in (*chosen.figures, *names, sort or "")}
    )
    trials = _trials(index, columns, places, figures)
    sweeps = list(dict.fromkeys(t.sweep for t in trials))
    doubted = "SELECT sweep, doubts FROM sweeps WHERE doubts <> '[]' AND list_contains($shown, sweep) ORDER BY sweep"
    doubts = {sweep: json.loads(text) for sweep, text in db.execute(doubted, {"shown": sweeps}).fetchall()}
    unreadable = dict(
        db.execute("SELECT sweep, unreadable FROM sweeps WHERE unreadable IS NOT NULL ORDER BY sweep").fetchall()
    )
    return Answer(total, trials, sort, names, doubts, unreadable)


def _trials(
    index: Index, columns: Columns, places: Sequence[tuple[int, int]], figures: Collection[str] | None
) -> list[IndexedTrial]:
    """The trials at these places of the table, in their order, with these metrics."""
    sweeps = sorted({sweep for _, sweep in places})
    order, about = _parameter_names(index, sweeps), _about(index, sweeps)
    params = {name for names in order.values() for name in names}
    own = [c for c in columns if (c.name in params if c.source == "param" else figures is None or c.name in figures)]
    selected = ", ".join([*(f"t.{n}" for n in PLAIN), *(f"t.{c.physical}" for c in own)])
    # a semi-join by the rows' places: the database then reads nothing else of the table
    read = (
        f"SELECT t.rowid, t.sweep_id, {selected} FROM trials t SEMI JOIN (SELECT unnest($rows) AS r) p ON p.r = t.rowid"  # noqa: S608
    )
    by_row: dict[int, IndexedTrial] = {}
    for row, sweep, *values in index.db.execute(read, {"rows": [row for row, _ in places]}).fetchall():
        metrics, params = _named(own, values[len(PLAIN) :])
        ordered = {name: params.get(name) for name in order.get(sweep, ()) if name in params}
        facts = dict(about[sweep])
        plain = dict(zip(PLAIN, values, strict=False))
        by_row[row] = IndexedTrial(facts.pop("sweep"), plain, facts, metrics, ordered)
    return [by_row[row] for row, _ in places]


def _about(index: Index, sweeps: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Facts of sweeps that are shown with their trials."""
    selected = f"SELECT id, {', '.join(ABOUT)} FROM sweeps WHERE list_contains($sweeps, id)"  # noqa: S608
    rows = index.db.execute(selected, {"sweeps": list(sweeps)}).fetchall()
    facts = {number: dict(zip(ABOUT, values, strict=True)) for number, *values in rows}
    return {number: each | {"agreed": json.loads(each["agreed"] or "[]")} for number, each in facts.items()}


def _named(columns: Sequence[Column], values: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Metrics and parameters of a row, in the kinds of the ledger."""
    named: dict[str, dict[str, Any]] = {"metric": {}, "param": {}}
    for column, value in zip(columns, values, strict=True):
        if value is not None:
            named[column.source][column.name] = json.loads(value) if column.kind == "json" else value
    return named["metric"], named["param"]


def _parameter_names(index: Index, sweeps: Sequence[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    ordered = "SELECT sweep_id, name FROM parameters WHERE list_contains($sweeps, sweep_id) ORDER BY sweep_id, position"
    for sweep, name in index.db.execute(ordered, {"sweeps": list(sweeps)}).fetchall():
        names.setdefault(sweep, []).append(name)
    return names


def _scope(question: Question, parameters: dict[str, object]) -> list[str] | InputError:
    """Conditions on sweeps: their strategy, their data, and when they were made."""
    conditions: list[str] = []
    problems: list[Problem] = []
    if question.strategy is not None:
        parameters["strategy"] = question.strategy
        paths = "string_split(s.strategy, ', ')"
        conditions.append(
            f"(list_contains({paths}, $strategy) OR list_contains("
            f"list_transform({paths}, lambda p: list_last(string_split(p, ':'))), $strategy))"
        )
    if question.data is not None:
        parameters["data"] = question.data
        parts = ("contains(s.data, $data)", "s.catalog = $data", "starts_with(s.fingerprint, $data)")
        conditions.append(f"({' OR '.join(parts)})")
    for name, sign in (("since", ">="), ("until", "<=")):
        if (text := getattr(question, name)) is not None:
            try:
                parameters[name] = moment(text, datetime.now(UTC))
                conditions.append(f"s.created {sign} ${name}")
            except ValueError:
                problems.append(
                    Problem(f"--{name}", "is no time", text, "2026-05-04, 2026-05-04T12:00, or 7d, 12h ago")
                )
    return InputError(problems) if problems else conditions


def moment(text: str, now: datetime) -> str:
    """A time as the index writes times: ISO 8601 (UTC unless it has a zone), or a span before now such as 7d."""
    from sweep.collection.index.content import utc

    units = {"d": "days", "h": "hours", "m": "minutes"}
    if text[-1:] in units and text[:-1].isascii() and text[:-1].isdigit() and len(text) < 8:
        return (now - timedelta(**{units[text[-1]]: int(text[:-1])})).isoformat(timespec="seconds")
    time = datetime.fromisoformat(text)
    return utc((time if time.tzinfo else time.replace(tzinfo=UTC)).isoformat())


def _sorted_by(name: str | None, names: Names, parameters: dict[str, object]) -> Value | InputError | None:
    try:
        return None if name is None else _value(name, names, parameters)
    except InputError as error:
        return error


def _value(name: str, names: Names, parameters: dict[str, object]) -> Value:
    constant = ""
    if name.startswith("tag."):
        parameters["sort_tag"], constant = name.removeprefix("tag."), "$sort_tag"
    value = names.value(name, constant)
    if isinstance(value, Problem):
        raise InputError(Problem("--sort", value.rule, name, value.remedy))
    return value


def _order(index: Index, name: str | None, value: Value | None, names: Names, *, reverse: bool) -> str:
    """The order of trials: metrics best first, other names ascending; without a name the newest sweep first."""
    ties = ["s.created DESC", "s.sweep", "t.trial"]
    if name is None or value is None:
        return ", ".join(ties)
    descending = names.is_metric(name) and not _is_lower_better(index, name.removeprefix("metric."))
    way = "DESC" if descending != reverse else "ASC"
    return ", ".join([*(f"{sql} {way} NULLS LAST" for sql in value.sql.values()), *ties])


def _is_lower_better(index: Index, metric: str) -> bool:
    """True for a metric of which less is better, by the table or by all sweeps that have it as their objective."""
    rows = index.db.execute("SELECT DISTINCT direction FROM sweeps WHERE objective = $metric", {"metric": metric})
    directions = {direction for (direction,) in rows.fetchall()}
    return is_lower_better(metric) if len(directions) != 1 else directions == {"minimize"}
