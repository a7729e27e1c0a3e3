"""The parts of a spec as frozen types; what each key means is in its description, for the JSON schema."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, PlainSerializer, Tag, model_validator

from sweep.common.json_values import is_list, is_mapping
from sweep.common.units import children_policy, cut, days, moment, quantity, sheets, source_line

IMPORT_PATH = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"

type Moment = Annotated[str, BeforeValidator(moment)]
type Duration = Annotated[
    float, BeforeValidator(quantity("time", "10m")), Field(json_schema_extra={"type": ["string", "number"]})
]
type Bytes = Annotated[
    int, BeforeValidator(quantity("size", "2 GiB")), Field(json_schema_extra={"type": ["string", "integer"]})
]


type Days = Annotated[
    int, BeforeValidator(days), PlainSerializer(lambda n: f"{n}d"), Field(json_schema_extra={"type": "string"})
]


class Section(BaseModel):
    """A frozen part of the spec; unknown keys are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Period(Section):
    """[start, end) in UTC. A date means its midnight, so `end` is the day after the last.

    A bar belongs to the period with its end: one that ends at `end` is the last, one that ends at `start` lies before.
    """

    start: Moment
    end: Moment


class Data(Section):
    """Market data (QuoteTick, TradeTick: `instruments`; Bar: `bar_types`), an option chain, or own events."""

    type: str = Field(description="QuoteTick, TradeTick, Bar, OrderBookDelta …, or module:Class of a custom data class")
    instruments: list[str] | None = Field(default=None, min_length=1)
    bar_types: list[str] | None = Field(default=None, min_length=1)
    chain: str | None = Field(
        default=None,
        min_length=1,
        description="an underlying, such as SPY: of its options only what the strategy subscribes to is read",
    )


READY_FEE_MODELS = ("PerShareFeeModel", "PerContractMinimumFeeModel", "VolumeTierFeeModel", "SpreadFeeModel")


def fee_model(written: Any) -> Any:
    """A fee model, or its type alone, with the import path of one that is ready in this package."""
    if is_mapping(written):
        return {**written, "type": fee_model(written["type"])} if "type" in written else written
    return f"sweep.costs:{written}" if isinstance(written, str) and written in READY_FEE_MODELS else written


