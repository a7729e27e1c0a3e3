"""Trials as a list that a notebook shows as a table."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sweep.ledger.ledger import Row

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 12  # metrics of the table


class TrialList(list[Row]):
    """Trials, in the order that was asked for."""

    def __init__(self, rows: Iterable[Row], metrics: Sequence[str] = ()) -> None:
        """`metrics` are those that the table shows first."""
        super().__init__(rows)
        self.metrics = list(metrics)

    def frame(self) -> "pd.DataFrame":
        """A row for each trial, by its number: state, reason, parameters, metrics."""
        import pandas as pd

        names = list(dict.fromkeys([*self.metrics, *(name for row in self for name in row.metrics)]))
        rows = [
            {"state": str(row.state or "RUNNING"), "reason": str(row.reason or ""), **row.params}
            | {name: row.metrics.get(name) for name in names}
            for row in self
        ]
        return pd.DataFrame(rows, index=pd.Index([row.number for row in self], name="trial"))

    def __repr__(self) -> str:
        numbers = ", ".join(str(row.number) for row in self[:10])
        return f"<{len(self)} trials: {numbers}{' …' if len(self) > 10 else ''}>"

    def _repr_html_(self) -> str:
        """Parameters and the first metrics, for a notebook."""
        if not self:
            return "<p>no trials</p>"
        frame = self.frame()
        params = list(dict.fromkeys(name for row in self for name in row.params))
        others = [name for name in frame.columns if name not in {"state", "reason", *params}]
        leading = ["state", "reason"] if any(row.reason for row in self) else []
        return frame[[*leading, *params, *others[:SHOWN]]].to_html(max_rows=60, na_rep="–")
