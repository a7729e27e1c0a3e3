"""A spec that was checked whole, against its catalog and its code: what a driver needs to run it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from sweep import catalog
from sweep.backtest import check, engine_version, sources
from sweep.catalog import Fingerprint, remote
from sweep.catalog.data_files import DataRequest
from sweep.catalog.remote import RequiredFiles, StagedCatalog
from sweep.catalog.verify.verifier import FAULTS, judge
from sweep.common import messages
from sweep.common.json_values import digest, is_list, is_mapping
from sweep.common.messages import Say
from sweep.common.object_store import StorageError, is_url
from sweep.errors import InputError, Problem, did_you_mean
from sweep.runner.period_split import LOCKBOX, WALK, PeriodSplit, Stretch, divide
from sweep.search.factory import check_sampler
from sweep.spec.metric_table import METRIC_TABLE
from sweep.spec.model import BACKTEST, Spec, full_name, resolve
from sweep.spec.objectives import Bound
from sweep.spec.reader import MISSING, ParsedSpec, read
from sweep.spec.sample_points import admissible, countable, sample, well_formed
from sweep.spec.sections import Period, SearchRules
from sweep.spec.space import Choice, Space
from sweep.tracking import tracking_uri
from sweep.trial import PROTOCOL, Params


@dataclass(frozen=True)
class SweepPlan:
    """What fixes every result of a sweep. Equal plans give equal sweeps."""

    spec: Spec
    base: Mapping[str, Any]  # the backtest before parameters are written into it
    sources: Mapping[str, str]  # module → SHA-256 of its source: strategy, config, models, events
    engine: str
    data: Fingerprint
    warnings: Sequence[str] = ()  # about the data; said once
    parts: PeriodSplit | None = None  # with `validation`; `base` has the period that the search sees
    staged: StagedCatalog | None = None  # of a catalog at a URL: `base` has where it is on this machine

    def on(self, stretch: Stretch, params: Params | None = None) -> "SweepPlan":
        """The same search on a part of the period, as a sweep of its own; with `params` of this one setting alone."""
        changed: dict[str, Any] = {"period": Period(start=stretch.start, end=stretch.end), "validation": None}
        if params is not None:
            changed["search"] = SearchRules.model_construct(space={name: [value] for name, value in params.items()})
        given = {name: getattr(self.spec, name) for name in Spec.model_fields}
        spec = Spec.model_construct(None, **given | changed)
        return replace(self, spec=spec, base={**self.base, "period": stretch.period}, parts=None)

    @property
    def catalog(self) -> str:
        """Where the data comes from: a URL, or a path."""
        return self.staged.origin if self.staged else str(self.base["catalog"])

    def supply(self) -> RequiredFiles:
        """The files that every machine which runs trials must have."""
        if self.staged:
            return RequiredFiles.of(self.staged.origin, self.staged.files)
        read = {path for b in readings(self.spec, self.spec.backtest) for path in self.data.files(b)}
        return RequiredFiles.at(Path(self.base["catalog"]), read)

    def count(self) -> tuple[int, bool]:
        """How many trials all searches and tests have together, and whether that is exact."""
        trials, exact = self.spec.count()
        windows = len(self.parts.windows) if self.parts else 0
        return trials * (1 + windows) + windows, exact

    def key(self, params: Params) -> str:
        """The content hash of a trial: its resolved backtest, its data, its code and its engine."""
        return digest(self._content(resolve(self.base, params)))

    @property
    def id(self) -> str:
        """Name and 8 hex digits of everything that fixes a result.

        Of a plain grid that is everything but the space, so that a larger grid adds trials to the same sweep. In a
        study, and with a pruner, what becomes of a trial depends on those before it: there it is also what fixes their
        sequence (space, constraints, sampler, seed, window, objectives, pruner, version of Optuna), but not how many
        there are nor when to stop: a study that is extended goes on exactly.
        """
        content = self._content(self.base)
        return f"{self.spec.name}-{digest(content | {'search': self.search} if self.search else content)[:8]}"

    @cached_property
    def search(self) -> dict[str, Any]:
        """What fixes the sequence of trials; empty for a plain grid."""
        sequence = self.spec.sequence
        return sequence | {"optuna": version("optuna")} if self.spec.search.is_study else sequence

    def _content(self, resolved: Mapping[str, Any]) -> dict[str, Any]:
        content = {k: v for k, v in resolved.items() if k != "catalog"}  # where the data lies changes nothing
        return {
            "backtest": content,
            "data": self.data.of(resolved),
            "sources": dict(self.sources),
            "engine": self.engine,
            "protocol": PROTOCOL,
        }

    def facts(self) -> dict[str, Any]:
        """What the ledger keeps of the plan: enough to show, compare, resume and replay the sweep."""
        return {
            "id": self.id,
            "name": self.spec.name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "backtest": {**self.base, "catalog": self.catalog},
            "data": self.data.of(self.base),
            "sources": dict(self.sources),
            "engine": self.engine,
            "protocol": PROTOCOL,
            "objective": self.spec.objectives[0],
            "objectives": self.spec.objectives,
            "metric_constraints": self.spec.search.metric_constraints,
            "prefer": self.spec.prefer,
            "search": self.search,
        } | ({"exact": True} if self.data.exact else {})

    def yaml(self) -> str:
        """The spec as it is run, settings written in."""
        return yaml.safe_dump(written(self.spec), sort_keys=False, allow_unicode=True, width=120)


def written(spec: Spec) -> dict[str, Any]:
    """A spec as plain data that reads back to the same spec."""
    given = {key: getattr(spec, key) for key in Spec.model_fields}
    dumped = {k: v.model_dump(exclude_none=True) if hasattr(v, "model_dump") else v for k, v in given.items()}
    dumped["search"] = {"method": spec.search.method, **spec.search.model_dump(exclude_defaults=True)}
    uses = {"prefer": spec.prefer, "verify": spec.verify.accept, "validation": spec.validation}
    uses |= {"data_missing": spec.data_missing, "code": spec.code}
    for unused in [k for k, is_used in uses.items() if not is_used]:
        del dumped[unused]
    if spec.validation:
        dumped["validation"] = spec.validation.model_dump(exclude_defaults=True)
    dumped["objective"] = spec.objectives if isinstance(spec.objective, list) else spec.objectives[0]
    if not spec.metrics:
        del dumped["metrics"]
    else:
        dumped["metrics"] = [m.model_dump() for m in spec.metrics]
    dumped["data"] = [d.model_dump(exclude_none=True) for d in spec.data]
    dumped["venues"] = [v.model_dump(exclude_none=True) for v in spec.venues]
    sheets = spec.tracking.tearsheets
    dumped["tracking"]["tearsheets"] = "all" if sheets is None else "none" if sheets == 0 else f"top {sheets}"
    return dumped


def plan(
    source: str | Path, settings: Sequence[str] = (), *, alone: bool = False, say: Say = messages.silent
) -> SweepPlan:
    """Read and check a spec. Raises InputError with every mistake of form, data, code and values.

    `alone` leaves out its search, if it has one: what remains is a plan of one trial, the backtest as it is written.
    A catalog at a URL is staged to this machine; `say` is told how far that is.
    """
    importable()
    draft = read(source, settings, alone=alone)
    problems = list(draft.problems)
    draft, staged = _staged(draft, say, problems)
    problems += _metrics(draft)
    problems += _tracking(draft)
    problems += _sampler(draft)
    problems += _accepted(draft)
    problems += _values(draft)
    parts = _parts(draft, problems)
    if problems or draft.spec is None:
        raise InputError(placed(draft, problems))
    base: dict[str, Any] = {**draft.backtest, **({"period": parts.search.period} if parts else {})}
    faults, warnings = judge(readings(draft.spec, base), draft.spec.verify.accept)
    if faults:
        raise InputError(placed(draft, faults))
    data = Fingerprint(base["catalog"], exact=parts is not None)
    return SweepPlan(draft.spec, base, sources_of(draft.spec), engine_version(), data, warnings, parts, staged)


def _staged(draft: ParsedSpec, say: Say, problems: list[Problem]) -> tuple[ParsedSpec, StagedCatalog | None]:
    """The draft with its catalog on this machine; without any, and why, where that cannot be."""
    url = draft.backtest.get("catalog", "")
    if not is_url(url):
        return draft, None
    without = replace(draft, backtest={k: v for k, v in draft.backtest.items() if k != "catalog"})
    if not {"data", "period"} <= draft.backtest.keys() or any(p.where in {"catalog", "data"} for p in problems):
        return without, None
    try:
        staged = remote.followed(remote.stage(url, _wanted(draft)), say)
    except StorageError as error:
        found = error.problem
        problems.append(Problem("catalog", f"{found.where} {found.rule}", remedy=found.remedy))
        return without, None
    return replace(draft, backtest={**draft.backtest, "catalog": str(staged.root)}), staged


def _wanted(draft: ParsedSpec) -> list[DataRequest]:
    """What the backtests read of a catalog, with every value that the space has for period and data."""
    space = well_formed(draft)
    first = next(space.points(), None) or {}
    points = [first]
    for dimension in space.dimensions if first else ():
        if full_name(dimension.name).partition(".")[0] in {"period", "data"}:
            points += [first | {dimension.name: value} for value in sample(dimension)]
    found: dict[DataRequest, None] = {}
    for point in points:
        with suppress(ValueError):  # said by the check of the values
            found[DataRequest.by(resolve(draft.backtest, point))] = None
    return list(found)


def readings(spec: Spec, base: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Backtests that together read all data that the sweep can read."""
    space = Space(tuple(map(countable, spec.varied.dimensions)))
    first = space.point(0)
    yield resolve(base, first)
    for dimension in space.dimensions:
        if full_name(dimension.name).partition(".")[0] in {"period", "data"}:
            yield from (resolve(base, first | {dimension.name: value}) for value in sample(dimension))


