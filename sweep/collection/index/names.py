"""Names of values in an expression: metrics, parameters, tags, and what is said of trials and sweeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from sweep.collection.index.schema import Column, Columns
from sweep.errors import Problem, did_you_mean
from sweep.spec.metric_table import METRIC_TABLE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

type ValueKind = Literal["number", "text", "truth"]

OF_TRIALS: Mapping[str, ValueKind] = {
    "trial": "number", "key": "text", "state": "text", "reason": "text", "days": "number", "seconds": "number",
    "attempt": "number", "warnings": "number", "replay": "text",
}  # fmt: skip
OF_SWEEPS: Mapping[str, ValueKind] = dict.fromkeys(
    ("sweep", "name", "created", "finished", "verdict", "engine", "strategy", "data", "catalog", "method",
     "objective", "note"), "text",
)  # fmt: skip
STATE = "sweep.state"  # of the sweep: finished, interrupted, data changed; `state` is the trial's
KINDS: Mapping[str, ValueKind] = {
    "whole": "number", "decimal": "number", "bool": "truth", "text": "text", "json": "text"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A value as SQL, by the kinds that it may have; at most one of them is not NULL."""

    sql: Mapping[ValueKind, str]


class Names:
    """The names that an index has values for."""

    def __init__(self, db: "DuckDBPyConnection") -> None:
        self.columns = Columns.of(db)
        self._db = db

    def value(self, name: str, constant: str = "") -> Value | Problem:
        """The value of a name; `constant` is the SQL of the text of a tag's name. A Problem where there is none."""
        group, dot, rest = name.partition(".")
        if name == STATE:
            return Value({"text": "s.state"})
        if dot and group == "tag":
            return Value({"text": f"(SELECT value FROM tags WHERE tags.sweep_id = s.id AND tags.name = {constant})"})  # noqa: S608
        if dot and group == "sweep" and rest in OF_SWEEPS:
            return Value({OF_SWEEPS[rest]: f"s.{rest}"})
        if name in OF_TRIALS:
            return Value({OF_TRIALS[name]: f"t.{name}"})
        if name in OF_SWEEPS:
            return Value({OF_SWEEPS[name]: f"s.{name}"})
        if not (dot and group == "param") and (metric := self._metric(rest if group == "metric" and dot else name)):
            return metric
        if not (dot and group == "metric"):
            return self._parameter(rest if group == "param" and dot else name, name)
        return self._unknown(name)

    def is_metric(self, name: str) -> bool:
        """True for a name that stands for a metric."""
        bare = name.removeprefix("metric.")
        reserved = name in OF_TRIALS or name in OF_SWEEPS
        return not reserved and (bare in METRIC_TABLE or bool(self.columns.of_name("metric", bare)))

    def _metric(self, name: str) -> Value | None:
        if columns := self.columns.of_name("metric", name):
            return Value(sql_of(columns))
        return Value({"number": "NULL::DOUBLE"}) if name in METRIC_TABLE else None  # no trial has it

    def _parameter(self, name: str, written: str) -> Value | Problem:
        matches = [p for p in self.columns.names("param") if is_short_for(name, p)]
        if not matches:
            return self._unknown(written)
        if both := self._ambiguous(matches):
            sweep, names = both
            remedy = f"in {sweep} it may be {' or '.join(f'param.{n}' for n in names)}"
            return Problem("EXPRESSION", "is the name of several parameters", written, remedy)
        return Value(sql_of([c for p in matches for c in self.columns.of_name("param", p)]))

    def _ambiguous(self, names: Sequence[str]) -> tuple[str, list[str]] | None:
        """A sweep that has several of these parameters, and which."""
        if len(names) < 2:
            return None
        rows = self._db.execute(
            """SELECT any_value(s.sweep), list(p.name ORDER BY p.name)
               FROM parameters p JOIN sweeps s ON s.id = p.sweep_id
               WHERE list_contains($names, p.name) GROUP BY p.sweep_id HAVING count(*) > 1 ORDER BY 1 LIMIT 1""",
            {"names": list(names)},
        ).fetchall()
        return (rows[0][0], rows[0][1]) if rows else None

    def _unknown(self, name: str) -> Problem:
        return Problem("EXPRESSION", "is no metric, parameter or other name of these sweeps", name, self.remedy(name))

    def remedy(self, name: str) -> str:
        return did_you_mean(name, self._all) or "the names are in docs/guides/find.md; parameters: param.NAME"

    @cached_property
    def _all(self) -> set[str]:
        params = self.columns.names("param")
        shorts = {p.rpartition(".")[2] for p in params}
        tags = {f"tag.{n}" for (n,) in self._db.execute("SELECT DISTINCT name FROM tags").fetchall()}
        metrics = {*METRIC_TABLE, *self.columns.names("metric")}
        groups = {f"param.{n}" for n in (*shorts, *params)}
        return {*OF_TRIALS, *OF_SWEEPS, STATE, *metrics, *params, *shorts, *groups, *tags}


def is_short_for(name: str, parameter: str) -> bool:
    """True where a name is a parameter's, or the last parts of it."""
    from sweep.spec.components.places import full_name

    whole = full_name(parameter)
    return name == parameter or full_name(name) == whole or whole.endswith(f".{name}")


def sql_of(columns: Sequence[Column]) -> dict[ValueKind, str]:
    """Columns of one name as one value."""
    kinds: dict[ValueKind, list[Column]] = {}
    for column in columns:
        kinds.setdefault(KINDS[column.kind], []).append(column)
    return {kind: _merged(each) for kind, each in kinds.items()}


def _merged(columns: Sequence[Column]) -> str:
    if len({c.kind for c in columns}) > 1 and columns[0].kind in {"whole", "decimal"}:
        parts = [f"t.{c.physical}::DOUBLE" for c in columns]
    else:
        parts = [f"t.{c.physical}" for c in columns]
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"
