"""A spec that was checked whole, against its catalog and its code: what a driver needs to run it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sweep.backtest import engine_version
from sweep.backtest.user_code.config_class import config_path
from sweep.backtest.user_code.source_hashes import IMPORT_PATH, import_paths
from sweep.backtest.user_code.source_snapshot import NO_CODE, SourceSnapshot, take
from sweep.catalog import Fingerprint
from sweep.catalog.data_binding import binding
from sweep.catalog.data_files import unchanging
from sweep.catalog.remote import RequiredFiles, StagedCatalog
from sweep.catalog.verify.verifier import judge
from sweep.common import messages
from sweep.common.json_values import digest, texts
from sweep.common.messages import Say
from sweep.errors import InputError, Problem
from sweep.executors.worker.isolation import examined
from sweep.ledger.run_directory import Folder
from sweep.results.curves.benchmark import Benchmark
from sweep.runner.period_split import PeriodSplit, Stretch
from sweep.runner.planning import benchmark, spec_checks
from sweep.runner.planning.catalog_staging import staged
from sweep.runner.planning.closes import with_closes
from sweep.runner.planning.history import with_history
from sweep.runner.planning.lots import with_lots
from sweep.runner.planning.period_checks import divided
from sweep.runner.planning.spec_checks import placed
from sweep.runner.planning.wildcards import with_targets
from sweep.spec import yaml_document
from sweep.spec.components.places import LISTS, TARGETS, full_name
from sweep.spec.components.portfolio import OFF
from sweep.spec.constraints.formula import used_of
from sweep.spec.figures.benchmark import BENCHMARK
from sweep.spec.model import Spec, applied, resolve
from sweep.spec.reader import ParsedSpec, read
from sweep.spec.sample_points import countable, sample
from sweep.spec.search_sections import SearchRules
from sweep.spec.sections import Period
from sweep.spec.space import Choice, Space
from sweep.trial import PROTOCOL, Params

NO_CONTENT = ("catalog", TARGETS, OFF)  # the place of the data, names of parameters, and what is left out anyway


@dataclass(frozen=True)
class SweepPlan:
    """All inputs that determine the results of a sweep. Equal plans give equal sweeps."""

    spec: Spec
    base: Mapping[str, Any]  # the backtest before parameters are written into it
    sources: Mapping[str, str]  # module → SHA-256 of its source: strategy, config, models, events
    engine: str
    data: Fingerprint
    warnings: Sequence[str] = ()  # about the data; said once
    parts: PeriodSplit | None = None  # with `validation`; `base` has the period that the search sees
    staged: StagedCatalog | None = None  # of a catalog at a URL: `base` has where it is on this machine
    benchmark: Benchmark | None = None
    code: SourceSnapshot = NO_CODE  # the user modules as they were read once: hashed into keys, run by every worker

    def on(self, stretch: Stretch, params: Params | None = None) -> "SweepPlan":
        """The same search on a part of the period, as a sweep of its own; with `params` of this one setting alone."""
        changed: dict[str, Any] = {"period": Period(start=stretch.start, end=stretch.end), "validation": None}
        if params is not None:
            changed["search"] = SearchRules.model_construct(space={name: [value] for name, value in params.items()})
        sections = {name: getattr(self.spec, name) for name in Spec.model_fields}
        spec = Spec.model_construct(None, **sections | changed)
        return replace(self, spec=spec, base={**self.base, "period": stretch.period}, parts=None)

    @property
    def catalog(self) -> str:
        """Source of the data: a URL, or a path."""
        return self.staged.origin if self.staged else str(self.base["catalog"])

    def supply(self) -> RequiredFiles:
        """The files that every machine which runs trials must have."""
        if self.staged:
            return RequiredFiles.of(self.staged.origin, self.staged.files)
        whole = {**self.base, "period": self.spec.backtest["period"]}
        read = {path for b in readings(self.spec, whole) for path in self.data.files(b)}
        return RequiredFiles.at(Path(self.base["catalog"]), read)

    def count(self) -> tuple[int, bool]:
        """Count the trials of all searches and tests, and tell if the number is exact."""
        trials, exact = self.spec.count()
        windows = len(self.parts.windows) if self.parts else 0
        groups = len(self.parts.groups) if self.parts else 0
        return trials * (1 + windows + groups) + windows, exact

    def key(self, params: Params) -> str:
        """The content hash of a trial: its resolved backtest, its data, its code and its engine."""
        return digest(self._content(resolve(self.base, params)))

    def binding(self, params: Params) -> str:
        """State of the data that a trial's result is bound to."""
        return binding(self.data, resolve(self.base, params))

    def key_and_binding(self, params: Params) -> tuple[str, str]:
        """Both of them in one go."""
        resolved = resolve(self.base, params)
        return digest(self._content(resolved)), binding(self.data, resolved)

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
        """All inputs that determine the sequence of trials; empty for a plain grid."""
        sequence = self.spec.sequence
        if sequence and self.benchmark and any(used_of(name) & BENCHMARK.keys() for name in self.spec.goal.metrics):
            sequence = {**sequence, "benchmark": digest(self.benchmark.plain())}
        return sequence | {"optuna": version("optuna")} if self.spec.search.is_study else sequence

    def _content(self, resolved: Mapping[str, Any]) -> dict[str, Any]:
        content = {k: v for k, v in resolved.items() if k not in NO_CONTENT}
        return {
            "backtest": content,
            "data": self.data.of(resolved),
            "sources": dict(self.sources),
            "engine": self.engine,
            "protocol": PROTOCOL,
        }

    def facts(self) -> dict[str, Any]:
        """Facts for the ledger: enough to show, compare, resume and replay the sweep."""
        return (
            {
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
            }
            | ({"exact": True} if self.data.exact else {})
            | ({"benchmark": self.benchmark.plain()} if self.benchmark else {})
        )

    def yaml(self) -> str:
        """The spec as it is run, settings written in."""
        return yaml_document.dump(written(self.spec))


