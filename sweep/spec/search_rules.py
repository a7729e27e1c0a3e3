"""Reads `search`, `objective` and `prefer` together: every mistake that the type of a single key cannot show."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sweep.common.json_values import is_list, is_mapping, is_number
from sweep.errors import Problem, did_you_mean
from sweep.spec.metric_table import METRIC_TABLE
from sweep.spec.objectives import Bound
from sweep.spec.search_sections import HALVING, PRUNER_OPTIONS, PRUNERS
from sweep.spec.space import Space
from sweep.trial import Params

STUDY = (
    "trials",
    "sampler",
    "sampler_options",
    "seed",
    "startup_trials",
    "enqueue",
    "avoid_repeats",
)  # keys of a study alone
DAILY = tuple(name for name, metric in METRIC_TABLE.items() if metric.daily)


def mistakes(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Return the mistakes in the search and the objectives of a spec that types do not cover."""
    search, objective = data.get("search"), data.get("objective")
    several = len(objective) > 1 if is_list(objective) else False
    if is_mapping(search):
        yield from _method(search)
        yield from _metric_constraints(search.get("metric_constraints"))
        if is_mapping(pruner := search.get("pruner")):
            yield from _pruner(pruner, several=several)
            yield from _paired(pruner, search.get("space"), objective)
        yield from _single_only(search, several=several)
        yield from _repeat(search)
    if is_list(objective):
        yield from _objectives(objective)
    yield from _preference(data.get("prefer"), objective)


def _method(search: Mapping[str, Any]) -> Iterator[Problem]:
    method = search.get("method", "grid")
    if method == "optuna" and "trials" not in search:
        yield Problem("search.trials", "is missing: a study needs to know how many", remedy="trials: 100")
    if method == "grid":
        for key in STUDY:
            if key in search:
                yield Problem(f"search.{key}", "is for studies", search[key], "write method: optuna, or leave it out")
        if "window" in search and "pruner" not in search and "stop" not in search:
            rule = "is for studies and for grids with a pruner or a stop"
            yield Problem("search.window", rule, search["window"], "leave it out")


def _metric_constraints(constraints: Any) -> Iterator[Problem]:
    for n, text in enumerate(constraints if is_list(constraints) else ()):
        if isinstance(text, str) and Bound.parse(text) is None:
            rule = "must be METRIC <= NUMBER or METRIC >= NUMBER"
            yield Problem(f"search.metric_constraints.{n}", rule, text, 'such as "max_drawdown <= 0.1"')


def _pruner(pruner: Mapping[str, Any], *, several: bool) -> Iterator[Problem]:
    kind = pruner.get("type")
    if several and kind != "none":
        rule = "works with one objective: several cannot be compared at a rung"
        yield Problem("search.pruner", rule, kind, "leave the pruner out, or turn objectives into metric_constraints")
    if kind == "none":
        return  # it switches a pruner off, whatever else is said of it
    yield from _rungs(pruner.get("rungs", []))
    if not isinstance(kind, str) or kind not in PRUNERS:
        return
    options = PRUNERS[kind].options
    for key in pruner:
        if key in PRUNER_OPTIONS and key not in options:
            remedy = f"its keys: {', '.join(('rungs', *options))}"
            yield Problem(f"search.pruner.{key}", f"is not a key of the pruner {kind}", pruner[key], remedy)
    if kind == "threshold" and not {"lower", "upper"} & set(pruner):
        yield Problem("search.pruner", "threshold needs lower or upper", remedy="lower: -500")
    yield from _factors(kind, pruner.get("reduction_factor"), pruner.get("rungs"))


def _factors(kind: str, factors: Any, rungs: Any) -> Iterator[Problem]:
    if not is_list(factors):
        return
    where = "search.pruner.reduction_factor"
    if kind not in HALVING:
        yield Problem(where, f"must be one number for {kind}", factors, "3")
    elif is_list(rungs) and len(factors) > len(rungs):
        yield Problem(where, f"must not have more numbers than the {len(rungs)} rungs", factors, "leave some out")


def _paired(pruner: Mapping[str, Any], space: Any, objective: Any) -> Iterator[Problem]:
    """Yield the obstacles to comparing trials day by day."""
    if pruner.get("type") != "wilcoxon" or is_list(objective):
        return
    section: Mapping[str, Any] = objective if is_mapping(objective) else {}
    metric, direction = section.get("metric", "pnl_total"), section.get("direction", "maximize")
    if metric not in DAILY or direction != "maximize":
        rule = "compares daily returns, so the objective must be to maximize pnl_total or return_total"
        remedy = "median and asha judge by any objective"
        yield Problem("search.pruner.type", rule, f"{direction} {metric}", remedy)
    for name in space if is_mapping(space) else ():
        if name.partition(".")[0] in {"period", "data", "catalog"}:
            rule = f"compares day by day, and {name} gives trials different days"
            yield Problem("search.pruner.type", rule, "wilcoxon", "median and asha judge trials of any days")


