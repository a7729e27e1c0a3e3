"""Checks of a spec that need its catalog, its code, or the libraries that it names."""

import time
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from sweep import catalog
from sweep.backtest import check
from sweep.catalog.instruments.stored import NEEDS_CATALOG
from sweep.catalog.verify.verifier import FAULTS
from sweep.common import messages
from sweep.common.json_values import Plain, is_list, is_mapping, repeated
from sweep.common.messages import Say
from sweep.errors import Problem, did_you_mean
from sweep.runner.planning.lots import instruments
from sweep.search.factory import check_sampler
from sweep.spec.components import portfolio
from sweep.spec.components.metric_names import metric_names
from sweep.spec.components.places import LISTS, NONE_ENABLED, addresses, field, full_name
from sweep.spec.constraints.formula import is_formula, mistake, used_of
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.metric_table import METRIC_TABLE
from sweep.spec.model import Spec, applied, resolve
from sweep.spec.objectives import Bound
from sweep.spec.reader import MISSING, ParsedSpec
from sweep.spec.sample_points import Neighbours, sample, well_formed
from sweep.spec.space import Space
from sweep.tracking import tracking_uri
from sweep.trial import Params

EXAMPLE = "benchmark: SPY.ARCA (an instrument of data), or {csv: spy.csv}"
SOON, AGAIN = 1.0, 5.0  # seconds until progress is told, and from then on
MANY = 50  # mistakes in the base backtest beyond which single values are not checked: each check has all of them again


def mistakes(draft: ParsedSpec, say: Say = messages.silent) -> list[Problem]:
    """Return the mistakes of a spec whose form was checked: in metrics, tracker, sampler, data and code."""
    problems = [
        *_metrics(draft),
        *_pruner(draft),
        *_tracking(draft),
        *_sampler(draft),
        *_accepted(draft),
        *_limits(draft),
    ]
    return problems + _values(draft, say) + _malformed_portfolio(draft)


def placed(draft: ParsedSpec, problems: Sequence[Problem]) -> list[Problem]:
    """The problems with their lines in the spec, in the order of the file."""
    missing = {p.where for p in problems if p.rule == MISSING and p.where in Spec.model_fields}
    problems = [p for p in problems if p.rule == MISSING or p.where.partition(".")[0] not in missing]
    problems = [p for p in problems if p.rule != NEEDS_CATALOG]
    of_form = {(p.where, p.rule) for p in draft.problems}
    malformed = {_place(where, draft) for where, _ in of_form}
    problems = [p for p in problems if (p.where, p.rule) in of_form or not _is_hidden(p, draft, malformed)]
    lined = [p if p.line or p.is_in_code else _at_line(p, draft) for p in problems]
    once: dict[tuple[str, str], Problem] = {}
    for problem in lined:
        once.setdefault((problem.where, problem.rule), problem)
    return sorted(once.values(), key=lambda p: p.line or 0)


def _place(where: str, draft: ParsedSpec) -> str:
    """A place of the spec, with the number of a component for its name: mistakes of form have the one or the other."""
    section, _, rest = where.partition(".")
    name, dot, rest = rest.partition(".")
    items: Any = draft.document.data.get(section) if section in LISTS else None
    numbers = [
        n for n, item in enumerate(items if is_list(items) else []) if is_mapping(item) and item.get("name") == name
    ]
    return f"{section}.{numbers[0]}{dot}{rest}" if len(numbers) == 1 else where


def _is_hidden(problem: Problem, draft: ParsedSpec, malformed: AbstractSet[str]) -> bool:
    """True if the form of the same value, or of what holds it, was refused; so, too, in a section missed as a whole."""
    sections = {place.partition(".")[0] for place in malformed}
    if problem.rule == NONE_ENABLED:
        return not sections.isdisjoint({"strategy", "strategies"})
    place = _place(problem.where, draft)
    holders = {".".join(place.split(".")[:n]) for n in range(2, place.count(".") + 1)}
    return not malformed.isdisjoint({place, *holders}) or place in sections & Spec.model_fields.keys()


def _at_line(problem: Problem, draft: ParsedSpec) -> Problem:
    document = draft.document
    if problem.rule == NONE_ENABLED and is_mapping(document.data) and "strategies" in document.data:
        problem = replace(problem, where="strategies")
    return replace(problem, line=document.line(problem.where), file=document.file(problem.where))