def written(spec: Spec) -> dict[str, Any]:
    """A spec as plain data that reads back to the same spec."""
    sections = {key: getattr(spec, key) for key in Spec.model_fields}
    dumped = {k: v.model_dump(exclude_none=True) if hasattr(v, "model_dump") else v for k, v in sections.items()}
    dumped["search"] = {"method": spec.search.method, **spec.search.model_dump(exclude_defaults=True)}
    uses = {"prefer": spec.prefer, "verify": spec.verify.accept, "validation": spec.validation}
    uses |= {"stress": spec.stress, "benchmark": spec.benchmark}
    uses |= {"data_missing": spec.data_missing, "code": spec.code, "risk": spec.risk, "portfolio": spec.portfolio}
    uses |= {name: getattr(spec, name) for name in ("strategy", *LISTS, "controller", "engine")}
    for unused in [k for k, is_used in uses.items() if not is_used]:
        del dumped[unused]
    if spec.stress:
        dumped["stress"] = spec.stress.model_dump(exclude_defaults=True) or {"top": spec.stress.top}
    if spec.validation:
        dumped["validation"] = spec.validation.model_dump(exclude_defaults=True)
    dumped["objective"] = spec.objectives if isinstance(spec.objective, list) else spec.objectives[0]
    if not spec.metrics:
        del dumped["metrics"]
    else:
        dumped["metrics"] = [m.model_dump() for m in spec.metrics]
    dumped["data"] = [d.model_dump(exclude_none=True) for d in spec.data]
    for name in {"venues", *LISTS} & dumped.keys():
        dumped[name] = [item.model_dump(exclude_none=True) for item in getattr(spec, name)]
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
    if isinstance(source, Path):
        importable_code(Folder(source.parent))
    draft = read(source, settings, alone=alone, config_of=config_path)
    code = take(_paths(draft))
    with examined(code), unchanging(str(draft.backtest.get("catalog", ""))):
        return _plan(draft, code, say)


