"""Division of the period of a spec into in-sample, lock-box and walk-forward windows, checked against its data."""

from collections.abc import Iterator, Mapping
from typing import Any

from sweep import catalog
from sweep.errors import Problem
from sweep.runner.period_split import LOCKBOX, WALK, PeriodSplit, Stretch, divide
from sweep.spec.model import BACKTEST, resolve
from sweep.spec.reader import ParsedSpec
from sweep.spec.sample_points import well_formed


def divided(draft: ParsedSpec, problems: list[Problem]) -> PeriodSplit | None:
    """Divide the period as the spec asks; None if it does not, or if there are mistakes in what that needs."""
    section, rules = draft.section("validation"), draft.validation
    if not (any(section.values()) if rules else section):
        return None
    walks = bool(rules.walk_forward) if rules else "walk_forward" in section
    problems += _undivided(draft.section("search"), walks=walks)
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


def _pieces(parts: PeriodSplit) -> Iterator[tuple[str, Stretch]]:
    yield LOCKBOX if parts.lockbox else WALK, parts.search
    if parts.lockbox:
        yield LOCKBOX, parts.lockbox
    for window in parts.windows:
        yield from ((WALK, window.train), (WALK, window.test))