def _rungs(rungs: Any) -> Iterator[Problem]:
    where = "search.pruner.rungs"
    if not is_list(rungs):
        return
    if not rungs:
        yield Problem(where, "must hold at least one place", remedy="rungs: [0.25, 0.5]")
    for n, at in enumerate(rungs):
        if is_number(at) and not (0 < at < 1 or (at >= 1 and at == int(at))):
            yield Problem(f"{where}.{n}", "must be a share of the period (0.25) or a whole number of days (5)", at)
    places = [at for at in rungs if is_number(at)]
    if len({at < 1 for at in places}) > 1:
        yield Problem(where, "mixes shares of the period and days", rungs, "keep to one of them")
    elif places != sorted(set(places)):
        yield Problem(where, "must ascend", rungs, f"rungs: {sorted(set(places))}")


def _repeat(search: Mapping[str, Any]) -> Iterator[Problem]:
    again, pruner = search.get("repeat"), search.get("pruner")
    if not is_mapping(again):
        return
    if is_mapping(pruner) and pruner.get("type") != "none":
        rule = "does not go with repeat: a single trial of a setting says too little to give the setting up"
        yield Problem("search.pruner", rule, pruner.get("type"), "leave one of the two out")
    values = again.get("values")
    if is_list(values) and len(set(map(str, values))) < len(values):
        yield Problem("search.repeat.values", "must differ", values, "list each once")


def _single_only(search: Mapping[str, Any], *, several: bool) -> Iterator[Problem]:
    stop = search.get("stop")
    if several and is_mapping(stop) and "target" in stop:
        remedy = "write the target as a metric constraint"
        yield Problem("search.stop.target", "works with one objective", stop["target"], remedy)
    if several and search.get("sampler") == "cmaes":
        yield Problem("search.sampler", "works with one objective", "cmaes", "tpe, nsga2, nsga3 and gp take several")


def _objectives(objectives: Sequence[Any]) -> Iterator[Problem]:
    names = [o.get("metric") for o in objectives if is_mapping(o)]
    for n, (name, count) in enumerate(Counter(map(str, names)).items()):
        if count > 1:
            yield Problem(f"objective.{n}", "is named twice", name, "keep one of them")


def _preference(prefer: Any, objective: Any) -> Iterator[Problem]:
    if not prefer or not (is_list(prefer) or is_mapping(prefer)):
        return
    metrics = [o.get("metric") for o in objective if is_mapping(o)] if is_list(objective) else []
    if len(metrics) < 2:
        yield Problem("prefer", "chooses between several objectives, and there is one", prefer, "leave it out")
        return
    for n, name in enumerate(prefer):
        if name not in metrics:
            where = f"prefer.{n if is_list(prefer) else name}"
            yield Problem(where, "is not one of the objectives", name, did_you_mean(str(name), map(str, metrics)))


def starting_points(points: Any, space: Space) -> list[Problem]:
    """Mistakes in `enqueue`: names and values that are not in the space, and points that it excludes."""
    dimensions = {d.name: d for d in space.dimensions}
    problems: list[Problem] = []
    for n, point in enumerate(points if is_list(points) else ()):
        where = f"search.enqueue.{n}"
        if not is_mapping(point):
            continue
        wrong = len(problems)
        for name, value in point.items():
            if name not in dimensions:
                remedy = did_you_mean(name, dimensions)
                problems.append(Problem(f"{where}.{name}", "is not a parameter of the space", value, remedy))
            elif value not in dimensions[name]:
                problems.append(Problem(f"{where}.{name}", "is not a value of the space", value))
        if wrong < len(problems):
            continue
        idle = [name for name in point if _is_idle(name, point, space)]
        problems += [Problem(f"{where}.{name}", "does not exist beside the other values", point[name]) for name in idle]
        if not idle and all(d.name in point or _is_idle(d.name, point, space) for d in space.dimensions):
            problems += [] if space.allows(point) else [Problem(where, "breaks a constraint", dict(point))]
    return problems


def _is_idle(name: str, point: Params, space: Space) -> bool:
    """True if the values that a point has exclude a parameter."""
    condition = space.conditions.get(name)
    if condition is None:
        return False
    missing = [n for n in condition.names.values() if n not in point]  # the sampler gives them values
    return all(_is_idle(n, point, space) for n in missing) and not space.has(name, point)
