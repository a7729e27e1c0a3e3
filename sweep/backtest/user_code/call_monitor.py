"""Monitor of calls and exceptions in Python code while the engine runs (`sys.monitoring`)."""

import sys
import threading
from collections.abc import Callable, Collection
from types import CodeType
from typing import Any, NamedTuple

from sweep.backtest.user_code.source_hashes import OWN_FILES, OWN_USER_FILES
from sweep.errors import Reason, TrialError

OWN_TOOL = "sweep-guard"
TOOL_IDS = (4, 3, 5, 2, 1, 0)  # the first ones have no meaning of their own (PEP 669)


class Call(NamedTuple):
    """A call that is about to be made; `first` is its first argument, `sys.monitoring.MISSING` without one."""

    code: CodeType  # of the caller
    offset: int
    function: object
    first: object


class EarlierThreads:
    """Threads that ran before a trial, such as those of a notebook: what they do is not the trial's.

    A thread that begins later is taken for one of the trial's own, whoever began it.
    """

    def __init__(self) -> None:
        self._threads = {t.ident: t for t in threading.enumerate() if t is not threading.current_thread()}

    def run_this(self) -> bool:
        """Return True if the caller's thread is one of them: identifiers of threads that ended are given away again."""
        thread = self._threads.get(threading.get_ident())
        return thread is not None and thread.is_alive()


class Monitor:
    """Report each exception that leaves a Python function, and the first call at each place in the code.

    Calls at a place are reported as long as `called` returns True for them; calls in threads that ran before are not.
    Also report to `started` the first run of each of some functions, and of those that `watch` is handed later. Calls
    by this package's own code, which surrounds a user's, are not reported. It stays on from `begin` to `end`, since to
    switch it costs as much as a short window of a market; while it is not `is_active` it reports no call.
    """

    def __init__(
        self,
        unwound: Callable[[CodeType, BaseException], None],
        called: Callable[[Call], bool],
        started: Callable[[CodeType], None] = lambda _code: None,
        earlier: EarlierThreads | None = None,
    ) -> None:
        self._unwound, self._called, self._started = unwound, called, started
        self._earlier = earlier or EarlierThreads()
        self.is_active = True
        self._codes: list[CodeType] = []
        self._tool = -1

    def begin(self, functions: Collection[CodeType] = ()) -> None:
        """Switch it on: places that an earlier trial has called are called first again."""
        monitoring, events = sys.monitoring, sys.monitoring.events
        self._tool = free_tool()
        monitoring.register_callback(self._tool, events.PY_START, self._on_start)
        monitoring.register_callback(self._tool, events.PY_UNWIND, self._on_unwind)
        monitoring.register_callback(self._tool, events.CALL, self._on_call)
        for code in functions:
            self.watch(code)
        monitoring.restart_events()
        monitoring.set_events(self._tool, events.PY_UNWIND | events.CALL)

    def watch(self, code: CodeType) -> None:
        """Report the start of a function from now on."""
        self._codes.append(code)
        sys.monitoring.set_local_events(self._tool, code, sys.monitoring.events.PY_START)

    def end(self) -> None:
        """Switch it off."""
        monitoring, events = sys.monitoring, sys.monitoring.events
        monitoring.set_events(self._tool, 0)
        for code in self._codes:
            monitoring.set_local_events(self._tool, code, 0)
        for event in (events.PY_START, events.PY_UNWIND, events.CALL):
            monitoring.register_callback(self._tool, event, None)
        monitoring.free_tool_id(self._tool)

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, *_: object) -> None:
        self.end()

    def _on_unwind(self, code: CodeType, _offset: int, error: BaseException) -> Any:
        self._unwound(code, error)

    def _on_call(self, code: CodeType, offset: int, function: object, first: object) -> Any:
        file = code.co_filename
        if file.startswith(OWN_FILES) and not file.startswith(OWN_USER_FILES):
            return sys.monitoring.DISABLE
        if not self.is_active or self._earlier.run_this():
            return None
        matters = self._called(Call(code, offset, function, first))
        return None if matters else sys.monitoring.DISABLE

    def _on_start(self, code: CodeType, _offset: int) -> Any:
        self._started(code)
        return sys.monitoring.DISABLE


def restart() -> None:
    """Have places that were called before be called first again."""
    sys.monitoring.restart_events()


def free_tool() -> int:
    """An id that no debugger, profiler or coverage tool holds."""
    for tool in TOOL_IDS:
        if sys.monitoring.get_tool(tool) is None:
            sys.monitoring.use_tool_id(tool, OWN_TOOL)
            return tool
    raise TrialError(Reason.GUARD, "no free sys.monitoring tool id: exceptions in models could go unseen")
