"""What the engine would go on silently with, made loud: docs/guards.md lists each guard.

The engine logs an exception in a callback and trades on. Three nets catch what it swallows: every user callback is
wrapped; `sys.monitoring` sees exceptions that escape from Python into the engine anywhere else (timers, lambdas,
models); and the engine is told to stop at the first ERROR it logs, which its count of events then shows.
"""

import functools
import inspect
import traceback
import types
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import nautilus_trader
from nautilus_trader.backtest import BacktestEngine, BacktestNode
from nautilus_trader.trading import Strategy

from sweep.backtest.data.subscriptions import Deliverable, Listening, first
from sweep.backtest.records import NOTHING, Hooks
from sweep.backtest.user_code import determinism
from sweep.backtest.user_code.call_monitor import Call, monitored
from sweep.backtest.user_code.classes import is_user_class
from sweep.backtest.user_code.source_hashes import is_user_code
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError
from sweep.spec.data_kinds import DATA_KINDS, MARKING_KINDS

HERE = str(Path(__file__).parents[1])
ENGINE = str(Path(nautilus_trader.__file__).parent)


class GuardTripped(BaseException):
    """Raised inside user code when a guard trips; no `except Exception` of a strategy hides it."""


@dataclass
class Guard:
    """The first thing that went wrong in a replay."""

    now: Callable[[], int] = lambda: 0  # the event time, nanoseconds
    failure: TrialError | None = None
    interrupt: KeyboardInterrupt | None = None  # Ctrl-C is the user's wish, not the trial's fault
    published: set[str] = field(default_factory=set[str])  # custom data types that the strategy publishes itself
    awaited: set[str] = field(default_factory=set[str])  # custom data types that it subscribed to
    packages: frozenset[str] = frozenset()  # whose code is user code wherever it is installed
    seeded: set[str] = field(default_factory=set[str])  # shared random generators that were seeded in this replay
    listening: Listening = field(default_factory=Listening)
    look: Hooks = NOTHING

    def raised(self, where: str, error: BaseException) -> None:
        """Note an exception that left user code; only the first counts."""
        if isinstance(error, KeyboardInterrupt):
            self.interrupt = self.interrupt or error
        elif self.failure is None and not isinstance(error, GuardTripped):
            said = f": {error}" if str(error) else ""
            message = f"{where} raised {type(error).__name__}{said} at {self.moment()}{user_line(error)}"
            self.failure = TrialError(Reason.STRATEGY, message, "".join(traceback.format_exception(error)))
            if self.look.failed:
                self.look.failed(error)

    def note(self, reason: Reason, message: str) -> None:
        """Note a guard that tripped; only the first counts."""
        if self.failure is None:
            stack = "".join(traceback.format_stack()[:-1])
            self.failure = TrialError(reason, f"{message} (at {self.moment()})", stack)

    def trip(self, message: str) -> NoReturn:
        """Note a guard that tripped and leave the user's code."""
        self.note(Reason.GUARD, message)
        raise GuardTripped(message)

    def moment(self) -> str:
        """The event time as ISO 8601, or "the start" before the first event."""
        return moment_of(now) if (now := self.now()) else "the start"

    def settle(self) -> None:
        """Raise what was noted, if anything was."""
        if self.interrupt:
            raise self.interrupt
        if self.failure:
            raise self.failure

    def call(self, function: Callable[..., Any], *args: Any, steps: Iterable[object] = (None,), **kwargs: Any) -> None:
        """Call into the engine, once for each step, until something has gone wrong.

        Every Python exception that escapes into the engine from a function called by it is noted.
        """
        engine = inspect.currentframe()  # what the engine calls is called from here

        def unwound(code: types.CodeType, error: BaseException) -> None:
            raiser = outer(inspect.currentframe(), 2)  # past this function and the one that the interpreter calls
            if raiser and raiser.f_back is engine and not code.co_name.startswith("__getattr"):
                self.raised(code.co_qualname.replace(".<locals>", ""), error)

        with monitored(unwound, self.called):
            try:
                for _ in steps:
                    function(*args, **kwargs)
                    if self.failure or self.interrupt:
                        break
            except KeyboardInterrupt as error:
                self.interrupt = self.interrupt or error
            except BaseException as error:  # noqa: BLE001 (on_start and modules surface here; the callback was noted)
                self.raised("the engine", error)

    @contextmanager
    def constructing(self) -> Generator[None]:
        """Look at the calls that are made inside; what it raises is the caller's business."""
        with monitored(ignore, self.called):
            yield

    def called(self, call: Call) -> None:
        """Trip when user code is about to do what would make its figures worthless."""
        if any(call.function is kind for kind in (BacktestEngine, BacktestNode)):
            self.trip("the strategy builds an engine of its own: the running one would fall silent")
        wrong = determinism.offence(call.function, call.first, self.seeded)
        if wrong and is_user_code(call.code.co_filename, self.packages) and (use := determinism.use_at(call, *wrong)):
            self.trip(str(use))


