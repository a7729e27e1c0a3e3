"""The ledger as tables: `trials.parquet` and `returns.parquet`, written in batches so that memory stays flat."""

# pyarrow has no stubs
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import batched
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from sweep.common.files.atomic_file import atomic_write
from sweep.ledger.ledger import Ledger, Row
from sweep.trial import State

BATCH = 5_000  # trials held in memory at a time
CELLS = 16 * 2**20  # float32 values of one row group of returns.parquet

PLAIN: dict[str, pa.DataType] = {
    "number": pa.int64(),
    "key": pa.string(),
    "state": pa.string(),
    "reason": pa.string(),
    "message": pa.string(),
    "rung": pa.int64(),  # where a PRUNED trial ended, from 1
    "warnings": pa.list_(pa.string()),
}
CIRCUMSTANCE: dict[str, pa.DataType] = {
    "attempt": pa.int64(),
    "started": pa.float64(),
    "ended": pa.float64(),
    "seconds": pa.float64(),
    "worker": pa.string(),
    "replay": pa.string(),
    "mlflow_run_id": pa.string(),
}


def columns(rows: Iterable[Row]) -> dict[str, pa.DataType]:
    """The columns of the trials table and their types: numbers stay numbers, what is mixed becomes text."""
    params: dict[str, set[type]] = {}
    metrics: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.params.items():
            params.setdefault(name, set()).add(type(value))
        for name, value in row.metrics.items():
            metrics.setdefault(name, set()).add(type(value))
    types = {f"params.{k}": _type(v) for k, v in params.items()} | {
        f"metrics.{k}": _type(v) for k, v in metrics.items()
    }
    return PLAIN | types | CIRCUMSTANCE


def _type(kinds: set[type]) -> pa.DataType:
    kinds = kinds - {type(None)}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    if kinds <= {int, float}:
        return pa.float64()
    return pa.string()


def record(row: Row, types: dict[str, pa.DataType]) -> dict[str, Any]:
    """One trial as a flat record."""
    flat: dict[str, Any] = {"state": row.state or "RUNNING", "reason": row.reason, "message": row.message or None}
    flat |= {"number": row.number, "key": row.key, "warnings": list(row.warnings)}
    flat |= {f"params.{k}": _cell(v, types[f"params.{k}"]) for k, v in row.params.items()}
    flat |= {f"metrics.{k}": _cell(v, types[f"metrics.{k}"]) for k, v in row.metrics.items()}
    flat |= {"attempt": row.attempt, "started": row.started, "ended": row.ended, "worker": row.worker or None}
    flat["rung"] = len(row.rungs) if row.state is State.PRUNED else None
    flat["replay"] = row.replay or None
    flat |= {
        "seconds": row.ended - row.started if row.ended and row.started else None,
        "mlflow_run_id": row.mlflow_run_id or None,
    }
    return flat


def _cell(value: Any, kind: pa.DataType) -> Any:
    if value is not None and kind == pa.string() and not isinstance(value, str):
        return json.dumps(value)
    return value


def tables(ledger: Ledger) -> Iterator[Any]:
    """The trials by number, `BATCH` at a time, all with the same columns."""
    types = columns(ledger.rows())
    schema = pa.schema(list(types.items()))
    for rows in batched(ledger.rows(), BATCH, strict=False):
        yield table_of([record(row, types) for row in rows], schema)


def table_of(records: Sequence[Mapping[str, Any]], schema: pa.Schema) -> Any:
    """Records as a table, by way of JSON: to make one of Python's values Arrow imports pandas, half a second of CPU."""
    plain = ({name: r[name] for name in schema.names if r.get(name) is not None} for r in records)
    text = "\n".join(json.dumps(r, ensure_ascii=False) for r in plain).encode(errors="replace")  # of lone surrogates
    options = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    return pj.read_json(BytesIO(text), pj.ReadOptions(use_threads=False, block_size=len(text) + 1), options)


def write_trials(ledger: Ledger, path: Path) -> None:
    """Write `trials.parquet`: one row for each trial, one column for each parameter and metric."""
    schema = pa.schema(list(columns(ledger.rows()).items()))
    with atomic_write(path) as target, pq.ParquetWriter(target, schema) as writer:
        for table in tables(ledger):
            writer.write_table(table)


def write_settings(ledger: Ledger, path: Path) -> None:
    """Write `settings.parquet` where settings are repeated: parameters, and median, spread and worst of each metric."""
    goal = ledger.facts.goal
    settings = [s.plain(goal) for s in ledger.settings()]
    if not settings:
        return
    rows = [
        {"trial": s["trial"], "trials": s["trials"], "failed": s["failed"]}
        | {f"params.{name}": value for name, value in s["params"].items()}
        | {f"metrics.{name}.{k}": v for name, spread in s["metrics"].items() for k, v in spread.items()}
        for s in settings
    ]
    with atomic_write(path) as target:
        pq.write_table(pa.Table.from_pylist(rows), target)


def write_returns(ledger: Ledger, path: Path) -> None:
    """Write `returns.parquet`: a `day` column and one float32 column of daily net returns for each COMPLETE trial.

    A day on which a trial has no return (its instruments had no data) is 0.
    """
    days = ledger.calendar()
    numbers = [row.number for row in ledger.rows(state=State.COMPLETE)]
    schema = pa.schema([("day", pa.date32()), *((str(n), pa.float32()) for n in numbers)])
    height = max(1, min(len(days), CELLS // max(1, len(numbers))))  # `batched` makes room for that many at once
    with atomic_write(path) as target, pq.ParquetWriter(target, schema) as writer:
        for part in batched(days, height, strict=False):
            columns = [np.array(part, "datetime64[D]").astype(np.int32), *_columns(ledger, part, numbers)]
            arrays = [
                pa.Array.from_buffers(field.type, len(part), [None, pa.py_buffer(column)])
                for field, column in zip(schema, columns, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _columns(ledger: Ledger, part: tuple[str, ...], numbers: list[int]) -> Any:
    """The returns of some days, a row for each trial."""
    row, day = {number: n for n, number in enumerate(numbers)}, {day: n for n, day in enumerate(part)}
    values = np.zeros((len(numbers), len(part)), np.float32)
    for number, its_days, returns in ledger.returns():
        if number in row:
            here = [(day[d], value) for d, value in zip(its_days, returns, strict=True) if d in day]
            values[row[number], [n for n, _ in here]] = [value for _, value in here]
    return values
