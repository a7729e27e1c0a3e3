"""The two messages that cross a process boundary: a Trial goes out, a Result comes back. Both are plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self

from sweep.common.json_values import Plain
from sweep.errors import Reason

type Params = Mapping[str, Plain]  # the spec's own names: {"strategy.score_threshold": 65}
type Metrics = dict[str, float | int | None]  # a figure that does not exist is None, never 0 and never NaN

MIN_DAYS_FOR_DAILY_STATS = (
    60  # days of returns below which a backtest is also read within its days, and no verdict is a good one
)

MOST_TRADES = 100  # that count in the system quality number, as its author has it

PROTOCOL = 2  # raised when the same backtest would give other figures than an earlier version of this package


ISOLATED = "isolated"  # in an engine of its own; ": " and why follow where that was decided on the way
SHARED = "shared"  # in a pack
VERIFIED = "shared, verified"  # in a pack, and again isolated, with the same fills and figures
NEVER_CALLED = "never called: "  # begins the warning of a trial whose strategy has such a callback
MUST_RUN_ISOLATED = "apart"  # a pack gave it back: it has to be run isolated, for the reason in its message
CONTRADICTED = "contradicted"  # likewise, and the reason shows the pack to be wrong
CONTRADICTS = "its figures contradict its own orders: "  # how ledgers record this reason, behind ISOLATED


class Contradiction(str):
    """The reason for which a pack gives a trial back that shows the pack to be wrong."""

    __slots__ = ()

    def __new__(cls, why: str) -> Self:
        """The reason, as it is recorded."""
        return super().__new__(cls, CONTRADICTS + why)


class State(StrEnum):
    """State of an ended trial. A trial without a state has not ended."""

    COMPLETE = "COMPLETE"
    PRUNED = "PRUNED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Rung:
    """A point inside a backtest where it is judged: pruned when the metric lies outside [lower, upper] there.

    With `p` also when its days are worse than those of another trial, paired, by a signed-rank test at that level.
    """

    at: float  # share of the trading days, in (0, 1), or a number of them; judged at the end of that day
    metric: str
    lower: float | None = None
    upper: float | None = None
    p: float | None = None
    against: tuple[float, ...] = ()  # daily returns of the other trial since the rung before

    def plain(self) -> dict[str, Any]:
        """As a dict of plain values, without what it does not say."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Rung":
        """The inverse of `plain`, also after a trip through JSON."""
        values = dict(plain)
        values["against"] = tuple(values.get("against") or ())
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A setting that a search wants to know about."""

    number: int  # order of asking, from 0
    params: Params
    rungs: tuple[Rung, ...] = ()  # where it may be pruned, and when
    memo: Mapping[str, Any] | None = None  # what the search needs to go on after a restart; None: not to be recorded


@dataclass(frozen=True, slots=True)
class Trial:
    """One setting of a sweep: the base backtest with `params` written into it (`sweep.spec.reader.resolve`)."""

    number: int  # order of asking, from 0, unique in the sweep
    key: str  # content hash of the resolved backtest, its data, its code and its engine; same key, same result
    params: Params
    rungs: tuple[Rung, ...] = ()
    data: str = ""  # what its data must be (sweep/catalog/data_binding.py); "" where that is nobody's concern
    charted: bool = False  # whether its price chart is wanted

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Trial":
        """The inverse of `asdict`, also after a trip through JSON."""
        values = dict(plain)
        values["rungs"] = tuple(map(Rung.of, values["rungs"]))
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Result:
    """Outcome of one trial. A failed trial is a Result too, with `reason` set."""

    state: State
    metrics: Metrics = field(default_factory=dict[str, "float | int | None"])
    reason: Reason | None = None
    message: str = ""  # for the user: what happened, what to do
    trace: str = ""  # traceback, signal or tail of the log
    warnings: tuple[str, ...] = ()
    days: tuple[str, ...] = ()  # ISO dates on the instrument's calendar, ascending
    returns: tuple[float, ...] = ()  # net return of each day, a fraction
    stats: dict[str, Any] = field(default_factory=dict[str, Any])  # the engine's own statistics, for the tearsheet
    timing: dict[str, float] = field(default_factory=dict[str, float])  # seconds by phase
    started: float = 0.0  # UNIX seconds, clock of the worker
    ended: float = 0.0
    worker: str = ""  # host:pid
    rungs: tuple[float | None, ...] = ()  # the metric at each rung that was reached; PRUNED: at the last of them
    fills: str = ""  # the trail of its fills (sweep/backtest/accounting/fill_digest.py)
    steps: tuple[str, ...] = ()  # of a short backtest: starts of the equal parts of its days, ISO times, ascending
    step_returns: tuple[float, ...] = ()  # net return of each of them
    inputs: dict[str, str] = field(default_factory=dict[str, str])  # hashes of what it read and no key covers, by name
    replay: str = ISOLATED  # how it was run (docs/shared-replay.md)
    chart: str = ""  # its price chart as JSON, where that was wanted and could be drawn; no ledger has it

    def plain(self) -> dict[str, Any]:
        """As a dict of plain values, for a process boundary or JSON."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Result":
        """The inverse of `plain`, also after a trip through JSON."""
        values = dict(plain)
        values["state"] = State(values["state"])
        values["reason"] = Reason(values["reason"]) if values.get("reason") else None
        for name in ("warnings", "days", "returns", "steps", "step_returns", "rungs"):
            values[name] = tuple(values.get(name) or ())
        return cls(**values)
