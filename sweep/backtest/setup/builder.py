"""A resolved backtest as engine objects, with all of its mistakes at once. What is checked is what is built."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sweep.backtest.data import entries
from sweep.backtest.metrics import custom
from sweep.backtest.setup import components, engine_settings, native_components, risk_rules, venues
from sweep.backtest.setup.components import Component
from sweep.backtest.user_code import determinism, source_hashes, source_snapshot
from sweep.backtest.user_code.coercion.instruments import instruments_of
from sweep.backtest.user_code.source_checks import strategy_checks
from sweep.backtest.user_code.source_checks.algorithm_ids import unregistered
from sweep.backtest.user_code.source_checks.class_source import Finding, accepts, class_sources
from sweep.backtest.user_code.source_checks.publishers import can_publish, idle_classes
from sweep.backtest.user_code.source_checks.reachability import reach
from sweep.common.json_values import is_list
from sweep.common.units import nanos
from sweep.errors import Problem
from sweep.spec.components import perturbation, places, portfolio
from sweep.spec.components.perturbation import Perturbation
from sweep.spec.components.risk import RiskRules
from sweep.spec.sections import CodeRules, DataMissing

ENGINE = "nautilus_trader"  # the spec may name its classes, such as StrategyConfig; its code is nobody's own


@dataclass(frozen=True, slots=True)
class BacktestSetup:
    """Parts from which an engine is built. Engine objects serve one engine only."""

    venues: tuple[dict[str, Any], ...]  # arguments of add_venue
    entries: tuple[entries.DataEntry, ...]
    components: tuple[Component, ...]
    start: int
    end: int
    packages: frozenset[str] = frozenset()  # top-level packages of user code
    metrics: tuple[custom.CustomMetric, ...] = ()
    allowed: tuple[str, ...] = ()  # data that may be missing
    code: CodeRules = field(default_factory=CodeRules)
    modules: Callable[[], Mapping[str, Path]] = dict[str, Path]  # all modules of user code, with their files
    entry_points: frozenset[str] = frozenset()  # import paths of the classes and functions that the spec names

    engine: Mapping[str, Any] = field(default_factory=dict[str, Any])  # configs of the engine's parts
    history: frozenset[str] = frozenset()  # kinds of data that may be asked for from before the period
    risk: RiskRules | None = None
    unsized: tuple[str, ...] = ()  # strategies that the portfolio left without a size
    perturbation: Perturbation | None = None

    @property
    def strategies(self) -> list[Component]:
        """The strategies among its components."""
        return [c for c in self.components if c.role is components.STRATEGY]

    @property
    def controllers(self) -> list[Component]:
        """The controller, if there is one."""
        return [c for c in self.components if c.section == "controller"]

    @property
    def user_code(self) -> list[Component]:
        """Components that users wrote; the others are the engine's own."""
        return [c for c in self.components if not c.native]

    @property
    def config(self) -> dict[str, Any]:
        """The values of the strategy's config, as in the spec; of several components by section and name."""
        if [c.section for c in self.components] == ["strategy"]:
            return dict(self.components[0].values)
        by_section: dict[str, dict[str, Any]] = {}
        for c in self.components:
            by_section.setdefault(c.section, {})[c.name] = dict(c.values)
        return by_section

    def can_publish(self, method: str, name: str) -> bool:
        """True if some user code may publish under this name, by its source."""
        files = {source.file for c in self.user_code for source in class_sources(c.kind)}
        modules = self.modules()
        idle = {} if self.controllers else idle_classes(modules, [c.kind for c in self.user_code])
        return can_publish({*files, *modules.values()}, method, name, idle)


def check(backtest: Mapping[str, Any]) -> list[Problem]:
    """Every mistake that can be known without replaying."""
    problems: list[Problem] = []
    setup = _parts(backtest, problems)
    return [*problems, *in_code(setup, backtest)]


def in_code(setup: BacktestSetup, backtest: Mapping[str, Any]) -> list[Problem]:
    """Mistakes in the strategy's class, and uses of the clock, of chance or of a catalog in any user code."""
    accept = setup.code.accept
    modules = {name: file for name, file in setup.modules().items() if name.partition(".")[0] != ENGINE}
    files, reached = sorted(modules.values()), reach(modules, setup.entry_points)
    mistakes = [m for c in setup.user_code for m in strategy_checks.mistakes(c.kind, files, accept)]
    uses = (use for use in determinism.uses(files) if (use.file, use.line) in reached)
    mistakes += [use.finding for use in uses if not accepts(accept, use.file, use.line)]
    if not setup.controllers:
        mistakes += _without_algorithm(setup, backtest)
    return [Problem(f"{shown(f.file)}:{f.line}", f.rule, remedy=f.remedy) for f in dict.fromkeys(mistakes)]