class Venue(BaseModel):
    """A venue: its name and any argument of the engine's `add_venue` (see `sweep venues`)."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)
    name: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _full_paths(cls, venue: Any) -> Any:
        """Ready fee models of this package by their import paths."""
        if not is_mapping(venue) or "fee_model" not in venue:
            return venue
        return {**venue, "fee_model": fee_model(venue["fee_model"])}


class Metric(Section):
    """A figure of your own: a function of a finished trial, by import path, and its further arguments."""

    name: str = Field(pattern=r"^[A-Za-z_]\w*$")
    path: str = Field(pattern=IMPORT_PATH)
    config: dict[str, Any] = Field(default_factory=dict[str, Any])


def named(metrics: Any) -> Any:
    """Metrics as a list, each with its name: that of the function where only the path is given."""
    items: list[Any] = list(metrics) if is_list(metrics) else []
    if is_mapping(metrics):
        items = [{"name": k, **(dict(v) if is_mapping(v) else {"path": v})} for k, v in metrics.items()]
    elif not is_list(metrics):
        return metrics
    whole = ({"path": item} if isinstance(item, str) else item for item in items)
    return [
        {"name": str(item["path"]).rpartition(":")[2], **item} if is_mapping(item) and "path" in item else item
        for item in whole
    ]


type Metrics = Annotated[
    list[Metric],
    BeforeValidator(named),
    Field(json_schema_extra={"type": ["array", "object"], "items": {"type": ["string", "object"]}}),
]


class Objective(Section):
    """Objective of the search."""

    metric: str = "pnl_total"
    direction: Literal["maximize", "minimize"] = "maximize"


class OneOfSeveral(Section):
    """One of several objectives."""

    metric: str
    direction: Literal["maximize", "minimize"]


type Objectives = Annotated[
    Annotated[Objective, Tag("(one)")] | Annotated[list[OneOfSeveral], Field(min_length=1), Tag("(several)")],
    Discriminator(lambda value: "(several)" if is_list(value) else "(one)"),
]
type Preference = Annotated[
    Annotated[list[str], Tag("(ranks)")] | Annotated[dict[str, float], Tag("(weights)")],
    Discriminator(lambda value: "(weights)" if is_mapping(value) else "(ranks)"),
]
TAGS = ("(one)", "(several)", "(ranks)", "(weights)")  # pydantic's, not part of the place of a mistake


class WalkForwardRules(Section):
    """One search for each window: on its training days, its choice run on the test days that follow."""

    train: Days = Field(description="trading days of a training, such as 60d")
    test: Days = Field(ge=1, description="trading days of a test, which is also the step from window to window")
    anchored: bool = Field(default=False, description="every training begins with the period")
    purge: Days = Field(default=0, description="trading days left out at the end of each training")
    embargo: Days = Field(default=0, description="trading days left out between training and test")
    choose: Literal["objective", "plateau"] = Field(
        default="objective", description="trial that is run on the test window: the best one, or the plateau's centre"
    )


class CrossValidationRules(Section):
    """Combinatorial purged cross-validation: the search on each group of days, its choices tested on other groups."""

    groups: int = Field(default=10, ge=3, le=20, description="groups of trading days")
    test: int = Field(default=2, ge=1, description="groups that are tests at a time")
    purge: Days = Field(default=0, description="trading days left out of a training before each test")
    embargo: Days = Field(default=0, description="trading days left out after each test, beside the purge")


class Validation(Section):
    """Parts of the period that the search does not see: lock-box and walk-forward windows (docs/validation.md)."""

    lockbox: Annotated[str | None, BeforeValidator(cut)] = Field(
        default=None, description="the end of the period that no search sees: 20 %, 5d (trading days), or its first day"
    )
    walk_forward: WalkForwardRules | None = None
    cpcv: CrossValidationRules | None = None


class LimitRules(Section):
    """Limits of a trial, and of failures."""

    trial_timeout: Duration = 3600.0
    trial_memory: Bytes | None = None
    retries: int = Field(
        default=2, ge=0, description="further attempts after a crash, a lost node or an out-of-memory kill"
    )
    max_failures: int = Field(
        default=20, ge=1, description="stop when the first so many trials all fail in the same way"
    )


class Verify(Section):
    """Strictness of the data checks before a sweep (docs/data.md)."""

    accept: list[str] = Field(
        default_factory=list[str],
        description="codes of `sweep catalog verify` that do not stop this sweep: they are said, and it runs",
    )


class DataMissing(Section):
    """Data that the strategy subscribes to and the backtest does not have."""

    allow: list[str] = Field(
        default_factory=list[str],
        description="data that may be missing: 'TradeTick SPY.ARCA', 'Bar *', 'Signal go' or a class of own events",
    )


class CodeRules(Section):
    """Choices about the user's own code (docs/guards.md)."""

    accept: list[Annotated[str, BeforeValidator(source_line)]] = Field(
        default_factory=list[str],
        description="lines whose use of the clock, of chance or of a kept order changes no decision: strategy.py:12",
    )
    logged_errors: Literal["fail", "warn"] = Field(
        default="fail", description="effect of an error that the strategy logs: its trial is FAILED, or has a warning"
    )


class Execution(Section):
    """Execution of trials: each in its own engine, or many in one pass; no result depends on it."""

    replay: Literal["auto", "shared", "isolated"] = Field(
        default="auto",
        description="shared: packs in one engine where that gives the same, proven by running some again; auto: shared "
        "from 20 trials on; isolated: an engine for each trial (docs/shared-replay.md)",
    )
    pack: int = Field(default=64, ge=2, le=1000, description="maximum number of trials in a pass")


class Tracking(Section):
    """Address of MLflow, trials that get a run there, and number of trials with a tearsheet (None: all)."""

    uri: str = "sqlite:///mlflow.db"
    tearsheets: Annotated[int | None, BeforeValidator(sheets), Field(json_schema_extra={"type": "string"})] = 10
    children: Annotated[str, BeforeValidator(children_policy)] = Field(
        default="auto", description="trials with a run of their own: all, none, top:N; auto: by the number of trials"
    )
