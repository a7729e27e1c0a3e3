"""The rows that the index keeps of one sweep, from its ledger."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sweep.collection.index.schema import Columns, Source
from sweep.errors import LedgerError
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.spec.components.places import label
from sweep.trial import State

ENTRIES = ("instruments", "bar_types")  # of market data, which name what is read


@dataclass(frozen=True, slots=True)
class SweepContent:
    """One sweep: a row of the table of sweeps, and one for each trial."""

    sweep: Mapping[str, Any]
    trials: Sequence[Mapping[str, Any]] = ()
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: Sequence[str] = ()  # their names, as `show` orders them


def content(folder: Folder, stamp: str, columns: Columns) -> SweepContent:
    """Read a sweep; one whose ledger cannot be read is a row without trials that says why."""
    try:
        with folder.open() as ledger:
            return _content(folder, ledger, stamp, columns)
    except (LedgerError, AttributeError, KeyError, TypeError, ValueError) as error:  # what a damaged ledger may hold
        return SweepContent({"sweep": folder.id, "name": folder.name, "unreadable": str(error), "stamp": stamp})


def _content(folder: Folder, ledger: Ledger, stamp: str, columns: Columns) -> SweepContent:
    from sweep.results.report import Report

    facts = ledger.facts
    rows, days = list(ledger.rows()), ledger.day_counts()
    ranked = {row.number for row in ledger.candidates()} if ledger.repeat else None
    outside = ledger.outside
    trials = [
        _trial(row, columns)
        | {"days": days.get(row.number)}
        | {
            "ranked": row.state is State.COMPLETE
            and row.number not in outside
            and (ranked is None or row.number in ranked)
        }
        for row in rows
    ]
    parameters = dict.fromkeys(name for row in rows for name in row.params)
    doubts = json.dumps(Report(folder).doubts())
    state = "data changed" if facts.data_changed else "finished" if facts.finished else "interrupted"
    sweep = {
        "sweep": folder.id, "name": folder.name, "created": utc(facts.created), "finished": utc(facts.finished or ""),
        "state": state, "verdict": str((facts.verdict or {}).get("verdict", "")), "engine": facts.engine,
        "agreed": json.dumps([each["engine"] for each in facts.agreed]),
        "strategy": label(facts.backtest), "data": _data(facts.backtest),
        "catalog": str(facts.backtest.get("catalog", "")), "fingerprint": facts.data,
        "method": str((facts.search or {}).get("method", "grid")), "objective": facts.objective["metric"],
        "direction": facts.objective["direction"], "note": facts.note, "doubts": doubts, "unreadable": None,
        "stamp": stamp,
    }  # fmt: skip
    return SweepContent(sweep, trials, dict(facts.tags), list(parameters))


def _trial(row: Row, columns: Columns) -> dict[str, Any]:
    values: dict[str, Any] = {
        "trial": row.number, "key": row.key, "state": str(row.state or "RUNNING"), "attempt": row.attempt,
        "reason": str(row.reason) if row.reason else None, "warnings": len(row.warnings), "replay": row.replay or None,
        "seconds": round(row.ended - row.started, 6) if row.ended and row.started else None,
    }  # fmt: skip
    sources: Mapping[Source, Mapping[str, Any]] = {"metric": row.metrics, "param": row.params}
    for source, named in sources.items():
        for name, value in named.items():
            if value is not None:
                column = columns.of_value(source, name, value)
                values[column.physical] = json.dumps(value) if column.kind == "json" else value
    return values


def _data(backtest: Mapping[str, Any]) -> str:
    """Instruments and bar types that a backtest reads; the kind of data of an entry that names none."""
    names: dict[str, None] = {}
    for entry in backtest.get("data") or ():
        own = [name for key in ENTRIES for name in entry.get(key) or ()]
        names |= dict.fromkeys(map(str, own or [entry["type"]]))
    return ", ".join(names)


def utc(time: str) -> str:
    """A time in ISO 8601 as UTC to the second, so that texts are in the order of times; "" for none."""
    return datetime.fromisoformat(time).astimezone(UTC).isoformat(timespec="seconds") if time else ""