def _parts(draft: ParsedSpec, problems: list[Problem]) -> PeriodSplit | None:
    """How the period is divided, where the spec asks for it and nothing is wrong with what that needs."""
    given = draft.document.data.get("validation")
    if not is_mapping(given) or not any(given.values()):
        return None
    problems += _undivided(draft.document.data)
    if draft.validation is None or any(p.where.partition(".")[0] in BACKTEST for p in problems):
        return None
    first = next(well_formed(draft).points(), None) or {}
    parts, found = divide(resolve(draft.backtest, first), draft.validation)
    problems += found
    for where, stretch in _pieces(parts) if parts else ():
        without = catalog.check(resolve(draft.backtest | {"period": stretch.period}, first))
        problems += [Problem(where, f"{p.rule.removesuffix(' in the period')} in {stretch}", p.value) for p in without]
    return parts


def _undivided(data: Mapping[str, Any]) -> Iterator[Problem]:
    """What does not go together with a period in parts."""
    search = data.get("search")
    if not is_mapping(search):
        return
    space, stop = search.get("space"), search.get("stop")
    for name in space if is_mapping(space) else ():
        if str(name).partition(".")[0] == "period":
            rule = "cannot be searched where `validation` divides the period"
            yield Problem(f"search.space.{name}", rule, remedy="leave one of them out")
    if not is_mapping(stop) or not data["validation"].get("walk_forward"):
        return
    for key in ("wall_clock", "engine_seconds"):
        if key in stop:
            rule = "would end the search of each window wherever the machine is by then"
            yield Problem(f"search.stop.{key}", rule, stop[key], "use no_improvement, target or trials")


