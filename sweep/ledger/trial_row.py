"""A trial as the ledger knows it."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Self

from sweep.errors import Reason
from sweep.trial import Metrics, Params, State


@dataclass(frozen=True, slots=True)
class Row:
    """A trial and what is known of it. `state` is None while it has not ended."""

    number: int
    key: str
    params: Params
    state: State | None
    reason: Reason | None
    message: str
    trace: str
    metrics: Metrics
    warnings: tuple[str, ...]
    timing: dict[str, float]
    attempt: int
    started: float | None
    ended: float | None
    worker: str
    mlflow_run_id: str | None  # None: not mirrored as recorded; "": mirrored, without a run of its own
    rungs: tuple[float | None, ...] = ()  # the metric at each rung that was reached
    replay: str = ""  # how it was run: isolated, shared, "shared, verified"

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        """From a row of the `trials` table."""
        values = dict(row)
        values["state"] = State(values["state"]) if values["state"] else None
        values["reason"] = Reason(values["reason"]) if values["reason"] else None
        for name in ("params", "metrics", "timing"):
            values[name] = json.loads(values[name] or "{}")
        for name in ("warnings", "rungs"):
            values[name] = tuple(json.loads(values[name] or "[]"))
        for name in ("message", "trace", "worker", "replay"):
            values[name] = values[name] or ""
        return cls(**values)
