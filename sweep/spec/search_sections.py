"""Section `search` of a spec: space, study, pruner, repeats and stop rules."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, create_model, model_validator

from sweep.common.json_values import is_list, is_mapping
from sweep.common.units import counted, quantile
from sweep.spec.sections import Duration, Section

WINDOW = 16  # trials under way at most: measured, docs/studies.md
STUDY: dict[str, Any] = {"sampler": "tpe", "seed": 0, "avoid_repeats": True}  # written into the spec of a study


type Option = tuple[Any, Any]  # the type of a key and its pydantic field

STARTUP: dict[str, Option] = {
    "startup_trials": (
        int,
        Field(default=None, ge=0, description="number of results at a rung before a trial is pruned there"),
    )
}
PERCENTILE: dict[str, Option] = {
    "percentile": (float, Field(default=None, gt=0, lt=100, description="percentage of trials that pass a rung"))
}


def _factor(value: object) -> object:
    """A factor of a pruner, or a list of them."""
    numbers = value if is_list(value) and value else [value]
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 2 for n in numbers):
        raise ValueError("must be a whole number of at least 2, or a list of such numbers")
    return value


FACTOR: dict[str, Option] = {
    "reduction_factor": (
        Annotated[Any, BeforeValidator(_factor), Field(json_schema_extra={"type": ["integer", "array"]})],
        Field(
            default=None,
            description="N, where one trial of N passes a rung; of asha also a list: for each rung, the last for all "
            "others",
        ),
    )
}
HALVING = {"asha", "successive_halving"}  # pruners with a factor for each rung
FACTORS = (8, 2)  # of the first rung, where a pruned trial has cost least, and of the others: measured, docs/studies.md
BOUNDS: dict[str, Option] = {
    "lower": (float, Field(default=None, description="lower bound: trials below are pruned")),
    "upper": (float, Field(default=None, description="upper bound: trials above are pruned")),
}
P_VALUE: dict[str, Option] = {
    "p_threshold": (
        float,
        Field(
            default=None,
            gt=0,
            lt=1,
            description="p-value below which the days of a trial count as worse than those of the best trial",
        ),
    )
}


class PrunerRow(NamedTuple):
    """One pruner: its module in `search/pruners/` and its keys beside `rungs`."""

    module: str
    options: dict[str, Option]


PRUNERS: dict[str, PrunerRow] = {  # by the name that specs use
    "median": PrunerRow("percentile", STARTUP),
    "percentile": PrunerRow("percentile", PERCENTILE | STARTUP),
    "asha": PrunerRow("halving", FACTOR | STARTUP),
    "successive_halving": PrunerRow("halving", FACTOR | STARTUP),
    "hyperband": PrunerRow("hyperband", FACTOR | STARTUP),
    "threshold": PrunerRow("threshold", BOUNDS),
    "wilcoxon": PrunerRow("wilcoxon", P_VALUE),
}
PRUNER_OPTIONS: dict[str, Option] = {key: option for row in PRUNERS.values() for key, option in row.options.items()}


class PrunerSection(Section):
    """Keys that all pruners have."""

    type: str
    rungs: list[int | float] = Field(
        default_factory=list[int | float],
        description="checkpoints at the ends of trading days: shares of the period (0.25), or days (5)",
    )


if TYPE_CHECKING:
    PrunerRules = PrunerSection
else:
    PrunerRules = create_model(
        "PrunerRules",
        __base__=PrunerSection,
        __module__=__name__,
        __doc__="Pruning of trials at intermediate checkpoints (rungs), against earlier trials (docs/studies.md).",
        type=Literal[(*PRUNERS, "none")],
        **{key: (kind | None, field) for key, (kind, field) in PRUNER_OPTIONS.items()},
    )


class StopRule(Section):
    """Conditions that end a search before its last trial; the sweep can be extended afterwards."""

    no_improvement: int | None = Field(default=None, ge=1, description="number of trials in a row without a better one")
    target: float | None = Field(default=None, description="value of the objective that ends the search")
    wall_clock: Duration | None = Field(default=None, description="duration of this run of the sweep")
    engine_seconds: Duration | None = Field(default=None, description="engine time of all trials together")


class RepeatRules(Section):
    """Every setting is run several times; one of these trials stands for it."""

    over: str = Field(
        min_length=1, description="parameter that differs between the repeats: venues.ARCA.fill_model.random_seed"
    )
    values: Annotated[
        list[Any], BeforeValidator(counted), Field(min_length=2, json_schema_extra={"type": ["integer", "array"]})
    ] = Field(description="its values, or their number: 20 is 0 to 19")
    score: Annotated[float, BeforeValidator(quantile), Field(json_schema_extra={"type": ["number", "string"]})] = Field(
        default=0.5,
        ge=0,
        le=1,
        description="trial that represents the setting: median, or a quantile counted from the worst (0.1)",
    )


class SearchRules(Section):
    """Choice of parameter sets."""

    method: Literal["grid", "optuna"] = "grid"
    space: dict[str, Any] = Field(
        description="parameter: [values] | {low, high, step} | {low, high, log: true, points}; without step and points "
        "a study takes any value between; {…, when: \"exit == 'trail'\"} exists only there"
    )
    constraints: list[str] = Field(default_factory=list[str], description='between parameters: "fast < slow"')
    metric_constraints: list[str] = Field(
        default_factory=list[str], description='on metrics, such as "max_drawdown <= 0.1" or "trades >= 30"'
    )
    trials: int | None = Field(default=None, ge=1, description="number of trials of a study")
    sampler: str | None = Field(
        default=None,
        description="tpe, random, qmc, cmaes, nsga2, nsga3, gp, or module:Class of an Optuna sampler",
        json_schema_extra={"default": STUDY["sampler"]},
    )
    sampler_options: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="arguments of the sampler, by Optuna's own names"
    )
    seed: int | None = Field(
        default=None, ge=0, lt=2**63, description="of the study", json_schema_extra={"default": STUDY["seed"]}
    )
    avoid_repeats: bool = Field(
        default=False,
        description="in a space without continuous ranges a point that was asked before gives way to the nearest new "
        "one; false: Optuna's own behaviour, which may repeat points",
        json_schema_extra={"default": STUDY["avoid_repeats"]},
    )
    startup_trials: int | None = Field(default=None, ge=0, description="random trials before the sampler learns")
    window: int | None = Field(
        default=None,
        ge=1,
        description="trial n is chosen knowing exactly the results up to trial n - window: at most so many run at once",
        json_schema_extra={"default": WINDOW},
    )
    enqueue: list[dict[str, Any]] = Field(
        default_factory=list[dict[str, Any]], description="settings to start from, whole or in part"
    )
    pruner: PrunerRules | None = None
    repeat: RepeatRules | None = None
    stop: StopRule | None = None

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, section: Any) -> Any:
        """Write a study's defaults into the spec that is kept, so that a later default changes nothing."""
        if not is_mapping(section):
            return section
        study = STUDY if section.get("method") == "optuna" else {}
        pruner = section.get("pruner")
        if is_mapping(pruner) and pruner.get("type") in HALVING and pruner.get("reduction_factor") is None:
            count = len(rungs) if is_list(rungs := pruner.get("rungs")) else 0
            section = {**section, "pruner": {**pruner, "reduction_factor": [*FACTORS][: max(1, count)]}}
        prunes = is_mapping(pruner) and pruner.get("type") != "none"
        window = {"window": WINDOW} if study or prunes or section.get("stop") else {}
        return study | window | dict(section)

    @property
    def is_study(self) -> bool:
        """True if trials are chosen from the results of earlier ones."""
        return self.method == "optuna"

    @property
    def prunes(self) -> bool:
        """True if trials may be pruned."""
        return self.pruner is not None and self.pruner.type != "none"
