"""A spec that was checked whole, against its catalog and its code: what a driver needs to run it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from sweep import catalog
from sweep.backtest import check, engine_version, sources
from sweep.backtest.measure import METRICS
from sweep.catalog import Fingerprint
from sweep.errors import InputError, Problem, did_you_mean
from sweep.plain import Plain, digest, is_mapping
from sweep.space import Choice, Dimension, Space
from sweep.spec import Draft, Spec, full_name, read, resolve
from sweep.trial import PROTOCOL, Params

SEARCHED_POINTS = 20_000  # of the grid, for one that satisfies the constraints
CHECKED_VALUES = 64  # values of one dimension that are checked before anything runs; longer ones are sampled evenly


@dataclass(frozen=True)
class Plan:
    """What fixes every result of a sweep. Equal plans give equal sweeps."""

    spec: Spec
    base: Mapping[str, Any]  # the backtest before parameters are written into it
    sources: Mapping[str, str]  # module → SHA-256 of its source: strategy, config, models, events
    engine: str
    data: Fingerprint

    def key(self, params: Params) -> str:
        """The content hash of a trial: its resolved backtest, its data, its code and its engine."""
        return digest(self._content(resolve(self.base, params)))

    @property
    def id(self) -> str:
        """Name and 8 hex digits of everything that fixes a result except the space."""
        return f"{self.spec.name}-{digest(self._content(self.base))[:8]}"

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
            "backtest": dict(self.base),
            "data": self.data.of(self.base),
            "sources": dict(self.sources),
            "engine": self.engine,
            "protocol": PROTOCOL,
            "objective": self.spec.objective.model_dump(),
        }

    def yaml(self) -> str:
        """The spec as it is run, settings written in."""
        return yaml.safe_dump(written(self.spec), sort_keys=False, allow_unicode=True, width=120)


def written(spec: Spec) -> dict[str, Any]:
    """A spec as plain data that reads back to the same spec."""
    given = {key: getattr(spec, key) for key in Spec.model_fields}
    dumped = {k: v.model_dump(exclude_none=True) if hasattr(v, "model_dump") else v for k, v in given.items()}
    dumped["data"] = [d.model_dump(exclude_none=True) for d in spec.data]
    dumped["venues"] = [v.model_dump(exclude_none=True) for v in spec.venues]
    sheets = spec.tracking.tearsheets
    dumped["tracking"]["tearsheets"] = "all" if sheets is None else "none" if sheets == 0 else f"top {sheets}"
    return dumped


def plan(source: str | Path, settings: Sequence[str] = ()) -> Plan:
    """Read and check a spec. Raises InputError with every mistake of form, data, code and values."""
    importable()
    draft = read(source, settings)
    problems = list(draft.problems)
    problems += _objective(draft)
    problems += _values(draft)
    if problems or draft.spec is None:
        raise InputError(placed(draft, problems))
    base = draft.spec.backtest
    return Plan(draft.spec, base, _sources(draft.spec), engine_version(), Fingerprint(base["catalog"]))


def _sources(spec: Spec) -> dict[str, str]:
    """Hashes of all user code that some point of the space uses."""
    first = spec.space.point(0)
    named = [first | {d.name: d[n]} for d in spec.space.dimensions if isinstance(d, Choice) for n in range(len(d))]
    points = [first, *(p for p in named if any(isinstance(v, str) and ":" in v for v in p.values()))]
    return {module: code for point in points for module, code in sources(resolve(spec.backtest, point)).items()}


def importable(folder: str | Path = ".") -> None:
    """Let import paths find the user's modules in the folder where the command was started."""
    path = str(Path(folder).resolve())
    if path not in sys.path:
        sys.path.insert(0, path)


def placed(draft: Draft, problems: Sequence[Problem]) -> list[Problem]:
    """The problems with their lines in the spec, in the order of the file."""
    lined = [p if p.line else replace(p, line=draft.document.line(p.where)) for p in problems]
    once: dict[tuple[str, str], Problem] = {}
    for problem in lined:
        once.setdefault((problem.where, problem.rule), problem)
    return sorted(once.values(), key=lambda p: p.line or 0)


def _objective(draft: Draft) -> list[Problem]:
    given = draft.document.data.get("objective")
    metric = given.get("metric", "pnl_total") if is_mapping(given) else "pnl_total"
    if metric in METRICS or not isinstance(metric, str):
        return []
    return [Problem("objective.metric", "is not a metric of a trial", metric, did_you_mean(metric, METRICS))]


def _values(draft: Draft) -> list[Problem]:
    """Mistakes in the base backtest, and those that single values of a parameter bring in."""
    space = _well_formed(draft)
    first = next(space.points(), None) or {}
    problems = _check(draft.backtest, first)
    known = {(p.where, p.rule) for p in problems}
    for dimension in space.dimensions if first else ():
        for value in _sample(dimension):
            near = first | {dimension.name: value}
            point = near if space.allows(near) else _admissible(space, {dimension.name: value})
            for p in _check(draft.backtest, point) if point else ():
                if (p.where, p.rule) not in known:
                    known.add((p.where, p.rule))
                    problems.append(Problem(f"search.space.{dimension.name}", p.rule, value, p.remedy))
    return problems


def _well_formed(draft: Draft) -> Space:
    """The part of the space that can be written into the backtest: nothing wrong was found with it so far."""
    wrong = {p.where for p in draft.problems}

    def fits(name: str) -> bool:
        return f"search.space.{name}" not in wrong and full_name(name).partition(".")[0] in draft.backtest

    dimensions = tuple(d for d in draft.search.dimensions if len(d) and fits(d.name))
    names = {d.name for d in dimensions}
    impossible = "search.constraints" in wrong
    constraints = [c for c in draft.search.constraints if set(c.names.values()) <= names and not impossible]
    return Space(dimensions, tuple(constraints))


def _admissible(space: Space, values: Params) -> dict[str, Plain] | None:
    """A point with these values that no constraint excludes, among the first of the grid."""
    points = map(space.point, range(min(space.size, SEARCHED_POINTS)))
    return next((p for p in points if values.items() <= p.items() and space.allows(p)), None)


def _sample(dimension: Dimension) -> Iterator[Plain]:
    last = len(dimension) - 1
    positions = (
        range(1, last + 1)
        if last <= CHECKED_VALUES
        else {last * n // CHECKED_VALUES for n in range(1, CHECKED_VALUES + 1)}
    )
    return (dimension[n] for n in sorted(positions))


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
