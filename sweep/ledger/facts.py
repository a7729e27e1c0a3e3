"""Facts of a sweep as its ledger keeps them: those of its plan, and those noted while it runs and afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Self, get_type_hints

from pydantic import TypeAdapter, ValidationError

from sweep.errors import LedgerError, shorten
from sweep.ledger.fact_shapes import DERIVED, SHAPES
from sweep.spec.objectives import Goal
from sweep.spec.repeats import Repeat


class Missing(dict[str, Any]):
    """A fact that every sweep has and this ledger lacks: empty, and LedgerError for who needs a part of it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def _refuse(self, *_: object) -> Any:
        """Refuse a copy, which would be of nothing."""
        return self.__missing__("")

    # `dict` copies a subclass without a question unless it has an __iter__ of its own; then it asks for the keys
    __iter__ = __or__ = __ror__ = keys = values = items = copy = _refuse

    def __missing__(self, key: str) -> Any:
        raise LedgerError(f"the ledger is damaged: it has no {self._name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepFacts:
    """Facts of one sweep. The ledger has each under the name of its field; a missing one has the default here."""

    # of the plan
    id: str = ""
    name: str = ""
    created: str = ""  # ISO 8601
    backtest: Mapping[str, Any] = field(
        default_factory=lambda: Missing("backtest")
    )  # before parameters are written into it
    data: str = ""  # fingerprint
    exact: bool = False  # the fingerprint is of the period to the nanosecond
    sources: Mapping[str, str] = field(default_factory=dict[str, str])  # module: hash of its source
    engine: str = ""
    protocol: int | None = None
    objective: Mapping[str, str] = field(
        default_factory=lambda: Missing("objective")
    )  # the main one: metric, direction
    objectives: Sequence[Mapping[str, str]] = ()
    metric_constraints: Sequence[str] = ()
    prefer: Mapping[str, float] | Sequence[str] = ()
    benchmark: Mapping[str, Any] | None = None  # its source, and its closes by day
    search: Mapping[str, Any] | None = None  # inputs that determine the sequence of trials
    # noted later
    finished: str | None = None  # ISO 8601; None while a driver runs
    children: str = ""  # trials with a run in MLflow: all, none, top:N; all where it is missing
    mlflow: Mapping[str, str] = field(default_factory=dict[str, str])  # uri, experiment, run
    lockbox: Mapping[str, Any] | None = None  # its period and number of days
    looks: Sequence[Mapping[str, Any]] = ()  # openings of the lock-box
    walk_forward: Mapping[str, Any] | None = None  # its rules and windows
    cpcv: Mapping[str, Any] | None = None  # rules and groups of a cross-validation
    choice: Mapping[str, Any] | None = None  # of a walk-forward window: the chosen trial
    sharing_refuted: str = ""  # why all trials run isolated although the spec asks for shared passes
    data_changed: str = ""  # ISO 8601 time when a change of the data during the run was found
    outside: Sequence[int] = ()  # trials outside of the space of the spec
    tags: Mapping[str, str] = field(default_factory=dict[str, str])  # given by people
    note: str = ""  # given by people
    agreed: Sequence[Mapping[str, Any]] = ()  # other engines that gave the same in a sample: engine, trials, at
    verdict: Mapping[str, Any] | None = None
    importance: Mapping[str, Any] | None = None
    stress: Sequence[Mapping[str, Any]] = ()  # of the best trials: what each stress test has shown
    format: int = 0  # of the ledger

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Read facts from plain values; None and unknown names count as missing. LedgerError for what none can be."""
        kinds = _kinds()
        values = {name: value for name, value in plain.items() if name in kinds and value is not None}
        for name, value in list(values.items()):
            try:
                kinds[name].validate_python(value, strict=True)
            except ValidationError:
                if name in DERIVED:
                    del values[name]
                    continue
                rule = "which is nothing that sweep writes there"
                raise LedgerError(f"the ledger is damaged: its fact {name} is {shorten(value)}, {rule}") from None
        return cls(**values)

    def plain(self) -> dict[str, Any]:
        """Return the facts as plain values, without those that have their default."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value != getattr(EMPTY, name)}

    @property
    def goal(self) -> Goal:
        """Objectives and metric constraints of the sweep. LedgerError where it has no objective."""
        if not (self.objective or self.objectives):
            raise LedgerError("the ledger is damaged: it has no objective")
        return Goal.of({"objective": self.objective, "objectives": self.objectives, "prefer": self.prefer,
                        "metric_constraints": self.metric_constraints})  # fmt: skip

    @property
    def repeat(self) -> Repeat | None:
        """Rule by which each parameter set is repeated, if it is."""
        return Repeat.of(self.search)


@cache
def _kinds() -> dict[str, TypeAdapter[Any]]:
    """The type of each fact, as it is declared."""
    return {name: TypeAdapter(SHAPES.get(name, kind)) for name, kind in get_type_hints(SweepFacts).items()}


EMPTY = SweepFacts()
