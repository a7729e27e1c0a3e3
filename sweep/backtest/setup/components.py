"""Strategies, actors, execution algorithms and the controller of a backtest: their classes, and verified arguments."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from nautilus_trader.common import DataActor
from nautilus_trader.trading import Controller, ExecutionAlgorithm, Strategy

from sweep.backtest.setup import native_components
from sweep.backtest.setup.native_components import Native
from sweep.backtest.user_code import classes
from sweep.backtest.user_code.file_reads import import_noted
from sweep.common.import_path import ImportPathError, load
from sweep.errors import Problem
from sweep.spec.components import places
from sweep.spec.components.places import Place
from sweep.spec.components.rules import BESIDE_PATH


@dataclass(frozen=True, slots=True)
class Role:
    """One kind of component: its base class, and the engine's methods that take one."""

    base: type
    add: str  # for an object; "" where the engine takes it in its config alone
    add_native: str = ""  # for one of the engine's own


STRATEGY = Role(Strategy, "add_strategy", "add_builtin_strategy")
ROLES = {
    "strategy": STRATEGY,
    "strategies": STRATEGY,
    "actors": Role(DataActor, "add_actor", "add_builtin_actor"),
    "exec_algorithms": Role(ExecutionAlgorithm, "add_exec_algorithm", "add_native_exec_algorithm"),
    "controller": Role(Controller, ""),
}


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its class, and the arguments of which it is made."""

    section: str  # of the spec
    name: str  # in its section
    where: str  # its path in the spec
    kind: Any  # the user's class; None for one of the engine's own
    arguments: tuple[Any, ...] = ()  # the config object, or none
    keywords: Mapping[str, Any] = field(default_factory=dict[str, Any])
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])  # of the config, as in the spec
    native: Native | None = None

    @property
    def role(self) -> Role:
        """Its kind."""
        return ROLES[self.section]

    @property
    def is_strategy(self) -> bool:
        """True for one that trades in its own name."""
        return self.role is STRATEGY

    @property
    def is_controlled(self) -> bool:
        """True for one that a controller created."""
        return self.where.startswith("controller.")

    @property
    def algorithm_id(self) -> str:
        """Id by which orders name an execution algorithm: that of its config, else its name."""
        own = getattr(self.arguments[0], "exec_algorithm_id", None) if self.arguments else None
        return str(own) if own is not None else self.name

    @property
    def is_alone(self) -> bool:
        """True for the strategy or the controller, of which there is one."""
        return self.section in places.SINGLE

    @property
    def noun(self) -> str:
        """Name for messages: "the strategy", or "actor regime" where there may be several."""
        return f"the {self.section}" if self.is_alone else f"{places.LISTS[self.section]} {self.name}"

    @property
    def owner(self) -> str:
        """Path in the spec that tells it from others; "" for the only strategy."""
        return "" if self.section == "strategy" else self.where

    @property
    def engine_name(self) -> str:
        """Name of which the engine makes an id: strategies of one class it numbers itself, and no other component."""
        return self.name if self.section in {"actors", "exec_algorithms"} else str(self.kind.__name__)

    def construct(self, kind: Callable[..., Any]) -> Any:
        """An object of a subclass of its class."""
        return kind(*self.arguments, **self.keywords)


def build(backtest: Mapping[str, Any], problems: list[Problem]) -> list[Component]:
    """The components of a backtest in the order in which they are added to the engine; mistakes go to `problems`."""
    placed = list(places.components(backtest))
    if not any(place.section in {"strategy", "strategies", "controller"} for place in placed):
        where = "strategies" if placed else "strategy.path"
        problems.append(Problem(where, places.NONE_ENABLED, remedy="leave one enabled"))
    trading = [place for place in placed if ROLES[place.section] is STRATEGY]
    return [c for place in placed if (c := component(place, problems, trading))]


def component(place: Place, problems: list[Problem], strategies: Sequence[Place] = ()) -> Component | None:
    """One component, or None and the reasons in `problems`; `strategies` are all of the backtest."""
    role, data, where = ROLES[place.section], place.data, place.where
    if data.get("native") is not None and data.get("path") is not None:
        problems.append(Problem(f"{where}.native", BESIDE_PATH, data["native"], "keep one of them"))
        return None
    if data.get("native") is not None:
        index = strategies.index(place) if place in strategies else 0
        native, config = native_components.build(place, index, problems) or (None, None)
        return native and Component(place.section, place.name, where, None, (config,), {}, dict(place.config), native)
    kind = import_class(data.get("path"), f"{where}.path", problems, role.base)
    values = dict(place.config)
    count = len(problems)
    if (path := data.get("config_path")) is not None:
        config = import_class(path, f"{where}.config_path", problems, object)
        instance = classes.build_verified(config, values, f"{where}.config", problems) if config else None
        arguments, keywords = (instance,), dict[str, Any]()
    else:
        arguments = ()
        keywords = classes.arguments(kind, values, f"{where}.config", problems) if kind else {}
    if kind is None or len(problems) > count:
        return None
    return Component(place.section, place.name, where, kind, arguments, keywords, values)


def parameter_names(data: Mapping[str, Any]) -> frozenset[str]:
    """Names of the parameters of a component's config class, or of its constructor."""
    path = data.get("config_path") or data.get("path")
    native = native_components.STRATEGIES.get(str(data.get("native")))
    kind = native.config if native else import_class(path, "", [], object)
    return frozenset(classes.parameters(kind)) if kind else frozenset()


def import_class(path: Any, where: str, problems: list[Problem], base: type) -> Any:
    """The class at an import path if it is a subclass of the base; None, and why, otherwise."""
    try:
        is_new = isinstance(path, str) and path.partition(":")[0] not in sys.modules
        with import_noted() if is_new else nullcontext():
            cls = load(path)
    except ImportPathError as error:
        problem = error.at(where)
        if problem.rule not in {earlier.rule for earlier in problems}:  # a file that cannot be imported is told once
            problems.append(problem)
        return None
    if isinstance(cls, type) and issubclass(cls, base):
        return cls
    rule = "must be a class" if base is object else f"must be a subclass of {base.__module__}.{base.__name__}"
    problems.append(Problem(where, rule, path))
    return None
