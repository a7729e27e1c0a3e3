"""Settings of the whole process, which a trial may change and the next one must not see: read before, set back after.

One table: a line for each setting, with how it is read and how it is set.
"""

# what settings hold is anything
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

import _signal  # its `getsignal` takes a hundredth of the time  # pyright: ignore[reportMissingImports]
import builtins
import codecs
import ctypes
import gc
import locale
import logging
import os
import random
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Any, Self

from sweep.executors.worker.decimal_settings import DECIMAL
from sweep.executors.worker.interpreter_settings import INTERPRETER
from sweep.executors.worker.library_settings import Setting, finders, of_libraries, set_finders

LIMITS = ("NOFILE", "AS", "CPU", "STACK", "DATA", "FSIZE", "CORE", "NPROC")


def _of_module(module: Any, name: str) -> Setting:
    return Setting(f"{module.__name__}.{name}", partial(getattr, module, name), partial(setattr, module, name))


def _list(name: str, module: Any, attribute: str) -> Setting:
    """A list that is changed in place, or replaced."""

    def read() -> Any:
        held = getattr(module, attribute)
        return held, list(held)

    def write(before: Any) -> None:
        held, content = before
        held[:] = content
        setattr(module, attribute, held)

    return Setting(name, read, write)


def _putenv() -> dict[bytes, bytes]:
    """The environment as programs in C see it, without what their own runtimes keep there."""
    entries: list[Any] = [*takewhile(bool, iter(ENVIRON))] if ENVIRON else []
    pairs = (entry.partition(b"=") for entry in entries)
    return {name: value for name, _, value in pairs if not name.startswith(b"__")}


ENVIRON: Any = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")


def _set_putenv(values: Mapping[bytes, bytes]) -> None:
    now = _putenv()
    for name in now.keys() - values.keys():
        os.unsetenv(name)
    for name, value in values.items():
        if now.get(name) != value:
            os.putenv(name, value)
    time.tzset()


