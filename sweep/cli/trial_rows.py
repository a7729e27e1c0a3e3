"""Trials as JSON, and their numbers by state."""

from collections.abc import Mapping
from typing import Any

from sweep.ledger.ledger import Row
from sweep.trial import State


def plain(row: Row) -> dict[str, Any]:
    """A trial as JSON."""
    return {
        "number": row.number, "key": row.key, "params": dict(row.params), "state": row.state or "RUNNING",
        "reason": row.reason, "message": row.message or None, "metrics": row.metrics, "warnings": list(row.warnings),
        "attempt": row.attempt, "seconds": seconds(row), "mlflow_run_id": row.mlflow_run_id or None,
        "rungs": list(row.rungs), "rung": len(row.rungs) if row.state is State.PRUNED else None,
        "replay": row.replay or None,
    }  # fmt: skip


def seconds(row: Row) -> float | None:
    """Return the seconds that the trial took."""
    return round(row.ended - row.started, 6) if row.ended and row.started else None


def counts(trials: Mapping[str, int], *, driven: bool = True) -> str:
    """Trials by state, as people say it; where no driver runs, a trial that has not ended does not run either."""
    named = {"not ended" if state == "RUNNING" and not driven else state: n for state, n in trials.items()}
    return ", ".join(f"{n:,} {state}" for state, n in named.items()) or "no trials yet"