def ignore(_code: types.CodeType, _error: BaseException) -> None:
    """What is raised goes on to the caller."""


def outer(frame: types.FrameType | None, levels: int) -> types.FrameType | None:
    """The frame so many calls further out."""
    for _ in range(levels):
        frame = frame.f_back if frame else None
    return frame


def user_line(error: BaseException) -> str:
    """As " (file.py:12)", the innermost line of code that is neither the engine's nor this package's."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if not frame.filename.startswith((HERE, ENGINE)):
            return f" ({Path(frame.filename).name}:{frame.lineno})"
    return ""


def instrument[S: Strategy](kind: type[S], watch: Guard, deliverable: Deliverable) -> type[S]:
    """A subclass of a user's strategy, of the same name, whose every callback is watched."""
    members: dict[str, Any] = {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    members |= watched_callbacks(kind, watch)
    members |= watched_subscriptions(kind, watch, deliverable)
    members |= watched_lifecycle(kind, watch)
    inherited: Any = kind.log  # a descriptor
    members["log"] = property(lambda self: WatchedLog(inherited.__get__(self), watch))
    return type(kind)(kind.__name__, (kind,), members)


def watched_callbacks(kind: type, watch: Guard) -> dict[str, Any]:
    """Every `on_*` that the user wrote, here or in a base or mixin, noting what it raises."""

    def wrap(name: str, function: types.FunctionType) -> Callable[..., Any]:
        def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return function(self, *args, **kwargs)
            except BaseException as error:
                watch.raised(name, error)
                raise

        def inner_of_one(self: Any, argument: Any) -> Any:
            try:
                return function(self, argument)
            except BaseException as its_error:
                watch.raised(name, its_error)
                raise

        if not takes_one(function):
            return functools.wraps(function)(inner)
        names = (*function.__code__.co_varnames[:2], "its_error")  # user code may call it by keyword
        inner_of_one.__code__ = inner_of_one.__code__.replace(co_varnames=names)
        return functools.wraps(function)(inner_of_one)

    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if is_user_class(base):
            functions = {n: f for n, f in vars(base).items() if isinstance(f, types.FunctionType)}
            found |= {n: wrap(n, f) for n, f in functions.items() if n.startswith("on_")}
    return found


def takes_one(function: types.FunctionType) -> bool:
    """Whether a method takes one event and nothing else; passing on *args takes as long as many a callback does."""
    code = function.__code__
    is_open = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
    return (code.co_argcount, code.co_kwonlyargcount) == (2, 0) and not is_open and not function.__defaults__


def watched_subscriptions(kind: type, watch: Guard, deliverable: Deliverable) -> dict[str, Any]:
    """`subscribe_*` that trip where the trial's data can never deliver; `publish_data` noted."""

    def wrap(name: str) -> Callable[..., Any]:
        def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
            if refusal := deliverable.refusal(name, *args, **kwargs):
                watch.trip(refusal)
            if name == "subscribe_data":
                watch.awaited.add(type_name(*args, **kwargs))
            if name == "publish_data":
                watch.published.add(type_name(*args, **kwargs))
            note_market(watch, deliverable, name, *args, **kwargs)
            return getattr(kind, name)(self, *args, **kwargs)

        return inner

    names = [n for n in dir(Strategy) if n.startswith("subscribe_")] + ["publish_data", "unsubscribe_quotes"]
    return {name: wrap(name) for name in names}


MARKET = tuple(method for name in MARKING_KINDS for method in DATA_KINDS[name].subscribe)


def note_market(watch: Guard, deliverable: Deliverable, method: str, *args: Any, **kwargs: Any) -> None:
    """Keep what the strategy listens to, for the feed of option chains."""
    if not deliverable.is_chained(method, *args, **kwargs):
        watch.listening.hears_market |= method in MARKET
    elif method == "subscribe_quotes":
        watch.listening.subscribed(str(first(args, kwargs)), watch.now())
    else:
        watch.listening.unsubscribed(str(first(args, kwargs)))


def type_name(data_type: Any, *_args: Any, **_kwargs: Any) -> str:
    return str(data_type.type_name)


LIFECYCLE = {
    "stop": "stopped itself: its figures would cover only a part of the period; to trade no more, stay flat instead",
    "fault": "set itself to FAULTED",
    "degrade": "set itself to DEGRADED",
    "reset": "reset itself",
    "dispose": "disposed of itself",
    "shutdown_system": "shut the system down: its figures would cover only a part of the period",
}


def watched_lifecycle(kind: type, watch: Guard) -> dict[str, Any]:
    """The calls by which a strategy leaves the replay before its end."""

    def wrap(name: str, said: str) -> Callable[..., Any]:
        def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
            watch.note(Reason.GUARD, f"the strategy {said}" + (f" ({args[0]})" if args else ""))
            return getattr(kind, name)(self, *args, **kwargs)

        return inner

    return {name: wrap(name, said) for name, said in LIFECYCLE.items()}


LEVELS = {"trace", "debug", "info", "warning"}


class WatchedLog:
    """The strategy's logger; an ERROR that it logs is the trial's failure, with its text."""

    def __init__(self, log: Any, watch: Guard) -> None:
        self._log, self._watch = log, watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._log, name)
        return partial(self._told, name, found) if self._watch.look.log and name in LEVELS else found

    def _told(self, level: str, log: Callable[..., Any], message: Any, *args: Any, **kwargs: Any) -> None:
        self._tell(level, message)
        log(message, *args, **kwargs)

    def _tell(self, level: str, message: Any) -> None:
        if self._watch.look.log:
            self._watch.look.log(self._watch.now(), level.upper(), str(message))

    def error(self, message: Any, *args: Any, **kwargs: Any) -> None:
        """Log an ERROR, which ends the trial."""
        self._tell("error", message)
        self._watch.note(Reason.STRATEGY, f"the strategy logged an error: {message}")
        self._log.error(str(message), *args, **kwargs)

    def exception(self, message: Any, *args: Any, **kwargs: Any) -> None:
        """Log an exception, which ends the trial."""
        self._tell("error", message)
        self._watch.note(Reason.STRATEGY, f"the strategy logged an error: {message}")
        self._log.exception(str(message), *args, **kwargs)


def never_delivered(watch: Guard, fed: Iterable[str]) -> None:
    """Raise when the strategy waited for custom data that nobody feeds or publishes."""
    if absent := sorted(watch.awaited - watch.published - set(fed)):
        message = f"the strategy subscribed to {', '.join(absent)}, which is not in the trial's data: add it to `data:`"
        raise TrialError(Reason.GUARD, message)
