"""A trial as the ledger knows it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from types import NoneType
from typing import Self

from sweep.errors import LedgerError, Reason
from sweep.ledger.encoding import damaged, load, require_figures, require_times
from sweep.spec.constraints.formula import value_of
from sweep.trial import Metrics, Params, State

TEXT, TIME = (str, NoneType), (float, int, NoneType)
COLUMNS = {
    "number": int, "key": str, "attempt": int, "started": TIME, "ended": TIME,
    **dict.fromkeys(("state", "reason", "message", "trace", "worker", "mlflow_run_id", "replay"), TEXT),
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
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

    def __repr__(self) -> str:
        params = ", ".join(f"{name}={value}" for name, value in self.params.items())
        pnl = self.metrics.get("pnl_total")
        how = self.reason or (f"pnl_total {pnl:,.2f}" if pnl is not None else "")
        return (
            f"<Trial {self.number} {self.state or 'RUNNING'}: {params or 'no parameters'}{f'; {how}' if how else ''}>"
        )

    def _repr_html_(self) -> str:
        """Parameters and metrics as a table, for a notebook."""
        values = {**self.params, **self.metrics}
        cells = (f"<tr><th>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in values.items())
        return f"<p>{escape(repr(self))}</p><table>{''.join(cells)}</table>"

    @classmethod
    def of(cls, row: sqlite3.Row, formulas: Sequence[str] = ()) -> Self:
        """From a row of the `trials` table, with the values of objectives that are formulas among its metrics."""
        values = dict(row)
        if not all(isinstance(values[name], kinds) for name, kinds in COLUMNS.items()):
            raise damaged(f"trial {values['number']}")
        try:
            values["state"] = State(values["state"]) if values["state"] else None
            values["reason"] = Reason(values["reason"]) if values["reason"] else None
        except ValueError as error:
            raise LedgerError(f"the ledger is damaged: trial {values['number']}: {error}") from None
        for name in ("params", "metrics", "timing"):
            values[name] = load(values[name] or "{}", dict)
        require_figures(values["metrics"].values())
        require_figures(seconds := values["timing"].values())
        if None in seconds:
            raise damaged(values["timing"])
        require_figures((values["number"], values["attempt"]))
        require_times(values["started"], values["ended"])
        if values["metrics"]:
            values["metrics"] |= {formula: value_of(formula, values["metrics"]) for formula in formulas}
        for name in ("warnings", "rungs"):
            values[name] = tuple(load(values[name] or "[]", list))
        require_figures(values["rungs"])
        if not all(isinstance(warning, str) for warning in values["warnings"]):
            raise damaged(values["warnings"])
        for name in ("message", "trace", "worker", "replay"):
            values[name] = values[name] or ""
        return cls(**values)


def value_row(
    number: int, state: str | None, value: float | None, ended: float | None
) -> tuple[int, State | None, float | None, float | None]:
    """A trial with one of its metrics, checked as those of `Row` are."""
    require_figures((number, value))
    require_times(ended)
    if state is not None and state not in State:
        raise damaged(state)
    return number, State(state) if state else None, value, ended
