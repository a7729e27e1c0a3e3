"""The components of a backtest in its plain data: their names, their places, and the parameters that address them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sweep.common.json_values import Plain, is_list, is_mapping
from sweep.spec.components.sections import Component, Controller, Strategy

LISTS = {"strategies": "strategy", "actors": "actor", "exec_algorithms": "execution algorithm"}  # section: noun
NONE_ENABLED = "a backtest needs a strategy, and none is switched on"
SINGLE = {"strategy": Strategy, "controller": Controller}
WILDCARD = "*"
TARGETS = "wildcards"  # in a backtest: parameter with a wildcard → names of the components that it is written to


class Place(NamedTuple):
    """One component of a backtest: its section, its name, its path in the spec and its plain data."""

    section: str
    name: str
    where: str
    data: Mapping[str, Any]

    @property
    def noun(self) -> str:
        """Kind of the component, as people say it."""
        return LISTS.get(self.section, self.section)

    @property
    def config(self) -> Mapping[str, Any]:
        """Its parameters as the spec has them."""
        return self.data.get("config") or {}


def components(backtest: Mapping[str, Any]) -> Iterator[Place]:
    """All components in the order in which they start: actors, strategies, execution algorithms; then a controller."""
    for section in ("actors", "strategy", "strategies", "exec_algorithms", "controller"):
        value = backtest.get(section)
        if section in SINGLE and is_mapping(value):
            yield Place(section, class_name(value), section, value)
        for n, item in enumerate(value if section in LISTS and is_list(value) else ()):
            if is_mapping(item):
                name = str(item.get("name") or class_name(item))
                yield Place(section, name, f"{section}.{name or n}", item)


def strategies(backtest: Mapping[str, Any]) -> list[Place]:
    """The strategies: that of `strategy:`, or those of `strategies:`."""
    return [place for place in components(backtest) if place.section in {"strategy", "strategies"}]


def class_name(component: Mapping[str, Any]) -> str:
    """Name of a component's class, or the engine's name of a native one; "" where neither is given."""
    path = component.get("native") or component.get("path")
    return path.rpartition(":")[2] if isinstance(path, str) else ""


def label(backtest: Mapping[str, Any]) -> str:
    """Short name of the user code that a backtest runs: the import paths of its strategies, else of its controller."""
    places = strategies(backtest) or list(components(backtest))
    return ", ".join(dict.fromkeys(str(p.data.get("path") or p.data.get("native")) for p in places))


def complete(data: Mapping[str, Any]) -> None:
    """Give each component of a spec, as it was written, a name (that of its class) and a config."""
    lists = [data[section] for section in LISTS if is_list(data.get(section))]
    items: list[Any] = [item for items in lists for item in items if is_mapping(item)]
    for item in items:
        if "name" not in item and (name := class_name(item)):
            item["name"] = name
    items += [data[section] for section in SINGLE if is_mapping(data.get(section))]
    for item in items:
        item.setdefault("config", {})


def full_name(parameter: str) -> str:
    """`strategy.x` is short for `strategy.config.x`, `strategies.fast.x` for `strategies.fast.config.x`."""
    head, _, rest = parameter.partition(".")
    before, fields = head, set[str]()
    if head in SINGLE:
        fields = set(SINGLE[head].model_fields)
    elif head in LISTS and "." in rest:
        name, _, rest = rest.partition(".")
        before, fields = f"{head}.{name}", set(Component.model_fields)
    short = fields and rest and rest.partition(".")[0] not in fields
    return f"{before}.config.{rest}" if short else parameter


def field(full: str) -> str:
    """The field of a component that a full name addresses, such as `enabled`; "" for a parameter in its config."""
    head, *rest = full.split(".")
    depth = 2 if head in LISTS else 1
    return rest[-1] if head in (*LISTS, *SINGLE) and len(rest) == depth else ""


def addresses(backtest: Mapping[str, Any], parameter: str) -> list[str]:
    """The full names that a parameter is written to: one, or with a wildcard one for each component that has it."""
    full = full_name(parameter)
    if (wild := is_wild(full)) is None:
        return [full]
    section, rest = wild
    targets: Mapping[str, list[str]] = backtest.get(TARGETS) or {}
    names = targets.get(parameter)
    if names is None:
        names = [p.name for p in components(backtest) if p.section == section and writes(p, rest)]
    return [f"{section}.{name}.{rest}" for name in names]


def is_wild(full: str) -> tuple[str, str] | None:
    """Section and rest of a full name such as `strategies.*.config.x`; None for another."""
    head, _, rest = full.partition(".")
    star, _, rest = rest.partition(".")
    return (head, rest) if head in LISTS and star == WILDCARD and rest else None


def writes(place: Place, rest: str) -> bool:
    """True if a component has this in the spec: a parameter in its config, or a field that all of them have."""
    head, _, parameter = rest.partition(".")
    return parameter.partition(".")[0] in place.config if head == "config" else head in Component.model_fields


def enabled(backtest: Mapping[str, Any]) -> dict[str, Any]:
    """The backtest without the components that are switched off."""
    sections = {k: v for k, v in backtest.items() if not (k == "controller" and not v.get("enabled", True))}
    for section in LISTS.keys() & sections.keys():
        sections[section] = [item for item in sections[section] if item.get("enabled", True)]
        if not sections[section]:
            del sections[section]
    return sections


def constants(backtest: Mapping[str, Any]) -> dict[str, Plain]:
    """Values of the configs that a constraint may name: by full name, and by the short one where it is clear."""
    full, shorts = dict[str, Plain](), dict[str, list[Plain]]()
    for place in components(backtest):
        config: Any = place.data.get("config")
        for name, value in plain_values(config):
            full[f"{place.where}.{name}"] = value
            shorts.setdefault(name, []).append(value)
    return full | {name: values[0] for name, values in shorts.items() if len(values) == 1}


def plain_values(config: object) -> Iterable[tuple[str, Plain]]:
    """The parameters of a config that are single values."""
    return [(k, v) for k, v in config.items() if isinstance(v, str | int | float)] if is_mapping(config) else []