def _tracking(draft: ParsedSpec) -> list[Problem]:
    uri = draft.section("tracking").get("uri")
    return tracking_uri.problems(uri) if uri is not None else []


def _metrics(draft: ParsedSpec) -> list[Problem]:
    """Objectives and bounds on metrics that no trial has."""
    own = [str(item["name"]) for item in draft.backtest.get("metrics", ())]
    names = metric_names(draft.backtest, benchmark="benchmark" in draft.sections)
    again, taken = set(repeated(own)), METRIC_TABLE | BENCHMARK
    twice = [
        Problem(f"metrics.{n}.name", "is the name of another metric", name, f"choose another, such as my_{name}")
        for n, name in enumerate(own)
        if name in taken or n in again
    ]
    named = ((where, metric) for where, metric in _named_metrics(draft) if metric is not None and metric not in names)
    return twice + [problem for where, metric in named if (problem := _misnamed(where, metric, names))]


def _misnamed(where: str, metric: str, names: Sequence[str]) -> Problem | None:
    """The mistake in the name of a metric, or in a formula over metrics."""
    if missing := sorted(used_of(metric) & BENCHMARK.keys() - {*names}):
        return Problem(where, f"needs a benchmark for {missing[0]}", metric, f"add {EXAMPLE}")
    if is_formula(metric):
        rule, remedy = mistake(metric, names)
        return Problem(where, rule, metric, remedy) if rule else None
    return Problem(where, "is not a metric of a trial", metric, did_you_mean(metric, names, listed=len(names)))


def _named_metrics(draft: ParsedSpec) -> Iterator[tuple[str, str | None]]:
    """Each metric that the objectives and bounds name, by its place; None where it is malformed."""
    objective: Any = draft.sections.get("objective") or {}
    if is_list(objective):
        yield from ((f"objective.{n}.metric", o.get("metric")) for n, o in enumerate(objective) if o is not None)
    else:
        yield "objective.metric", objective.get("metric")
    for n, text in enumerate(draft.section("search").get("metric_constraints") or ()):
        if text is not None and (bound := Bound.parse(text)):
            yield f"search.metric_constraints.{n}", bound.metric


def _pruner(draft: ParsedSpec) -> Iterator[Problem]:
    """A pruner that judges by what is computed when a trial has ended."""
    kind = draft.section("search").get("pruner") and draft.section("search")["pruner"].get("type")
    for where, metric in _named_metrics(draft) if kind not in {None, "none"} else ():
        if metric and where.startswith("objective") and (late := sorted(used_of(metric) & BENCHMARK.keys())):
            rule = f"judges trials on the way, and {late[0]} is computed at their end"
            yield Problem("search.pruner", rule, kind, "leave the pruner out, or choose another objective")


def _limits(draft: ParsedSpec) -> Iterator[Problem]:
    """Limits of positions in instruments that no trial has."""
    limits: Any = draft.backtest.get("risk") or {}
    entries: Any = draft.backtest.get("data") or []
    if not entries or any(entry.get("chain") for entry in entries):
        return
    names = set(instruments(draft))
    own: Any = limits.get("strategies") or {}
    for where, section in [("risk", limits), *((f"risk.strategies.{name}", rules) for name, rules in own.items())]:
        positions: Any = section.get("max_position")
        for name in positions if is_mapping(positions) else ():
            if name not in names:
                remedy = did_you_mean(name, names, listed=0)
                yield Problem(f"{where}.max_position.{name}", "is no instrument of `data`", name, remedy)


def _accepted(draft: ParsedSpec) -> list[Problem]:
    """Codes that no fault has, and those of warnings, which stop nothing."""
    codes = draft.section("verify").get("accept") or ()
    errors = [code for code, fault in FAULTS.items() if fault.is_error]
    return [
        Problem(f"verify.accept.{n}", "is not the code of an error in data", code, did_you_mean(code, errors))
        for n, code in enumerate(codes)
        if code is not None and code not in errors
    ]


