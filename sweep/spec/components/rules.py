"""Rules about the components of a spec that their types cannot state."""

from collections.abc import Iterator, Mapping
from typing import Any

from sweep.common.json_values import repeated
from sweep.errors import Problem
from sweep.spec.components.places import LISTS

MISSING = "is missing"  # the rule of a section or key
BESIDE_PATH = "stands beside `path`"


def mistakes(written: Mapping[str, Any], sections: Mapping[str, Any]) -> list[Problem]:
    """Mistakes in the components, as far as their sections are well formed; `written` is the spec as it was written."""
    problems = list(_presence(written))
    single = [(key, sections[key]) for key in ("strategy",) if sections.get(key)]
    several = [(f"{key}.{n}", c) for key in LISTS for n, c in enumerate(sections.get(key) or ())]
    for where, component in (*single, *several):
        problems += _source(where, component)
    for section, noun in LISTS.items():
        names = [c.name for c in sections.get(section) or ()]
        rule, remedy = f"is the name of an earlier {noun}", "give each a name of its own"
        twice = [n for n in repeated(names) if names[n]]
        problems += [Problem(f"{section}.{n}.name", rule, names[n], remedy) for n in twice]
    return problems


def _presence(written: Mapping[str, Any]) -> Iterator[Problem]:
    if not {"strategy", "strategies", "controller"} & written.keys():
        yield Problem("strategy", MISSING, remedy="add it")
    if {"strategy", "strategies"} <= written.keys():
        yield Problem("strategy", "stands beside `strategies`", remedy="make it one of the list, or leave out the list")
    for section in LISTS:
        if section in written and written[section] == []:
            yield Problem(section, "must hold at least one element", [])


def _source(where: str, component: Any) -> Iterator[Problem]:
    """A component is a class, or one of the engine's own."""
    if component.path is None and component.native is None:
        yield Problem(f"{where}.path", MISSING, remedy="write module:Class, or native: one of the engine's own")
    if component.path is not None and component.native is not None:
        yield Problem(f"{where}.native", BESIDE_PATH, component.native, "keep one of them")
    elif component.native is not None and component.config_path is not None:
        rule = "is not a key of a native component: the engine has its config"
        yield Problem(f"{where}.config_path", rule, component.config_path, "leave it out")
