"""A resolved backtest as engine objects, with all of its mistakes at once. What is checked is what is built."""

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nautilus_trader.trading import Strategy

from sweep.backtest.data import entries
from sweep.backtest.metrics import custom
from sweep.backtest.setup import venues
from sweep.backtest.user_code import classes, determinism, source_hashes, source_snapshot
from sweep.backtest.user_code.file_reads import import_noted
from sweep.backtest.user_code.source_checks import strategy_checks
from sweep.backtest.user_code.source_checks.class_source import accepts, class_sources
from sweep.backtest.user_code.source_checks.publishers import can_publish
from sweep.backtest.user_code.source_checks.reachability import reach
from sweep.common.import_path import ImportPathError, load
from sweep.common.json_values import is_list
from sweep.common.units import nanos
from sweep.errors import Problem
from sweep.spec.sections import CodeRules, DataMissing


@dataclass(frozen=True, slots=True)
class BacktestSetup:
    """Parts from which an engine is built. Engine objects serve one engine only."""

    venues: tuple[dict[str, Any], ...]  # arguments of add_venue
    entries: tuple[entries.DataEntry, ...]
    strategy: type[Strategy]
    config: Any  # None where the strategy takes no config
    start: int
    end: int
    packages: frozenset[str] = frozenset()  # top-level packages of user code
    metrics: tuple[custom.CustomMetric, ...] = ()
    config_values: Mapping[str, Any] = field(default_factory=dict[str, Any])  # the values of the config, as in the spec
    allowed: tuple[str, ...] = ()  # data that may be missing
    code: CodeRules = field(default_factory=CodeRules)
    modules: Callable[[], Mapping[str, Path]] = dict[str, Path]  # all modules of user code, with their files
    entry_points: frozenset[str] = frozenset()  # import paths of the classes and functions that the spec names

    history: frozenset[str] = frozenset()  # kinds of data that may be asked for from before the period

    def can_publish(self, method: str, name: str) -> bool:
        """True if some user code may publish under this name, by its source."""
        files = {source.file for source in class_sources(self.strategy)}
        return can_publish({*files, *self.modules().values()}, method, name)


def check(backtest: Mapping[str, Any]) -> list[Problem]:
    """Every mistake that can be known without replaying."""
    setup, problems = build(backtest)
    return problems if setup is None else in_code(setup)


def in_code(setup: BacktestSetup) -> list[Problem]:
    """Mistakes in the strategy's class, and uses of the clock, of chance or of a catalog in any user code."""
    modules, accept = setup.modules(), setup.code.accept
    files, reached = sorted(modules.values()), reach(modules, setup.entry_points)
    mistakes = [*strategy_checks.mistakes(setup.strategy, files, accept)]
    uses = (use for use in determinism.uses(files) if (use.file, use.line) in reached)
    mistakes += [use.finding for use in uses if not accepts(accept, use.file, use.line)]
    return [Problem(f"{shown(f.file)}:{f.line}", f.rule, remedy=f.remedy) for f in mistakes]


def shown(file: Path) -> str:
    """A path as people write it: from the folder where they are."""
    here = Path.cwd()
    return str(file.relative_to(here) if file.is_relative_to(here) else file)


def build(backtest: Mapping[str, Any]) -> tuple[BacktestSetup | None, list[Problem]]:
    """The parts, or None and every reason why there are none."""
    problems: list[Problem] = []
    built = [venues.build(venue, problems) for venue in listed(backtest, "venues", problems)]
    problems.extend(repeated([venue["venue"].value for venue in built if venue]))
    feeds = [entries.entry(item, n, problems) for n, item in enumerate(listed(backtest, "data", problems))]
    problems.extend(entries.overlaps([e for e in feeds if e]))
    start, end = period(backtest, problems)
    strategy, config = strategy_of(backtest, problems)
    metrics = custom.build(backtest.get("metrics") or (), problems)
    if problems:
        return None, problems
    return BacktestSetup(
        tuple(filter(None, built)),
        tuple(filter(None, feeds)),
        strategy,
        config,
        start,
        end,
        source_hashes.user_packages(backtest),
        metrics,
        dict(backtest["strategy"].get("config") or {}),
        tuple(DataMissing.model_validate(backtest.get("data_missing") or {}).allow),
        CodeRules.model_validate(backtest.get("code") or {}),
        lambda: source_snapshot.files(backtest),
        frozenset(source_hashes.import_paths(backtest)),
        frozenset(backtest.get("history") or ()),
    ), []


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


def strategy_of(backtest: Mapping[str, Any], problems: list[Problem]) -> tuple[Any, Any]:
    """The strategy's class and its config, built and verified."""
    spec: Mapping[str, Any] = backtest.get("strategy") or {}
    kind = import_class(spec.get("path"), "strategy.path", problems, lambda c: issubclass(c, Strategy))
    values = dict(spec.get("config") or {})
    path = spec.get("config_path")
    if path is None:
        if values:
            problems.append(Problem("strategy.config_path", "parameters need a config class, 'package.module:Class'"))
        return kind, None
    config = import_class(path, "strategy.config_path", problems, lambda _: True)
    if config is None:
        return kind, None
    return kind, classes.build_verified(config, values, "strategy.config", problems)


def import_class(path: Any, where: str, problems: list[Problem], fits: Callable[[type], bool]) -> Any:
    try:
        is_new = isinstance(path, str) and path.partition(":")[0] not in sys.modules
        with import_noted() if is_new else nullcontext():
            cls = load(path)
    except ImportPathError as error:
        problem = error.at(where)
        if problem.rule not in {earlier.rule for earlier in problems}:  # a file that cannot be imported is told once
            problems.append(problem)
        return None
    if isinstance(cls, type) and fits(cls):
        return cls
    rule = "must be a subclass of nautilus_trader.trading.Strategy" if where == "strategy.path" else "must be a class"
    problems.append(Problem(where, rule, path))
    return None