def _sampler(draft: ParsedSpec) -> list[Problem]:
    """Mistakes in the sampler of a study, by what of its keys is well formed."""
    section = draft.section("search")
    rules = {key: value for key, value in section.items() if value is not None}
    if rules.get("method") != "optuna" or ("sampler" in section and "sampler" not in rules):
        return []
    return check_sampler(rules)


def _values(draft: ParsedSpec, say: Say) -> list[Problem]:
    """Mistakes in the base backtest, and those that single values of a parameter bring in."""
    space = well_formed(draft)
    first = space.first() or {}
    problems = _check(draft.backtest, first)
    reported, neighbours = {(p.where, p.rule) for p in problems}, Neighbours(space, first)
    for dimension, value in _told(space, say) if first and len(problems) <= MANY else ():
        for p in _brought_in(draft.backtest, neighbours, dimension, value, reported):
            if (p.where, p.rule) not in reported:
                reported.add((p.where, p.rule))
                place = p.where if p.is_in_code else f"search.space.{dimension}"
                problems.append(Problem(place, p.rule, None if p.is_in_code else value, p.remedy))
    return problems


def _told(space: Space, say: Say) -> Iterator[tuple[str, Plain]]:
    """The values to be checked, by parameter; where that takes long, its progress is told."""
    due = time.monotonic() + SOON
    for n, dimension in enumerate(space.dimensions):
        for value in sample(dimension):
            if time.monotonic() > due:
                due = time.monotonic() + AGAIN
                say(f"  checking the values of {n + 1:,} of {len(space.dimensions):,} parameters: {dimension.name} …")
            yield dimension.name, value


def _brought_in(
    base: Mapping[str, Any], neighbours: Neighbours, name: str, value: Plain, reported: AbstractSet[tuple[str, str]]
) -> list[Problem]:
    """Mistakes that a value brings in, in a point that the constraints admit.

    Such a point is looked for only where the value is wrong beside the first one: that may take long.
    """
    near = neighbours.near(name, value)
    problems = _check(base, near) if near else []
    if not near or {(p.where, p.rule) for p in problems} <= reported or neighbours.space.allows(near):
        return problems
    point = neighbours.admitted(name, value)
    return _check(base, point) if point else []


def _check(base: Mapping[str, Any], params: Params) -> list[Problem]:
    try:
        resolved = _switched_on(base, params) if "period" in base else dict(base)
    except ValueError as error:
        return [Problem("period", str(error))]
    problems = [*catalog.check(resolved), *check(resolved)]
    places = {p.where for p in problems}
    problems += [p for p in _shares(base, params) if not portfolio.follows(p, places)]
    if "period" not in base:  # said by its own form
        problems = [p for p in problems if p.where.partition(".")[0] != "period"]
    written = _written_names(base, params) if problems else {}
    return [Problem(written.get(p.where, p.where), p.rule, p.value, p.remedy) for p in problems]


def _switched_on(base: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """The resolved backtest with all components that some trial has, with the sizes as they are written."""
    switches = {name: True for name in params if field(full_name(name)) == "enabled"}
    whole = {key: value for key, value in base.items() if key != "portfolio"}
    own = {name: value for name, value in params.items() if name.partition(".")[0] != "portfolio"}
    return resolve(whole, {**own, **switches})


def _shares(base: Mapping[str, Any], params: Params) -> Iterator[Problem]:
    """Mistakes in the portfolio that the parameters make."""
    if "portfolio" in base and "period" in base:
        searched = any(name.startswith("portfolio.weights") for name in params)
        yield from portfolio.mistakes(applied(base, params), searched=searched)


def _malformed_portfolio(draft: ParsedSpec) -> list[Problem]:
    """Mistakes in the well-formed parts of a portfolio whose form is wrong."""
    parts: Any = draft.sections.get("portfolio")
    if "portfolio" in draft.backtest or not is_mapping(parts):
        return []
    defaults = portfolio.PortfolioRules().model_dump()
    section = {key: default if parts.get(key) is None else parts[key] for key, default in defaults.items()}
    return list(portfolio.mistakes({**draft.backtest, "portfolio": section}, searched=True))


def _written_names(base: Mapping[str, Any], params: Params) -> dict[str, str]:
    """Places of the backtest that parameters put values into, and where the user wrote those: in the space."""
    return {place: f"search.space.{name}" for name in reversed([*params]) for place in addresses(base, name)}
