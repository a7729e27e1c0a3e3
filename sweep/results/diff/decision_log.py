"""Log of real decisions: from a CSV file or a table in SQLite, by a mapping of its columns.

decisions:
  source: production.sqlite # or a .csv; relative to this file
  table: trades # or query: "SELECT …"
  time: { column: entered_ms, unit: ms } # ns, us, ms, s; without a unit ISO 8601
  instrument: symbol
  side: { column: action, long: [BUY], short: [SELL] }
  size: contracts # from here on all may be left out
  price: fill_price
  exit_time: { column: closed_ms, unit: ms }
  exit_price: exit_price
  pnl: net
"""

import csv
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sweep.common.json_values import is_list, is_mapping
from sweep.common.units import nanos
from sweep.errors import InputError, Problem, did_you_mean
from sweep.results.diff.decisions import Decision, Side
from sweep.spec import yaml_document

UNITS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}
NEEDED, OPTIONAL = ("time", "instrument", "side"), ("size", "price", "exit_time", "exit_price", "pnl")
WHERE = ("source", "table", "query")
DATABASES = (".sqlite", ".sqlite3", ".db")
LONG, SHORT = ["LONG", "BUY", "B", "1"], ["SHORT", "SELL", "S", "-1"]
OURS = {"long": LONG, "short": SHORT}
SHOWN = 20  # mistakes in rows; more of the same kind tell nothing

type Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """Column of a decision's field, or its constant value."""

    column: str = ""
    value: Any = None
    unit: str = ""
    long: list[str] = field(default_factory=lambda: LONG)
    short: list[str] = field(default_factory=lambda: SHORT)

    def of(self, row: Mapping[str, Any]) -> Any:
        """The value in a row; None where it is empty."""
        value = row.get(self.column) if self.column else self.value
        return None if value is None or str(value).strip() == "" else value


def is_log(path: Path) -> bool:
    """True if a file is a log of decisions, or the mapping of one."""
    if path.suffix.lower() in (".csv", *DATABASES):
        return True
    return path.suffix.lower() in (".yaml", ".yml") and "decisions" in yaml_document.read(path).data


def read(path: Path) -> Side:
    """The decisions of a log by time. InputError with every mistake in the mapping, or in the rows."""
    rules: dict[str, Any] = {"source": path.name}
    if path.suffix.lower() in (".yaml", ".yml"):
        rules = yaml_document.read(path).data["decisions"]
    problems = list[Problem]()
    columns = mapping(rules, problems)
    rows = _rows(path.parent / str(rules.get("source", "")), rules, problems)
    _missing(columns, rows, problems)
    if problems:
        raise InputError(problems)
    columns = {name: column for name, column in columns.items() if not rows or column.value or column.column in rows[0]}
    decisions = [d for n, row in enumerate(rows, 1) if (d := _decision(n, row, columns, problems))]
    if problems:
        left = len(problems) - SHOWN
        more = [Problem(path.name, f"and {left:,} more rows that cannot be read")] if left > 0 else []
        raise InputError([*problems[:SHOWN], *more])
    knows = set(columns) - set(NEEDED)
    total = sum((d.pnl or Decimal(0) for d in decisions), Decimal(0)) if "pnl" in knows else None
    return Side(path.name, sorted(decisions, key=lambda d: d.time), frozenset(knows), total)


def mapping(rules: Any, problems: list[Problem]) -> dict[str, Column]:
    """The columns by the field they hold; fields that are not mapped have their own name."""
    if not is_mapping(rules):
        problems.append(Problem("decisions", "must be a mapping", rules))
        return {}
    allowed = (*WHERE, *NEEDED, *OPTIONAL)
    problems += [
        Problem(f"decisions.{key}", "is not a key here", rules[key], did_you_mean(key, allowed))
        for key in rules
        if key not in allowed
    ]
    named = {name: rules.get(name, name) for name in (*NEEDED, *OPTIONAL) if name in rules or len(rules) == 1}
    problems += [Problem(f"decisions.{name}", "is missing") for name in NEEDED if name not in named]
    columns: dict[str, Column] = {}
    for name, value in named.items():
        where, keys = f"decisions.{name}", ("column", "value", "unit", "long", "short")
        if isinstance(value, str):
            columns[name] = Column(value)
        elif not is_mapping(value) or not {"column", "value"} & set(value):
            problems.append(Problem(where, "must be a column, or {column: …}", value))
        elif unknown := set(value) - set(keys):
            problems += [Problem(f"{where}.{k}", "is not a key here", remedy=did_you_mean(k, keys)) for k in unknown]
        elif value.get("unit", "ns") not in UNITS:
            problems.append(Problem(f"{where}.unit", f"must be one of {', '.join(UNITS)}", value["unit"]))
        else:
            words = [[str(v) for v in value[k]] if is_list(value.get(k)) else ours for k, ours in OURS.items()]
            columns[name] = Column(str(value.get("column", "")), value.get("value"), str(value.get("unit", "")), *words)
    return columns


def _rows(source: Path, source_rule: Any, problems: list[Problem]) -> Rows:
    if not source.is_file():
        problems.append(Problem("decisions.source", "the file does not exist", str(source)))
        return []
    try:
        if source.suffix.lower() not in DATABASES:
            with source.open(newline="", encoding="utf-8-sig") as file:
                return list(csv.DictReader(file))
        table = str(source_rule.get("table", "decisions")).replace('"', '""')
        query = str(source_rule.get("query") or f'SELECT * FROM "{table}"')  # noqa: S608 (a name, in quotes)
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(query)]
    except (sqlite3.Error, OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem("decisions.source", f"cannot be read: {error}", str(source)))
        return []


def _missing(columns: Mapping[str, Column], rows: Rows, problems: list[Problem]) -> None:
    """Columns that the source does not have; those of a log without a mapping may be fewer."""
    for name, column in columns.items():
        if rows and column.column and column.column not in rows[0] and (name in NEEDED or column.column != name):
            remedy = did_you_mean(column.column, rows[0])
            problems.append(Problem(f"decisions.{name}", "there is no such column", column.column, remedy))


def _decision(
    n: int, row: Mapping[str, Any], columns: Mapping[str, Column], problems: list[Problem]
) -> Decision | None:
    fields: dict[str, Any] = {}
    for name, column in columns.items():
        value = column.of(row)
        try:
            fields[name] = None if value is None else _convert(name, value, column)
        except InvalidOperation:
            problems.append(Problem(f"row {n}, {column.column}", "must be a number", value))
            return None
        except ValueError as error:
            problems.append(Problem(f"row {n}, {column.column}", str(error), value))
            return None
        if name in NEEDED and value is None:
            problems.append(Problem(f"row {n}, {column.column}", f"a decision needs its {name}"))
            return None
    return Decision(**fields)


def _convert(name: str, value: Any, column: Column) -> Any:
    if name in ("time", "exit_time"):
        return _moment(str(value), column.unit)
    if name == "instrument":
        return str(value)
    if name == "side":
        text = str(value).strip()
        for side, words in (("LONG", column.long), ("SHORT", column.short)):
            if text.upper() in (word.upper() for word in words):
                return side
        raise ValueError(f"must be one of {', '.join([*column.long, *column.short])}")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("must be a finite number")
    return number if name == "pnl" else float(number)


def _moment(text: str, unit: str) -> int:
    if unit:
        return int(Decimal(text) * UNITS[unit])
    try:
        return nanos(text)
    except ValueError:
        raise ValueError("must be an ISO 8601 time, or a number whose unit is given (unit: ms)") from None
