"""The controller of a backtest, and the components that it creates while the backtest runs.

The engine builds both itself, by import path. The paths lead to a module that exists in memory alone: its functions
give the engine guarded objects, of verified configs.
"""

import sys
from collections.abc import Callable, Container
from types import ModuleType
from typing import Any

from nautilus_trader.common import ImportableActorConfig
from nautilus_trader.trading import ImportableControllerConfig, ImportableStrategyConfig

from sweep.backtest.engine.guards import Guard
from sweep.backtest.setup import components
from sweep.backtest.setup.components import Component
from sweep.errors import Problem
from sweep.spec.components.places import Place

MODULE = "sweep_controller_slot"
CONFIG = f"{MODULE}:no_config"
type Make = Callable[[Component], type[Any]]  # the guarded class of a component
type Modules = Callable[[], Container[str]]
type Note = Callable[[Component, Any], None]  # takes a component's object


def no_config(**_values: object) -> None:
    """The config of an object that has its own already."""


class ControllerSlot:
    """The place in the engine of a backtest's controller."""

    def __init__(self, guard: Guard, make: Make, note: Note, modules: Modules) -> None:
        """`modules` gives the user modules whose source is a part of the trial's key."""
        self.guard, self.make, self.note, self.modules = guard, make, note, modules
        self.failure: BaseException | None = None  # of the controller's constructor
        self.module = ModuleType(MODULE)
        setattr(self.module, CONFIG.partition(":")[2], no_config)
        sys.modules[MODULE] = self.module

    def config(self, component: Component) -> ImportableControllerConfig:
        """The engine's config for a controller."""
        kind = self.make(component)
        members = {
            "__module__": kind.__module__,
            "__qualname__": kind.__qualname__,
            "create_strategy_from_config": self._creates("strategies", kind, "create_strategy_from_config"),
            "create_actor_from_config": self._creates("actors", kind, "create_actor_from_config"),
        }
        guarded: type[Any] = type(kind.__name__, (kind,), members)
        return ImportableControllerConfig(self._path(component, guarded), CONFIG, {})

    def _path(self, component: Component, kind: type[Any]) -> str:
        """Import path of a function that makes the component."""
        name = f"make_{len(vars(self.module))}"

        def construct(_config: object = None) -> Any:
            try:
                with self.guard.constructing():
                    instance = component.construct(kind)
            except BaseException as error:
                self.failure = self.failure or error
                raise
            self.note(component, instance)
            return instance

        setattr(self.module, name, construct)
        return f"{MODULE}:{name}"

    def _creates(self, section: str, kind: type[Any], method: str) -> Callable[..., Any]:
        """The controller's method by which it creates a strategy or an actor."""
        create = getattr(kind, method)
        config_class: Any = ImportableStrategyConfig if section == "strategies" else ImportableActorConfig

        def inner(controller: Any, config: Any, *args: Any, **kwargs: Any) -> Any:
            component = self._created(section, config)
            path = self._path(component, self.make(component))
            return create(controller, config_class(path, CONFIG, {}), *args, **kwargs)

        return inner

    def _created(self, section: str, config: Any) -> Component:
        """The component that a controller asks for; trips where it cannot be built, or its source is in no key."""
        path = config.strategy_path if section == "strategies" else config.actor_path
        name = path.rpartition(":")[2]
        data = {"path": path, "config_path": config.config_path or None, "config": config.config}
        problems: list[Problem] = []
        component = components.component(Place(section, name, f"controller.{name}", data), problems)
        if component is None:
            self.guard.trip("\n".join(map(str, problems)))
        if (module := path.partition(":")[0]) not in self.modules():
            self.guard.trip(
                f"the controller creates {path}, whose source is no part of the trial's key: name the path in the "
                f"controller's config, or import {module} where the controller is defined"
            )
        return component