def _pieces(parts: PeriodSplit) -> Iterator[tuple[str, Stretch]]:
    yield LOCKBOX if parts.lockbox else WALK, parts.search
    if parts.lockbox:
        yield LOCKBOX, parts.lockbox
    for window in parts.windows:
        yield from ((WALK, window.train), (WALK, window.test))


def sources_of(spec: Spec) -> dict[str, str]:
    """Hashes of all user code that some point of the space uses."""
    space = Space(tuple(map(countable, spec.varied.dimensions)))
    first = space.point(0)
    named = [first | {d.name: d[n]} for d in space.dimensions if isinstance(d, Choice) for n in range(len(d))]
    points = [first, *(p for p in named if any(isinstance(v, str) and ":" in v for v in p.values()))]
    return {module: code for point in points for module, code in sources(resolve(spec.backtest, point)).items()}


def importable(folder: str | Path = ".") -> None:
    """Let import paths find the user's modules in the folder where the command was started."""
    path = str(Path(folder).resolve())
    if path not in sys.path:
        sys.path.insert(0, path)


def placed(draft: ParsedSpec, problems: Sequence[Problem]) -> list[Problem]:
    """The problems with their lines in the spec, in the order of the file."""
    missing = {p.where for p in problems if p.rule == MISSING and p.where in Spec.model_fields}
    problems = [p for p in problems if p.rule == MISSING or p.where.partition(".")[0] not in missing]
    lined = [p if p.line or p.is_in_code else replace(p, line=draft.document.line(p.where)) for p in problems]
    once: dict[tuple[str, str], Problem] = {}
    for problem in lined:
        once.setdefault((problem.where, problem.rule), problem)
    return sorted(once.values(), key=lambda p: p.line or 0)


