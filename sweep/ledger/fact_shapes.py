"""Shapes of those facts of a sweep that are no plain values: a ledger without checksums may hold anything."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import AfterValidator, Field

from sweep.common.units import moment

HOURS = 24


def _as_moment(text: str) -> str:
    """Check that a text is a time, and leave it as it is."""
    moment(text)
    return text


def _as_trade_group(row: list[Any]) -> list[Any]:
    """Check that a row is a group of trades (sweep/backtest/metrics/trade_groups.py), and leave it as it is."""
    label, trades, wins, pnl = row
    is_label = isinstance(label, str) or (type(label) is int and 0 <= label < HOURS)
    if not (is_label and type(trades) is int and type(wins) is int and 0 <= wins <= trades and trades):
        raise ValueError(row)
    if type(pnl) not in {int, float}:
        raise ValueError(row)
    return row


Moment = Annotated[str, AfterValidator(_as_moment)]
Number = Annotated[int, Field(ge=0, lt=2**63)]  # of a trial
Figure = Annotated[float, Field(allow_inf_nan=False)] | None


class Objective(TypedDict):
    """A metric, and which way it is better."""

    metric: str
    direction: Literal["maximize", "minimize"]


class Period(TypedDict):
    """A stretch of time; the end is excluded."""

    start: Moment
    end: Moment


class Named(TypedDict):
    """A venue, a metric."""

    name: str


class Data(TypedDict):
    """Entry of the data of a backtest."""

    type: str
    instruments: NotRequired[list[str] | None]
    bar_types: NotRequired[list[str] | None]


class Backtest(TypedDict):
    """Parts of a backtest that are shown."""

    period: Period
    catalog: str
    venues: list[Named]
    data: list[Data]
    metrics: NotRequired[list[Named]]


class Repeat(TypedDict):
    """Rule by which settings are repeated."""

    over: str
    values: Annotated[int, Field(ge=1, le=1_000_000)] | list[Any]
    score: NotRequired[float]


class Search(TypedDict):
    """Parts of a search that are shown."""

    repeat: NotRequired[Repeat | None]


class Benchmark(TypedDict):
    """Series of prices that trials are compared with."""

    source: str
    closes: dict[str, Annotated[float, Field(gt=0)]]


class LockBox(TypedDict):
    """Period that no search sees."""

    period: Period
    days: int


class Look(TypedDict):
    """Opening of a lock-box."""

    trial: int
    key: str
    by: str
    at: str
    period: Period
    data: str
    kept: str
    ended: int
    state: Literal["COMPLETE", "PRUNED", "FAILED"] | None
    metrics: dict[str, float | None] | None
    failure: str
    seen: list[str]


class Window(TypedDict):
    """Window of a walk-forward, with the ids of its sweeps."""

    train: Period
    test: Period
    search: str
    score: str


class WalkForward(TypedDict):
    """Windows of a walk-forward."""

    windows: list[Window]


class Group(TypedDict):
    """Group of days of a cross-validation, with the id of its sweep."""

    search: str


class CrossValidation(TypedDict):
    """Rules and groups of a cross-validation."""

    test: Annotated[int, Field(ge=1)]
    purge: Annotated[int, Field(ge=0)]
    embargo: Annotated[int, Field(ge=0)]
    parts: Annotated[list[Group], Field(min_length=2)]


def _as_cross_validation(rules: CrossValidation) -> CrossValidation:
    """Check that a cross-validation leaves a group to train on, and leave it as it is."""
    if rules["test"] >= len(rules["parts"]):
        raise ValueError(rules)
    return rules


class Choice(TypedDict):
    """Trial that a window of a walk-forward chose."""

    trial: int
    key: str
    params: dict[str, Any]
    test_key: str


class Criterion(TypedDict):
    """One criterion of a verdict."""

    name: str
    passed: bool | None
    sentence: str


class Verdict(TypedDict):
    """Verdict as it was noted."""

    of: list[Any]
    verdict: str
    sentence: str
    criteria: list[Criterion]
    choice: dict[str, Any]
    figures: dict[str, Any]
    notes: NotRequired[list[str]]


class Standing(TypedDict):
    """A trial by the objective."""

    trial: Number
    value: Figure
    neighbours: Figure
    count: int


class Recommended(TypedDict):
    """Trials that the verdict recommends."""

    centre: Standing | None
    best: Standing | None
    median: Standing | None
    by_plateau: list[Standing]
    is_plateau: bool


class JudgedCriterion(Criterion):
    """A criterion as this version notes it."""

    asks: str
    value: Figure


class CurrentVerdict(Verdict):
    """Verdict as this version notes it."""

    criteria: list[JudgedCriterion]  # pyright: ignore[reportIncompatibleVariableOverride]
    choice: Recommended  # pyright: ignore[reportIncompatibleVariableOverride]
    figures: dict[str, Figure]
    notes: list[str]  # pyright: ignore[reportGeneralTypeIssues]


class Importance(TypedDict):
    """Importance of parameters as it was noted."""

    of: list[Any]
    shares: dict[str, dict[str, float]]


class TestResult(TypedDict):
    """One stress test of a trial."""

    name: str
    size: str
    word: str
    trials: int
    failed: int
    refused: int
    median: Figure
    low: Figure
    reason: str


class StressedTrial(TypedDict):
    """One of the best trials under stress."""

    trial: int
    value: Figure
    tests: Sequence[TestResult]  # a list in the file


class Agreement(TypedDict):
    """Another engine that gave the same in a sample."""

    engine: str
    trials: int
    at: str


class Statistics(TypedDict):
    """Statistics of a trial, as far as they are shown."""

    starting_equity: NotRequired[float]
    currency: NotRequired[str]
    days_per_year: NotRequired[Annotated[int, Field(ge=1, le=366)]]
    closed: NotRequired[list[float]]
    closed_days: NotRequired[list[Annotated[int, Field(ge=0)]]]
    groups: NotRequired[dict[str, list[Annotated[list[Any], AfterValidator(_as_trade_group)]]]]


SHAPES: dict[str, Any] = {
    "id": Annotated[
        str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_./-]{0,199})?$")
    ],  # names runs, files and tags elsewhere
    "backtest": Backtest,
    "objective": Objective,
    "objectives": list[Objective],
    "search": Search,
    "benchmark": Benchmark,
    "lockbox": LockBox,
    "looks": list[Look],
    "walk_forward": WalkForward,
    "cpcv": Annotated[CrossValidation, AfterValidator(_as_cross_validation)],
    "choice": Choice,
    "verdict": Verdict,
    "importance": Importance,
    "stress": list[StressedTrial],
    "agreed": list[Agreement],
    "outside": list[Number],
}
DERIVED = ("verdict", "importance")  # computed anew where they are not as they are written
