"""Components that a parameter with a wildcard (`strategies.*.trade_size`) is written to: all that have it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sweep.backtest import component_parameters
from sweep.errors import Problem, did_you_mean
from sweep.spec.components.address_checks import AddressedTwice
from sweep.spec.components.places import LISTS, TARGETS, Place, components, full_name, is_wild, writes
from sweep.spec.reader import ParsedSpec


def with_targets(draft: ParsedSpec, problems: list[Problem]) -> ParsedSpec:
    """The draft with the names of the components that each wildcard is written to; as it is without a wildcard."""
    targets: dict[str, list[str]] = {}
    for where, name in _parameters(draft.section("search")):
        if (wild := is_wild(full_name(name))) and wild[0] in draft.backtest:
            section, rest = wild
            matches = [p for p in components(draft.backtest) if p.section == section and p.data.get("enabled", True)]
            targets[name] = [p.name for p in matches if _has(p, rest)]
            if not targets[name]:
                problems.append(_nothing(where, section, rest, matches))
            reported = {problem.where for problem in problems if isinstance(problem, AddressedTwice)}
            problems += _twice(where, name, targets, draft.section("search"), reported)
    return replace(draft, backtest={**draft.backtest, TARGETS: targets}) if targets else draft


def _parameters(search: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Place and name of each parameter of a search; what is malformed in it is absent."""
    yield from ((f"search.space.{name}", name) for name in search.get("space") or ())
    again: Mapping[str, Any] = search.get("repeat") or {}
    if over := again.get("over"):
        yield "search.repeat.over", over


def _has(place: Place, rest: str) -> bool:
    head, _, parameter = rest.partition(".")
    return writes(place, rest) or (head == "config" and parameter.partition(".")[0] in component_parameters(place.data))


def _nothing(where: str, section: str, rest: str, targets: list[Place]) -> Problem:
    head, _, parameter = rest.partition(".")
    parameters = {name for place in targets for name in (*place.config, *component_parameters(place.data))}
    parameter_name = parameter if head == "config" else rest
    rule = f"addresses nothing: no {LISTS[section]} has {parameter_name!r}"
    return Problem(where, rule, remedy=did_you_mean(parameter_name, parameters))


def _twice(
    where: str, name: str, targets: Mapping[str, list[str]], search: Mapping[str, Any], reported: set[str]
) -> Iterator[Problem]:
    """A component whose parameter is also searched by its own name."""
    section, rest = is_wild(full_name(name)) or ("", "")
    mine = {f"{section}.{target}.{rest}" for target in targets[name]}
    for place, other in _parameters(search):
        if other != name and full_name(other) in mine and reported.isdisjoint({where, place}):
            yield AddressedTwice(where, f"addresses the same value as {other}", remedy="keep one of them")