def without_data(source: str | Path, settings: Sequence[str] = ()) -> tuple[Spec | None, list[Problem]]:
    """Read a spec, and check all of it that needs no data: the spec if its form is right, and its mistakes."""
    importable()
    draft = read(source, settings, config_of=config_path)
    code = take(_paths(draft))
    with examined(code):
        problems = list(draft.problems)
        draft = with_targets(with_history(draft), problems)
        draft = replace(draft, backtest={key: value for key, value in draft.backtest.items() if key != "catalog"})
        problems += spec_checks.mistakes(draft)
        return draft.spec, placed(draft, problems)


def _plan(draft: ParsedSpec, code: SourceSnapshot, say: Say) -> SweepPlan:
    problems = list(draft.problems)
    draft = with_targets(with_history(draft), problems)
    draft, stage = staged(draft, say, problems)
    draft = with_closes(with_lots(draft), problems)
    problems += [*spec_checks.mistakes(draft, say), *benchmark.mistakes(draft)]
    parts = divided(draft, problems)
    if problems or draft.spec is None:
        raise InputError(placed(draft, problems))
    base: dict[str, Any] = {**draft.backtest, **({"period": parts.search.period} if parts else {})}
    faults, warnings = judge(readings(draft.spec, base), draft.spec.verify.accept)
    if faults:
        raise InputError(placed(draft, faults))
    data = Fingerprint(base["catalog"], exact=parts is not None)
    code = code.restricted(_paths_of(draft.spec))
    whole = {**base, "period": draft.spec.backtest["period"]}
    prices = benchmark.closes(draft.spec.benchmark, readings(draft.spec, whole))
    warnings = [*warnings, *benchmark.warning(prices, whole["period"])]
    return SweepPlan(draft.spec, base, code.hashes, engine_version(), data, warnings, parts, stage, prices, code)


def readings(spec: Spec, base: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Backtests that together read all data that the sweep can read."""
    space = Space(tuple(map(countable, spec.varied.dimensions)))
    first = space.point(0)
    yield resolve(base, first)
    for dimension in space.dimensions:
        if full_name(dimension.name).partition(".")[0] in {"period", "data"}:
            yield from (resolve(base, first | {dimension.name: value}) for value in sample(dimension))


def sources_of(spec: Spec) -> dict[str, str]:
    """Hashes of all user code that some point of the space uses."""
    return take(_paths_of(spec)).hashes


def _paths_of(spec: Spec) -> set[str]:
    """The import paths of user code that fixes the result of some point of the space."""
    space = Space(tuple(map(countable, spec.varied.dimensions)))
    first = space.point(0)
    named = [first | {d.name: d[n]} for d in space.dimensions if isinstance(d, Choice) for n in range(len(d))]
    points = [first, *(p for p in named if any(isinstance(v, str) and ":" in v for v in p.values()))]
    return {path for point in points for path in import_paths(applied(spec.backtest, point))}


def _paths(draft: ParsedSpec) -> set[str]:
    """All import paths that a spec may have, also one with mistakes in it."""
    return {*import_paths(draft.backtest), *filter(IMPORT_PATH.fullmatch, texts(draft.section("search").get("space")))}


def importable_code(folder: Folder) -> None:
    """Let import paths find the code that a sweep captured from a notebook or a script."""
    for place in (folder.code, Folder(folder.path.parents[1]).code if len(folder.path.parents) > 1 else folder.code):
        if place.is_dir() and str(place) not in sys.path:
            sys.path.append(str(place))


def importable(folder: str | Path = ".") -> None:
    """Let import paths find the user's modules in the folder where the command was started."""
    path = str(Path(folder).resolve())
    if path not in sys.path:
        sys.path.insert(0, path)
