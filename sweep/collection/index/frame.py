"""The answer to a question as a table of pandas."""

# pandas' own types are partly unknown
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from typing import Any

import pandas as pd

from sweep.collection.index.query import Answer

SHOWN = 3  # trials in the text of a table


class TrialFrame(pd.DataFrame):
    """Trials of several sweeps, a row each; in text a line, in a notebook the table."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame  # a part of it is a plain table

    def __repr__(self) -> str:
        """Number of trials and sweeps, and the first trials."""
        leading = [
            f"{sweep}:{trial}" for sweep, trial in zip(self["sweep"][:SHOWN], self["trial"][:SHOWN], strict=True)
        ]
        more = " …" if len(self) > SHOWN else ""
        doubts = f"; {len(self.attrs['doubts'])} doubts (.attrs['doubts'])" if self.attrs.get("doubts") else ""
        first = f": {', '.join(leading)}{more}" if leading else ""
        return f"<{len(self):,} of {self.attrs['total']:,} trials of {self['sweep'].nunique():,} sweeps{first}{doubts}>"


def frame(answer: Answer) -> TrialFrame:
    """One row for each trial: its sweep, number, state, `params.*`, `metrics.*`.

    `.attrs` has the total without the limit, and the doubts: sweeps that are damaged, or whose data changed.
    """
    metrics = dict.fromkeys(name for trial in answer.trials for name in trial.metrics)
    params = dict.fromkeys(name for trial in answer.trials for name in trial.params)
    columns: dict[str, list[Any]] = {"sweep": [trial.sweep for trial in answer.trials]}
    columns |= {name: [t.record[name] for t in answer.trials] for name in ("trial", "state", "reason", "days", "key")}
    columns |= {n: [t.about[n] for t in answer.trials] for n in ("verdict", "created", "engine", "strategy", "data")}
    columns |= {f"params.{name}": [t.params.get(name) for t in answer.trials] for name in params}
    columns |= {f"metrics.{name}": [t.metrics.get(name) for t in answer.trials] for name in metrics}
    table = TrialFrame(columns)
    doubts = {sweep: list(sentences) for sweep, sentences in answer.doubts.items()}
    table.attrs = {"total": answer.total, "doubts": doubts | {s: [why] for s, why in answer.unreadable.items()}}
    return table
