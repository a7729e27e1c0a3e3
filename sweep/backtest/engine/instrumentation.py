"""Subclass of a user's strategy, or other component, that tells a guard what its callbacks raise, log and ask for."""

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sweep.backtest.data.subscriptions import Deliverable
from sweep.backtest.engine.guards import Guard
from sweep.backtest.engine.history import History
from sweep.backtest.engine.silent_callbacks import Callback
from sweep.backtest.engine.subscription_guards import wrap_subscriptions
from sweep.backtest.setup.components import STRATEGY, Component
from sweep.backtest.user_code import classes
from sweep.backtest.user_code.classes import is_user_class
from sweep.errors import Reason


def instrument(
    component: Component,
    guard: Guard,
    deliverable: Deliverable,
    history: History | None = None,
    wrap_orders: Callable[[Any, Mapping[str, Any]], dict[str, Any]] | None = None,
) -> type[Any]:
    """A subclass of a component's class whose every callback is wrapped; the engine makes an id of its name."""
    kind = component.kind
    members: dict[str, Any] = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    if component.keywords and not classes.has_own_new(kind):
        members["__new__"] = _without_arguments(kind)
    callbacks = wrap_callbacks(kind, guard, component.owner)
    members |= history.wrap_callbacks(callbacks) if history else callbacks
    members |= history.wrap_requests(kind) if history else {}
    members |= wrap_subscriptions(kind, guard, deliverable)
    members |= wrap_lifecycle(kind, guard, component.noun)
    members |= wrap_orders(kind, members) if wrap_orders and component.role is STRATEGY else {}
    inherited: Any = kind.log  # a descriptor
    members["log"] = property(lambda self: WrappedLog(inherited.__get__(self), guard, component.noun))
    return type(kind)(component.engine_name, (kind,), members)


def _without_arguments(kind: Any) -> Callable[..., Any]:
    """The `__new__` of a class whose `__init__` takes arguments: that of the engine takes nothing but a config."""

    def new(cls: Any, **_values: Any) -> Any:
        return kind.__new__(cls)

    return new


def wrap_callbacks(kind: type, guard: Guard, owner: str = "") -> dict[str, Any]:
    """Every `on_*` that the user wrote, here or in a base or mixin, noting what it raises."""

    def wrap(callback: Callback, function: types.FunctionType) -> Callable[..., Any]:
        name = str(callback)

        def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return function(self, *args, **kwargs)
            except BaseException as error:
                guard.raised(name, error)
                raise

        def inner_of_one(self: Any, argument: Any) -> Any:
            try:
                return function(self, argument)
            except BaseException as its_error:
                guard.raised(name, its_error)
                raise

        if not takes_one(function):
            return functools.wraps(function)(inner)
        names = (*function.__code__.co_varnames[:2], "its_error")  # user code may call it by keyword
        inner_of_one.__code__ = inner_of_one.__code__.replace(co_varnames=names)
        return functools.wraps(function)(inner_of_one)

    wrapped: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if is_user_class(base):
            functions = {n: f for n, f in vars(base).items() if isinstance(f, types.FunctionType)}
            functions = {n: own(f, owner) for n, f in functions.items() if n.startswith("on_")}
            wrapped |= {n: wrap(Callback(owner, n), f) for n, f in functions.items()}
            guard.listen({f.__code__: Callback(owner, n) for n, f in functions.items()})
    return wrapped


def own(function: types.FunctionType, owner: str) -> types.FunctionType:
    """A copy of a function for one component of several, so that calls of components of one class are told apart."""
    if not owner:
        return function
    name = f"{owner}.{function.__name__}"
    code = function.__code__.replace(co_name=name, co_qualname=name)
    parts = function.__globals__, function.__name__, function.__defaults__, function.__closure__
    copy = types.FunctionType(code, *parts)
    copy.__kwdefaults__ = function.__kwdefaults__
    functools.update_wrapper(copy, function)
    return copy


def takes_one(function: types.FunctionType) -> bool:
    """Return True for a method of one event; passing on *args takes as long as many a callback does."""
    code = function.__code__
    is_open = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    return (code.co_argcount, code.co_kwonlyargcount) == (2, 0) and not is_open and not function.__defaults__


LIFECYCLE = {
    "stop": "stopped itself: its figures would cover only a part of the period; to trade no more, stay flat instead",
    "fault": "set itself to FAULTED",
    "degrade": "set itself to DEGRADED",
    "reset": "reset itself",
    "dispose": "disposed of itself",
    "shutdown_system": "shut the system down: its figures would cover only a part of the period",
}


def wrap_lifecycle(kind: type, guard: Guard, noun: str) -> dict[str, Any]:
    """The calls by which a component leaves the replay before its end."""

    def wrap(name: str, word: str) -> Callable[..., Any]:
        def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
            guard.note(Reason.GUARD, f"{noun} {word}" + (f" ({args[0]})" if args else ""))
            return getattr(kind, name)(self, *args, **kwargs)

        return inner

    return {name: wrap(name, word) for name, word in LIFECYCLE.items() if hasattr(kind, name)}


LEVELS = {"trace", "debug", "info", "warning"}


class WrappedLog:
    """A component's logger. An ERROR that it logs is the trial's failure, with its text, or a warning (`code`)."""

    def __init__(self, log: Any, guard: Guard, noun: str = "the strategy") -> None:
        self._log, self._guard, self._noun = log, guard, noun

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._log, name)
        return partial(self._tell, name, method) if self._guard.look.log and name in LEVELS else method

    def _tell(self, level: str, log: Callable[..., Any], message: Any, *args: Any, **kwargs: Any) -> None:
        if self._guard.look.log:
            self._guard.look.log(self._guard.now(), level.upper(), str(message))
        log(message, *args, **kwargs)

    def error(self, message: Any, *args: Any, **kwargs: Any) -> None:
        """Log an ERROR, which ends the trial unless the spec allows it."""
        self._tell("error", self._log_error, message, *args, **kwargs)

    def exception(self, message: Any, *args: Any, **kwargs: Any) -> None:
        """Log an exception, which ends the trial unless the spec allows it."""
        self._tell("error", partial(self._log_error, with_trace=True), message, *args, **kwargs)

    def _log_error(self, message: Any, *args: Any, with_trace: bool = False, **kwargs: Any) -> None:
        if self._guard.code.logged_errors == "warn":  # the engine stops at the first ERROR in its log
            self._guard.logged.append(f"{message} (at {self._guard.moment()})")
            self._log.warning(str(message))
            return
        self._guard.note(Reason.STRATEGY, f"{self._noun} logged an error: {message}")
        (self._log.exception if with_trace else self._log.error)(str(message), *args, **kwargs)