def _without_algorithm(setup: BacktestSetup, backtest: Mapping[str, Any]) -> list[Finding]:
    """Places in strategies that name an execution algorithm which the backtest does not have."""
    built = [c for c in setup.components if c.section == "exec_algorithms"]
    names = {place.name for place in places.components(backtest) if place.section == "exec_algorithms"}
    traders = [c.kind for c in setup.user_code if c.is_strategy]
    ids = [c.algorithm_id for c in built] + sorted(names - {c.name for c in built})  # also of those with mistakes
    return unregistered(traders, [c.kind for c in built if not c.native], ids)


def shown(file: Path) -> str:
    """A path as people write it: from the folder where they are."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def build(backtest: Mapping[str, Any]) -> tuple[BacktestSetup | None, list[Problem]]:
    """The parts, or None and every reason why there are none."""
    problems: list[Problem] = []
    setup = _parts(backtest, problems)
    return (None if problems else setup), problems


def _parts(backtest: Mapping[str, Any], problems: list[Problem]) -> BacktestSetup:
    """The parts in which there is no mistake; the reasons why there are no others go to `problems`."""
    built = [venues.build(venue, problems) for venue in listed(backtest, "venues", problems)]
    problems.extend(repeated([venue["venue"].value for venue in built if venue]))
    feeds = [entries.entry(item, n, problems) for n, item in enumerate(listed(backtest, "data", problems))]
    problems.extend(entries.overlaps([e for e in feeds if e]))
    start, end = period(backtest, problems)
    with instruments_of(backtest):
        built_components = components.build(backtest, problems)
    problems.extend(_without_data(built_components, [e for e in feeds if e]))
    engine = engine_settings.build(backtest.get("engine") or {}, problems)
    metrics = custom.build(backtest.get("metrics") or (), problems)
    risk = risk_rules.build(backtest, problems)
    problems.extend(portfolio.mistakes(backtest, searched=True))  # without any, sizes have taken its place
    return BacktestSetup(
        tuple(filter(None, built)),
        tuple(filter(None, feeds)),
        tuple(built_components),
        start,
        end,
        source_hashes.user_packages(backtest),
        metrics,
        tuple(DataMissing.model_validate(backtest.get("data_missing") or {}).allow),
        CodeRules.model_validate(backtest.get("code") or {}),
        lambda: source_snapshot.files(backtest),
        frozenset(source_hashes.import_paths(backtest)),
        engine,
        frozenset(backtest.get("history") or ()),
        risk,
        tuple(backtest.get(portfolio.OFF) or ()),
        perturbation.of(backtest),
    )


def _without_data(built: Sequence[Component], feeds: Sequence[entries.DataEntry]) -> Iterator[Problem]:
    """Native components whose data the backtest does not list."""
    by_kind: dict[str, set[str]] = {}
    for entry in feeds:
        by_kind.setdefault(entry.kind, set()).update(entry.identifiers)
    for c in built:
        if c.native:
            yield from native_components.missing_data(c.where, c.native, c.arguments[0], by_kind)


def listed(backtest: Mapping[str, Any], key: str, problems: list[Problem]) -> list[Any]:
    section: Any = backtest.get(key)
    if is_list(section) and section:
        return section
    problems.append(Problem(key, f"a backtest needs a list of {key}", section))
    return []


def repeated(names: list[str]) -> list[Problem]:
    return [Problem(f"venues.{n}", "is named twice", n) for n in dict.fromkeys(names) if names.count(n) > 1]


def period(backtest: Mapping[str, Any], problems: list[Problem]) -> tuple[int, int]:
    """Nanoseconds: from start to end, end exclusive."""
    bounds: list[int] = []
    section: Mapping[str, Any] = backtest.get("period") or {}
    for key in ("start", "end"):
        text = section.get(key, "")
        try:
            bounds.append(nanos(text))
        except (TypeError, ValueError):
            problems.append(Problem(f"period.{key}", "must be an ISO 8601 time, e.g. 2026-05-04T13:30:00Z", text))
    if len(bounds) == 2 and bounds[0] >= bounds[1]:
        problems.append(Problem("period", "must end after it starts", dict(section)))
    return (bounds[0], bounds[1]) if len(bounds) == 2 else (0, 0)