def _directory() -> str | None:
    with suppress(OSError):  # it was removed
        return os.getcwd()  # noqa: PTH109 (as text, for a comparison)
    return None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _handlers() -> dict[Any, Any]:
    """Of every signal; only the main thread may set them."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {name: _handler(number) for name, number in SIGNALS}


_handler: Callable[[int], Any] = vars(_signal)["getsignal"]
SIGNALS = [(s.name, int(s)) for s in signal.Signals if s not in {signal.SIGKILL, signal.SIGSTOP}]


def _set_handlers(handlers: Mapping[str, Any]) -> None:
    for name, number in SIGNALS if handlers else ():
        if handlers[name] is not None and _handler(number) != handlers[name]:
            signal.signal(number, handlers[name])


def _set_environment(values: Mapping[str, str]) -> None:
    for name in os.environ.keys() - values.keys():
        del os.environ[name]
    os.environ.update({name: value for name, value in values.items() if os.environ.get(name) != value})
    time.tzset()


def _set_directory(path: str | None) -> None:
    if path is not None:
        os.chdir(path)


def _stop_alarms(before: tuple[bool, ...]) -> None:
    for timer, was_idle in zip(TIMERS, before, strict=True):
        if was_idle:
            signal.setitimer(timer, 0)


def _limits() -> dict[str, Any]:
    return {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in LIMITS}


def _set_limits(limits: Mapping[str, tuple[int, int]]) -> None:
    for name, limit in limits.items():
        with suppress(OSError, ValueError):  # a hard limit cannot be raised again
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), limit)


def _filters(before: Any) -> None:
    held, content = before
    held[:] = content
    warnings.filters = held
    vars(warnings)["_filters_mutated"]()


def _builtins() -> dict[str, Any]:
    return {name: value for name, value in vars(builtins).items() if name != "_"}


def _set_builtins(names: Mapping[str, Any]) -> None:
    for name in vars(builtins).keys() - names.keys() - {"_"}:
        delattr(builtins, name)
    for name, value in names.items():
        if vars(builtins).get(name) is not value:
            setattr(builtins, name, value)


def _sys() -> dict[str, Any]:
    return {name: value for name, value in vars(sys).items() if not name.startswith("last_")}


def _set_sys(names: Mapping[str, Any]) -> None:
    for name in _sys().keys() - names.keys():
        delattr(sys, name)
    for name, value in names.items():
        if vars(sys).get(name) is not value:
            setattr(sys, name, value)


def _held(thing: Any) -> Any:
    """A container, with what it holds."""
    return lambda: (thing, thing.copy())


def _refill(before: Any) -> None:
    held, content = before
    held.clear()
    held.extend(content) if isinstance(held, list) else held.update(content)


def _alarms() -> tuple[bool, ...]:
    return tuple(signal.getitimer(timer) == (0.0, 0.0) for timer in TIMERS)


TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)
CODECS = ("strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace", "namereplace", "surrogateescape")


def _codecs() -> dict[str, Any]:
    return {name: codecs.lookup_error(name) for name in CODECS}


def _set_codecs(handlers: Mapping[str, Any]) -> None:
    for name, handler in handlers.items():
        codecs.register_error(name, handler)


SETTINGS: tuple[Setting, ...] = (
    Setting("signal.setitimer", _alarms, _stop_alarms),  # before its handler, without which an alarm ends the process
    Setting("signal handlers", _handlers, _set_handlers, keyed=True),
    Setting("resource limits", _limits, _set_limits, keyed=True),
    *DECIMAL,
    Setting("locale", lambda: locale.setlocale(locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL)),
    Setting("os.environ", lambda: dict(os.environ), _set_environment, keyed=True),
    Setting("os.putenv", _putenv, _set_putenv, keyed=True),  # what the line above does not show
    Setting("the working directory", _directory, _set_directory),
    Setting("the umask", _umask, os.umask),
    Setting("warnings.filters", lambda: (warnings.filters, list(warnings.filters)), _filters),
    _of_module(warnings, "showwarning"),
    Setting("warnings.onceregistry", _held(vars(warnings)["onceregistry"]), _refill, is_told=False),
    Setting("random", random.getstate, random.setstate),
    _list("sys.path", sys, "path"),
    Setting("sys.meta_path", finders, set_finders),
    _list("sys.path_hooks", sys, "path_hooks"),
    Setting("sys.setrecursionlimit", sys.getrecursionlimit, sys.setrecursionlimit),
    Setting("sys.setswitchinterval", sys.getswitchinterval, sys.setswitchinterval),
    Setting("sys.set_int_max_str_digits", sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    *(_of_module(sys, name) for name in ("stdin", "stdout", "stderr", "excepthook", "displayhook", "breakpointhook")),
    Setting("threading.stack_size", threading.stack_size, threading.stack_size),
    _of_module(threading, "excepthook"),
    Setting("attributes of the thread", lambda: dict(vars(threading.current_thread())),
            lambda names: _set_fields(threading.current_thread(), names), keyed=True),
    Setting("gc", lambda: (gc.isenabled(), gc.get_threshold()), lambda v: _set_collector(*v)),
    Setting("signal.pthread_sigmask", lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()),
            partial(signal.pthread_sigmask, signal.SIG_SETMASK)),
    Setting("sys.setprofile", sys.getprofile, sys.setprofile),
    Setting("sys.settrace", sys.gettrace, sys.settrace),
    Setting("sys.setdlopenflags", sys.getdlopenflags, sys.setdlopenflags),
    Setting("gc.callbacks", _held(gc.callbacks), _refill),
    Setting("codecs.register_error", _codecs, _set_codecs, keyed=True),
    Setting("os.nice", lambda: os.getpriority(os.PRIO_PROCESS, 0), partial(os.setpriority, os.PRIO_PROCESS, 0)),
    Setting("socket.setdefaulttimeout", socket.getdefaulttimeout, socket.setdefaulttimeout),
    Setting("the CPUs of the process", lambda: os.sched_getaffinity(0), partial(os.sched_setaffinity, 0)),
    *INTERPRETER,
    Setting("logging.disable", lambda: logging.root.manager.disable, logging.disable),
    _of_module(tempfile, "tempdir"),
    Setting("builtins", _builtins, _set_builtins, keyed=True),
    Setting("attributes of sys", _sys, _set_sys, keyed=True),
)  # fmt: skip


def _set_fields(thing: Any, names: Mapping[str, Any]) -> None:
    fields: dict[str, Any] = vars(thing)
    for name in fields.keys() - names.keys():
        del fields[name]
    fields.update(names)


def _set_collector(enabled: bool, threshold: tuple[int, int, int]) -> None:
    (gc.enable if enabled else gc.disable)()
    gc.set_threshold(*threshold)


LAZY = {"warnings.filters", "os.putenv"}  # what libraries also change as they are imported, which is no trial's doing


@dataclass(frozen=True, slots=True)
class ProcessState:
    """All settings as they were at one moment."""

    values: Mapping[Setting, Any]
    modules: int  # how many were loaded

    @classmethod
    def now(cls) -> Self:
        """As they are."""
        return cls({setting: setting.read() for setting in (*SETTINGS, *of_libraries())}, len(sys.modules))

    def changed(self) -> Self:
        """The part of it that is not so any more."""
        then = {setting: value for setting, value in self.values.items() if not _is_same(value, setting.read())}
        return type(self)(then, self.modules)

    def restore(self) -> list[str]:
        """Set back what is not as it was; its names, in the order of the table."""
        changed: list[str] = []
        for setting, before in self.values.items():
            now = setting.read()
            if _is_same(before, now):
                continue
            with suppress(OSError, ValueError, TypeError, RuntimeError):  # what cannot be set back is said all the same
                setting.write(before)
            if setting.is_told and (setting.name not in LAZY or len(sys.modules) == self.modules):
                changed += _names(setting, before, now)
        return changed


def _is_same(before: Any, now: Any) -> bool:
    if isinstance(before, dict) and "known" in before:
        return bool(before["known"] == now["known"])
    try:
        return bool(before == now)
    except Exception:  # noqa: BLE001 (what a trial has put there compares as it likes)
        return False


def _names(setting: Setting, before: Any, now: Any) -> list[str]:
    if not setting.keyed:
        return [setting.name]
    keys = sorted(k for k in {*before, *now} if not _is_same(before.get(k, setting), now.get(k, setting)))
    names = (os.fsdecode(key) if isinstance(key, bytes) else str(key) for key in keys)
    return [f"{setting.name}: {', '.join(names)}"]
