"""Files of one backtest: config, tables of orders, fills and positions, metrics, tearsheet."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sweep.backtest.records import BacktestRecord, Balance, Fill, Order, Position
from sweep.common.escaping import for_csv
from sweep.common.files.atomic_file import atomic_write
from sweep.trial import Result

TABLES: dict[str, type] = {"orders": Order, "fills": Fill, "positions": Position, "account": Balance}
CONFIG, STATS, TEARSHEET = "config.json", "stats.json", "tearsheet.html"
FILES = (CONFIG, *(f"{name}.parquet" for name in TABLES), STATS, TEARSHEET)
COLUMNS: dict[Any, pa.DataType] = {
    str: pa.string(), int: pa.int64(), float: pa.float64(), float | None: pa.float64(), int | None: pa.int64(),
}  # fmt: skip
MOMENT = pa.timestamp("ns", "UTC")


def write(
    folder: Path,
    backtest: Mapping[str, Any],
    result: Result,
    trial: BacktestRecord | None,
    title: str,
    *,
    csv: bool = False,
) -> list[str]:
    """Write all of it; the names of the files. A file is there whole or not at all. A FAILED one has no tables."""
    written = [write_config(folder, backtest), _text(folder, STATS, _json(stats(result)))]
    if trial is None:
        return written
    for name, table in tables(trial).items():
        with atomic_write(folder / f"{name}.parquet") as target:
            pq.write_table(table, target)
        written.append(f"{name}.parquet")
        if csv:
            with atomic_write(folder / f"{name}.csv") as target:
                pyarrow.csv.write_csv(_for_csv(table), target)
            written.append(f"{name}.csv")
    return [*written, _text(folder, TEARSHEET, page(result, title, trial))]


def _for_csv(table: pa.Table) -> pa.Table:
    """The table with texts that no spreadsheet takes for formulas."""
    for n, field in enumerate(table.schema):
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            cells = [for_csv(cell) for cell in table.column(n).to_pylist()]
            table = table.set_column(n, field.name, pa.array(cells, field.type))
    return table


def write_config(folder: Path, backtest: Mapping[str, Any]) -> str:
    """Write the resolved backtest, by which a folder is known as one of these; the name of the file."""
    return _text(folder, CONFIG, _json(backtest))


def page(result: Result, title: str, trial: BacktestRecord | None = None) -> str:
    """The tearsheet, an HTML page that opens without a network; with the record also by the hours of its trades."""
    from sweep.results.tearsheet import tearsheet

    closed = [(p.ts_opened, p.pnl) for p in trial.positions if not p.is_open] if trial else []
    return tearsheet(result, title, closed)


def stats(result: Result) -> dict[str, Any]:
    """The figures as JSON: the metrics, the daily returns, the warnings, and the engine's own statistics."""
    own = {key: value for key, value in result.stats.items() if key != "figures"}
    return {
        "state": result.state,
        "reason": result.reason,
        "message": result.message or None,
        "trace": result.trace or None,
        "metrics": result.metrics,
        "returns": dict(zip(result.days, result.returns, strict=True)),
        "warnings": list(result.warnings),
        "timing": result.timing,
        "engine": own,
    }


def tables(trial: BacktestRecord) -> dict[str, Any]:
    """Orders, fills, positions and account as tables with the fields of `sweep.backtest.records` as columns."""
    rows: dict[str, Sequence[Any]] = {
        "orders": trial.orders, "fills": trial.fills, "positions": trial.positions, "account": trial.balances,
    }  # fmt: skip
    return {name: table(kind, rows[name]) for name, kind in TABLES.items()}


def table(kind: type, rows: Sequence[Any]) -> Any:
    """Records of a kind as a table, also where there are none; times are timestamps in UTC."""
    hints, columns = get_type_hints(kind), dict[str, pa.Array]()
    for field in fields(kind):
        values = [getattr(row, field.name) for row in rows]
        type_ = MOMENT if field.name.startswith("ts_") else COLUMNS[hints[field.name]]
        columns[field.name] = pa.array(values, type_)
    return pa.table(columns)


def read(folder: Path, name: str) -> list[Any]:
    """The records of one of the tables of a folder, as they were written."""
    table = pq.read_table(folder / f"{name}.parquet")
    for n, column in enumerate(table.column_names):
        if column.startswith("ts_"):
            table = table.set_column(n, column, table[column].cast(pa.int64()))
    return [TABLES[name](**row) for row in table.to_pylist()]


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _text(folder: Path, name: str, content: str) -> str:
    with atomic_write(folder / name) as target:
        target.write_text(content, encoding="utf-8")
    return name
