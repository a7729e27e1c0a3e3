"""Parameters of a search that address nothing in the backtest, something that is switched off, or a thing twice."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sweep.common.json_values import is_list, is_mapping
from sweep.errors import Problem, did_you_mean
from sweep.spec import yaml_document
from sweep.spec.components.places import LISTS, addresses, field, full_name, is_wild
from sweep.spec.space import Choice, Dimension

OPTIONAL = {"engine", "risk", "portfolio"}  # sections that a backtest may do without; parameters replace their values


class AddressedTwice(Problem):
    """A parameter for a value that another one sets."""


def mistakes(base: Mapping[str, Any], names: Sequence[str], again: Any, mistaken: set[str]) -> list[Problem]:
    """Mistakes in the addresses of parameters and of what is repeated.

    `base` holds the sections of the backtest that are well formed, as written; `mistaken` are sections whose
    mistakes have been reported.
    """
    problems = _addresses(base, names, mistaken)
    if is_mapping(again) and isinstance(over := again.get("over"), str):
        more = _addresses(base, [*names, over], mistaken)[len(problems) :]
        problems += [replace(p, where="search.repeat.over") for p in more]
    return problems


def field_mistakes(dimensions: Sequence[Dimension]) -> list[Problem]:
    """Mistakes in parameters that are fields of a component: `name`, and `enabled` with a value that is no switch."""
    problems: list[Problem] = []
    for dimension in dimensions:
        where, addressed = f"search.space.{dimension.name}", field(full_name(dimension.name))
        if addressed == "name":
            rule = "is no parameter: results name a component by it"
            problems.append(Problem(where, rule, remedy="give the component one name"))
        if addressed == "enabled":
            values = dimension.values if isinstance(dimension, Choice) else (str(dimension),)
            rule = "must be true or false"
            problems += [Problem(where, rule, value) for value in values if not isinstance(value, bool)]
    return problems


def _addresses(base: Mapping[str, Any], names: Sequence[str], mistaken: set[str]) -> list[Problem]:
    problems: list[Problem] = []
    first_by_keys: dict[yaml_document.Keys, str] = {}
    switched = {address for name in names for address in addresses(base, name) if field(address) == "enabled"}
    for name in names:
        head = name.partition(".")[0]
        if head in mistaken and head not in base:
            continue
        for address in addresses(base, name):
            problems += _problems(base, name, address, first_by_keys, switched)
        if (wild := is_wild(full_name(name))) and wild[0] not in base:
            rule = f"addresses nothing: the spec has no {wild[0]!r}"
            problems.append(Problem(f"search.space.{name}", rule))
    return problems


def _problems(
    base: Mapping[str, Any], name: str, address: str, first_by_keys: dict[yaml_document.Keys, str], switched: set[str]
) -> Iterator[Problem]:
    """Mistakes in one address of a parameter; it is then `seen`."""
    keys, rest = yaml_document.find(base, address)
    where = f"search.space.{name}"
    if not keys or len(rest) > 1 or (rest and not is_mapping(_at(base, keys))):
        missing, place = rest[0] if rest else name, ".".join(map(str, keys)) or "the backtest"
        rule = f"addresses nothing: there is no {missing!r} in {place}"
        is_absent = not keys and missing in OPTIONAL
        remedy = _added(rest) if is_absent else did_you_mean(missing, _children(base, keys))
        yield Problem(where, rule, remedy=remedy)
    elif (full := (*keys, *rest)) in first_by_keys:
        yield AddressedTwice(where, f"addresses the same value as {first_by_keys[full]}", remedy="keep one of them")
    else:
        first_by_keys[full] = name
        if off := _switched_off(base, keys, switched):
            remedy = f"write {off}.enabled: true, or make {off}.enabled a parameter"
            yield Problem(where, f"addresses a component that is switched off: {off}", remedy=remedy)


def _added(keys: Sequence[object]) -> str:
    """The remedy for a section that is not there: its keys with a value, which the trials replace."""
    *outer, last = map(str, keys)
    text = "".join(f"{key}: {{" for key in outer) + f"{last}: …" + "}" * len(outer)
    return f"give it a value in the spec, which the search replaces: {text}"


def _switched_off(base: Mapping[str, Any], keys: yaml_document.Keys, switched: set[str]) -> str:
    """Path of the component at these keys where no trial has it; "" otherwise."""
    where = str(keys[0])
    data = base[where]
    if where in LISTS and keys[1:]:
        data = data[keys[1]]
        where = f"{where}.{data.get('name', keys[1])}"
    is_off = is_mapping(data) and data.get("enabled", True) is False
    return where if is_off and f"{where}.enabled" not in switched else ""


def _at(base: Any, keys: yaml_document.Keys) -> Any:
    for key in keys:
        base = base[key]
    return base


def _children(base: Any, keys: yaml_document.Keys) -> list[str]:
    base = _at(base, keys)
    if is_mapping(base):
        return list(base)
    names = [str(v.get("name", n)) for n, v in enumerate(base) if is_mapping(v)] if is_list(base) else []
    return list(dict.fromkeys(names))
