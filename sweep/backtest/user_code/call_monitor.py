"""Monitor of calls and exceptions in Python code while the engine runs (`sys.monitoring`)."""

import sys
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from types import CodeType
from typing import Any, NamedTuple

from sweep.errors import Reason, TrialError

TOOL_IDS = (4, 3, 5, 2, 1, 0)  # the first ones have no meaning of their own (PEP 669)


class Call(NamedTuple):
    """A call that is about to be made; `first` is its first argument, `sys.monitoring.MISSING` without one."""

    code: CodeType  # of the caller
    offset: int
    function: object
    first: object


@contextmanager
def monitored(
    unwound: Callable[[CodeType, BaseException], None],
    called: Callable[[Call], None],
    started: Callable[[CodeType], None] = lambda _code: None,
    functions: Collection[CodeType] = (),
) -> Generator[Callable[[CodeType], None]]:
    """Report each exception that leaves a Python function, and the first call at each place in the code.

    Also report to `started` the first run of each of some functions, and of those that are handed to what it gives.
    """
    monitoring, events, tool = sys.monitoring, sys.monitoring.events, free_tool()

    def on_unwind(code: CodeType, _offset: int, error: BaseException) -> Any:
        unwound(code, error)

    def on_call(code: CodeType, offset: int, function: object, first: object) -> Any:
        called(Call(code, offset, function, first))
        return monitoring.DISABLE

    def on_start(code: CodeType, _offset: int) -> Any:
        started(code)
        return monitoring.DISABLE

    monitoring.register_callback(tool, events.PY_START, on_start)
    monitoring.register_callback(tool, events.PY_UNWIND, on_unwind)
    monitoring.register_callback(tool, events.CALL, on_call)
    monitoring.set_events(tool, events.PY_UNWIND | events.CALL)
    watch = Watch(tool)
    for code in functions:
        watch(code)
    monitoring.restart_events()  # places that an earlier trial has called are called first again
    try:
        yield watch
    finally:
        monitoring.set_events(tool, 0)
        watch.end()
        for event in (events.PY_START, events.PY_UNWIND, events.CALL):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)


class Watch:
    """Functions whose start is reported by a monitoring tool."""

    def __init__(self, tool: int) -> None:
        self._tool = tool
        self._codes: list[CodeType] = []

    def __call__(self, code: CodeType) -> None:
        """Report the start of a function from now on."""
        self._codes.append(code)
        sys.monitoring.set_local_events(self._tool, code, sys.monitoring.events.PY_START)

    def end(self) -> None:
        """Report none any more."""
        for code in self._codes:
            sys.monitoring.set_local_events(self._tool, code, 0)


def free_tool() -> int:
    """An id that no debugger, profiler or coverage tool holds."""
    for tool in TOOL_IDS:
        if sys.monitoring.get_tool(tool) is None:
            sys.monitoring.use_tool_id(tool, "sweep-guard")
            return tool
    raise TrialError(Reason.GUARD, "no free sys.monitoring tool id: exceptions in models could go unseen")
