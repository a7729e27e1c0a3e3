"""Settings of the interpreter and of the standard library beyond those of the process: loggers, tracers, registries."""

# what settings hold is anything
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

import csv
import gc
import logging
import multiprocessing.context
import sys
import threading
import time
import tracemalloc
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

from sweep.backtest.user_code.call_monitor import OWN_TOOL
from sweep.executors.worker.floating_point import FLOATING_POINT
from sweep.executors.worker.library_settings import INSTALLED, Setting

FIXED = ("name", "parent", "manager", "_cache")  # of a logger
LISTS = ("handlers", "filters")
PRISTINE: dict[str, Any] = {"level": 0, "disabled": False, "propagate": True, "handlers": [], "filters": []}
LEVELS = ("_levelToName", "_nameToLevel")
START_METHOD: dict[str, Any] = vars(vars(multiprocessing.context)["_default_context"])
DEFAULTS = ("lastResort", "raiseExceptions", "_loggerClass", "_logRecordFactory")


def _logger(logger: logging.Logger) -> dict[str, Any]:
    fields: dict[str, Any] = {name: value for name, value in vars(logger).items() if name not in FIXED}
    return fields | {name: list(fields[name]) for name in LISTS}


def _loggers() -> dict[str, Any]:
    """State of every logger that is not as it is made, by name."""
    loggers = [(n, x) for n, x in list(logging.root.manager.loggerDict.items()) if isinstance(x, logging.Logger)]
    states = {"root": _logger(logging.root)} | {name: _logger(logger) for name, logger in loggers}
    return {name: state for name, state in states.items() if state != PRISTINE}


def _set_loggers(before: Mapping[str, Any]) -> None:
    """Set them back; but for what a library set up as it was imported meanwhile."""
    now = _loggers()
    for name in now.keys() | before.keys():
        if name in before or not _is_library(name):
            _set_logger(logging.getLogger(name), before.get(name, PRISTINE))


def _set_logger(logger: logging.Logger, state: Mapping[str, Any]) -> None:
    if (now := _logger(logger)) != state:
        fields = vars(logger)
        for name in now.keys() - state.keys():
            del fields[name]
        fields.update({name: value for name, value in state.items() if name not in LISTS})
        logger.handlers[:], logger.filters[:] = state["handlers"], state["filters"]
        logger.setLevel(state["level"])  # it forgets what it has cached, too


def _is_library(name: str) -> bool:
    """True for a module or a logger of an installed package, and for what Cython shares between its modules."""
    file = getattr(sys.modules.get(name.partition(".")[0]), "__file__", None) or ""
    return file.startswith(INSTALLED) or name.startswith(("_cython_", "cython_runtime"))


def _logging() -> dict[str, Any]:
    fields = logging.__dict__
    return {name: fields[name] for name in DEFAULTS} | {name: dict(fields[name]) for name in LEVELS}


def _set_logging(before: Mapping[str, Any]) -> None:
    fields = logging.__dict__
    fields.update({name: before[name] for name in DEFAULTS})
    for name in LEVELS:
        fields[name].clear()
        fields[name].update(before[name])


def set_modules(before: Mapping[str, ModuleType], users: Collection[str]) -> list[str]:
    """Put back what was taken from `sys.modules`, replaced or made by hand, but for the user's modules; the names."""
    now = dict(sys.modules)
    names = [name for name, module in before.items() if now.get(name) is not module and name not in users]
    sys.modules.update({name: before[name] for name in names})
    changes = [
        n
        for n in now.keys() - before.keys() - {*users}
        if getattr(now[n], "__spec__", None) is None and not _is_library(n)
    ]
    for name in changes:
        del sys.modules[name]
    return [f"sys.modules: {', '.join(sorted([*names, *changes]))}"] if names or changes else []


def _time_zone() -> tuple[Any, ...]:
    """The zone that the C library computes with, in both halves of a year; variables of `time` only copy it."""
    return (time.tzname, *(tuple(time.localtime(moment)) for moment in (0, 182 * 86_400)))


def _monitoring_tools() -> dict[str, str]:
    names = ((str(tool), sys.monitoring.get_tool(tool)) for tool in range(6))
    return {tool: name for tool, name in names if name and name != OWN_TOOL}


def _free_monitoring_tools(before: Mapping[str, str]) -> None:
    for tool in map(int, _monitoring_tools().keys() - before.keys()):
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)


def _dialects() -> dict[str, Any]:
    return {name: csv.get_dialect(name) for name in csv.list_dialects()}


def _set_dialects(before: Mapping[str, Any]) -> None:
    for name in _dialects().keys() - before.keys():
        csv.unregister_dialect(name)
    for name, dialect in before.items():
        csv.register_dialect(name, dialect)


def _start_method() -> Any:
    """The context that was chosen by `set_start_method`, which may be chosen once; None before that."""
    return START_METHOD["_actual_context"]


def _set_start_method(context: Any) -> None:
    START_METHOD["_actual_context"] = context


def _set_tracing(on: bool) -> None:
    tracemalloc.start() if on else tracemalloc.stop()


INTERPRETER: tuple[Setting, ...] = (
    *FLOATING_POINT,
    Setting("loggers", _loggers, _set_loggers, keyed=True),
    Setting("logging", _logging, _set_logging, keyed=True),
    Setting("the time zone", _time_zone, lambda _: time.tzset()),
    Setting("sys.monitoring", _monitoring_tools, _free_monitoring_tools, keyed=True),
    Setting("csv.register_dialect", _dialects, _set_dialects, keyed=True),
    Setting("csv.field_size_limit", csv.field_size_limit, csv.field_size_limit),
    Setting("multiprocessing.set_start_method", _start_method, _set_start_method, is_told=False),  # any pool does
    Setting("gc.set_debug", gc.get_debug, gc.set_debug),
    Setting("sys.set_asyncgen_hooks", sys.get_asyncgen_hooks, lambda hooks: sys.set_asyncgen_hooks(*hooks)),
    Setting("sys.set_coroutine_origin_tracking_depth", sys.get_coroutine_origin_tracking_depth,
            sys.set_coroutine_origin_tracking_depth),
    Setting("threading.settrace", threading.gettrace, threading.settrace),
    Setting("threading.setprofile", threading.getprofile, threading.setprofile),
    Setting("tracemalloc", tracemalloc.is_tracing, _set_tracing),
)  # fmt: skip