def _tracking(draft: ParsedSpec) -> list[Problem]:
    given = draft.document.data.get("tracking")
    uri = given.get("uri") if is_mapping(given) else None
    return tracking_uri.problems(uri) if isinstance(uri, str) else []


def _metrics(draft: ParsedSpec) -> list[Problem]:
    """Objectives and bounds on metrics that no trial has."""
    objective, search = draft.document.data.get("objective"), draft.document.data.get("search")
    named: list[tuple[str, Any]] = []
    if is_list(objective):
        named += [(f"objective.{n}.metric", o.get("metric")) for n, o in enumerate(objective) if is_mapping(o)]
    elif is_mapping(objective):
        named.append(("objective.metric", objective.get("metric", "pnl_total")))
    given = search.get("metric_constraints") if is_mapping(search) else None
    bounds = [(n, Bound.parse(text)) for n, text in enumerate(given if is_list(given) else ()) if isinstance(text, str)]
    named += [(f"search.metric_constraints.{n}", bound.metric) for n, bound in bounds if bound]
    own = [str(item["name"]) for item in draft.backtest.get("metrics", ())]
    known = {*METRIC_TABLE, *own}
    twice = [
        Problem(f"metrics.{n}.name", "is the name of another metric", name)
        for n, name in enumerate(own)
        if name in METRIC_TABLE or name in own[:n]
    ]
    return twice + [
        Problem(where, "is not a metric of a trial", metric, did_you_mean(metric, known, listed=len(known)))
        for where, metric in named
        if isinstance(metric, str) and metric not in known
    ]


def _accepted(draft: ParsedSpec) -> list[Problem]:
    """Codes that no fault has, and those of warnings, which stop nothing."""
    given = draft.document.data.get("verify")
    codes = given.get("accept") if is_mapping(given) else None
    errors = [code for code, fault in FAULTS.items() if fault.is_error]
    return [
        Problem(f"verify.accept.{n}", "is not the code of an error in data", code, did_you_mean(code, errors))
        for n, code in enumerate(codes if is_list(codes) else ())
        if isinstance(code, str) and code not in errors
    ]


def _sampler(draft: ParsedSpec) -> list[Problem]:
    """Mistakes in the sampler of a study, by what of its keys is well formed."""
    given = draft.document.data.get("search")
    if not is_mapping(given) or given.get("method") != "optuna":
        return []
    wrong = {p.where.split(".")[1] for p in draft.problems if p.where.startswith("search.")}
    left_out = wrong & {"sampler_options", "seed", "startup_trials"}
    return check_sampler({key: value for key, value in given.items() if key not in left_out})


def _values(draft: ParsedSpec) -> list[Problem]:
    """Mistakes in the base backtest, and those that single values of a parameter bring in."""
    space = well_formed(draft)
    first = next(space.points(), None) or {}
    problems = _check(draft.backtest, first)
    known = {(p.where, p.rule) for p in problems}
    for dimension in space.dimensions if first else ():
        for value in sample(dimension):
            near = first | {dimension.name: value}
            is_point = space.active(near) == near and space.allows(near)
            point = near if is_point else admissible(space, {dimension.name: value})
            for p in _check(draft.backtest, point) if point else ():
                if (p.where, p.rule) not in known:
                    known.add((p.where, p.rule))
                    place = p.where if p.is_in_code else f"search.space.{dimension.name}"
                    problems.append(Problem(place, p.rule, None if p.is_in_code else value, p.remedy))
    return problems


def _check(base: Mapping[str, Any], params: Params) -> list[Problem]:
    try:
        resolved = resolve(base, params) if "period" in base else dict(base)
    except ValueError as error:
        return [Problem("period", str(error))]
    problems = [*catalog.check(resolved), *check(resolved)]
    return [Problem(_own_name(p.where, params), p.rule, p.value, p.remedy) for p in problems]


def _own_name(where: str, params: Params) -> str:
    """The place of a problem as the user wrote it: in the space where a parameter put the value there."""
    return next((f"search.space.{name}" for name in params if full_name(name) == where), where)
