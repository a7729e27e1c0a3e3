"""Division of the period of a spec into in-sample, lock-box and walk-forward windows, checked against its data."""

from collections.abc import Iterator, Mapping
from typing import Any

from sweep import catalog
from sweep.common.json_values import is_mapping
from sweep.errors import Problem
from sweep.runner.period_split import CPCV, LOCKBOX, WALK, PeriodSplit, Stretch, divide
from sweep.spec.model import BACKTEST, resolve
from sweep.spec.reader import ParsedSpec
from sweep.spec.sample_points import well_formed


def divided(draft: ParsedSpec, problems: list[Problem]) -> PeriodSplit | None:
    """Divide the period as the spec asks; None if it does not, or if there are mistakes in what that needs."""
    section, rules = draft.section("validation"), draft.validation
    if not (any(section.values()) if rules else section):
        return None
    walks = bool(rules.walk_forward or rules.cpcv) if rules else bool({"walk_forward", "cpcv"} & section.keys())
    problems += _undivided(draft.section("search"), walks=walks)
    problems += _adaptive(draft.section("search")) if section.get("cpcv") else ()
    if rules is None or any(p.where.partition(".")[0] in BACKTEST for p in problems):
        return None
    first = well_formed(draft).first() or {}
    parts, mistakes = divide(resolve(draft.backtest, first), rules)
    problems += mistakes
    for where, stretch in _pieces(parts) if parts else ():
        without = catalog.check(resolve(draft.backtest | {"period": stretch.period}, first))
        problems += [Problem(where, f"{p.rule.removesuffix(' in the period')} in {stretch}", p.value) for p in without]
    return parts


def _undivided(search: Mapping[str, Any], *, walks: bool) -> Iterator[Problem]:
    """Yield the keys of a search that contradict a divided period, `walks` of one with windows."""
    space: Mapping[str, Any] = search.get("space") or {}
    stop: Mapping[str, Any] = search.get("stop") or {}
    for name in space:
        if str(name).partition(".")[0] == "period":
            rule = "cannot be searched where `validation` divides the period"
            yield Problem(f"search.space.{name}", rule, remedy="leave one of them out")
    for key in ("wall_clock", "engine_seconds"):
        if walks and key in stop:
            rule = "would end the search of each window wherever the machine is by then"
            yield Problem(f"search.stop.{key}", rule, stop[key], "use no_improvement, target or trials")


def _adaptive(search: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the keys of a search that would run other settings on each group of a cross-validation."""
    remedy = "take method: grid without a pruner; for a study, validation.walk_forward"
    sampler = search.get("sampler", "tpe") if search.get("method") == "optuna" else "random"
    if sampler not in {"random", "qmc"}:
        yield Problem(CPCV, f"needs the same settings on each group, and {sampler} chooses by results", remedy=remedy)
    pruner: Any = search.get("pruner")
    if pruner and not (is_mapping(pruner) and pruner.get("type") == "none"):
        yield Problem(CPCV, "needs every setting on each group, and a pruner ends some", remedy=remedy)
    stop: Mapping[str, Any] = search.get("stop") or {}
    for key in ("no_improvement", "target"):
        if key in stop:
            rule = "would end the search of each group at another setting (validation.cpcv)"
            yield Problem(f"search.stop.{key}", rule, stop[key], "leave one of them out")


def _pieces(parts: PeriodSplit) -> Iterator[tuple[str, Stretch]]:
    yield LOCKBOX if parts.lockbox else WALK if parts.windows else CPCV, parts.search
    if parts.lockbox:
        yield LOCKBOX, parts.lockbox
    for window in parts.windows:
        yield from ((WALK, window.train), (WALK, window.test))
    yield from ((CPCV, group) for group in parts.groups)
