"""Guard against mistakes with which the engine silently continues: docs/guards.md lists each.

The engine logs an exception in a callback and trades on. Three nets catch what it swallows: every user callback is
wrapped; `sys.monitoring` sees exceptions that escape from Python into the engine anywhere else (timers, lambdas,
models); and the engine is told to stop at the first ERROR it logs, which its count of events then shows.
"""

import inspect
import traceback
import types
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import current_thread, get_ident
from typing import Any, NoReturn

import nautilus_trader
from nautilus_trader.backtest import BacktestEngine, BacktestNode

from sweep.backtest.data.subscriptions import Listening, Refusal
from sweep.backtest.engine.silent_callbacks import Callback, silent_callbacks
from sweep.backtest.records import NOTHING, Hooks
from sweep.backtest.user_code import determinism, unkeyed_inputs
from sweep.backtest.user_code.call_monitor import Call, EarlierThreads, Monitor
from sweep.backtest.user_code.file_reads import FileRead, ReadsNoted, native_reads
from sweep.backtest.user_code.source_checks.hidden_attributes import hidden_by
from sweep.backtest.user_code.source_hashes import is_user_code
from sweep.common.units import moment_of
from sweep.errors import Reason, TrialError, described
from sweep.spec.sections import CodeRules

HERE = str(Path(__file__).parents[1])
ENGINE = str(Path(nautilus_trader.__file__).parent)


BOOK_READS = {f"nautilus_trader.common.Cache.{n}" for n in ("order_book", "has_order_book", "book_update_count")}


def ignore(_code: types.CodeType, _error: BaseException | None = None) -> None:
    """Leave an exception to the caller, or code unwatched."""


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
    missing: dict[str, str] = field(default_factory=dict[str, str])  # data that may be missing and is: its subscription
    empty_requests: dict[str, str] = field(default_factory=dict[str, str])  # for history that the catalog lacks
    unmanaged_book: str = ""  # the first subscription to a book that the cache does not hold
    has_managed_book: bool = False
    book_read: str = ""  # the first place that asks the cache for a book
    code: CodeRules = field(default_factory=CodeRules)
    logged: list[str] = field(default_factory=list[str])  # errors that the strategy logged and the spec allows
    catalog: str = ""  # no user code may read below it
    reads: dict[str, list[str]] = field(default_factory=dict[str, list[str]])  # line of user code → files it opened
    callbacks: dict[types.CodeType, Callback] = field(default_factory=dict[types.CodeType, Callback])  # of user code
    called_back: set[Callback] = field(default_factory=set[Callback])  # those that ran
    look: Hooks = NOTHING
    watch: Callable[[types.CodeType], None] = ignore  # takes callbacks that are defined while the engine runs
    earlier: EarlierThreads = field(default_factory=EarlierThreads)
    thread: int = field(default_factory=get_ident)  # which alone may ask the engine for its time
    _monitor: Monitor | None = None
    _engine: types.FrameType | None = None  # that calls into the engine now

    def listen(self, callbacks: Mapping[types.CodeType, Callback]) -> None:
        """Note when these callbacks run."""
        new = callbacks.keys() - self.callbacks.keys()
        self.callbacks |= callbacks
        for code in new:
            self.watch(code)

    def raised(self, where: str, error: BaseException) -> None:
        """Note an exception that left user code; only the first counts."""
        if isinstance(error, KeyboardInterrupt):
            self.interrupt = self.interrupt or error
        elif self.failure is None and isinstance(error, TrialError):  # of this package, which the engine would swallow
            self.failure = error
        elif self.failure is None and not isinstance(error, GuardTripped):
            message = f"{where} raised {described(error)} at {self.moment()}{user_line(error)}"
            self.failure = TrialError(Reason.STRATEGY, message, "".join(traceback.format_exception(error)))
            if self.look.failed:
                self.look.failed(error)

    def note(self, reason: Reason, message: str) -> None:
        """Note a guard that tripped; only the first counts."""
        if self.failure is None:
            stack = "".join(traceback.format_stack()[:-1])
            place = self.place()
            at = self.moment() + (f", {place}" if place and not message.startswith(place) else "")
            self.failure = TrialError(reason, f"{message} (at {at})", stack)

    def trip(self, message: str) -> NoReturn:
        """Note a guard that tripped and leave the user's code."""
        self.note(Reason.GUARD, message)
        raise GuardTripped(message)

    def lack(self, refusal: Refusal, *, is_allowed: bool) -> None:
        """Trip because of data that is missing, unless the spec allows it."""
        if not is_allowed:
            allow = f"data_missing: {{allow: ['{refusal.missing}']}}"
            self.trip(f"{refusal.message}; or allow it in the spec: {allow}")
        self.missing[refusal.missing] = refusal.message.partition("(")[0].partition(":")[0]

    def moment(self) -> str:
        """The event time as ISO 8601, or "the start" before the first event; in another thread, that thread."""
        if get_ident() != self.thread:
            return f"any moment, in the thread {current_thread().name}"
        return moment_of(now) if (now := self.now()) else "the start"

    def place(self) -> str:
        """The innermost line of user code that is running, as "strategy.py:12"; "" for none."""
        for frame, line in traceback.walk_stack(inspect.currentframe()):
            if is_user_code(frame.f_code.co_filename, self.packages):
                return f"{Path(frame.f_code.co_filename).name}:{line}"
        return ""

    def settle(self) -> None:
        """Raise what was noted, if anything was."""
        if self.interrupt:
            raise self.interrupt
        if self.failure:
            raise self.failure

    def warnings(self) -> list[str]:
        """Sentences about what the spec allows and happened."""
        logged = [f"errors logged by the strategy: {len(self.logged)}, the first: {text}" for text in self.logged[:1]]
        book = f"{self.book_read} asks the cache for an order book, which is never there: the trial subscribes to none"
        books = [book] if self.book_read and not (self.unmanaged_book or self.has_managed_book) else []
        return [*logged, *map(own_files, self.reads.items()), *self.empty_requests.values(), *books] + [
            f"{missing} is not in the trial's data, and data_missing allows it ({method})"
            for missing, method in sorted(self.missing.items())
        ]

    def call(
        self, function: Callable[..., Any], *args: Any, steps: Iterable[object] = (None,), is_last: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        """Call into the engine, once for each step, until something has gone wrong.

        Every Python exception that escapes into the engine from a function called by it is noted. The monitor of calls
        stays on for the next one, unless this is the last.
        """
        self._engine = inspect.currentframe()  # what the engine calls is called from here
        monitor = self._begun()
        try:
            with ReadsNoted(self.opened, self.packages, self.earlier):
                for _ in steps:
                    function(*args, **kwargs)
                    if self.failure or self.interrupt:
                        break
        except KeyboardInterrupt as error:
            self.interrupt = self.interrupt or error
        except BaseException as error:  # noqa: BLE001 (on_start and modules surface here; the callback was noted)
            self.raised("the engine", error)
        finally:
            monitor.is_active, self._engine = False, None
            if is_last:
                self.rest()

    def _begun(self) -> Monitor:
        """The monitor of calls, which is switched on where it is not."""
        if self._monitor is None:
            self._monitor = Monitor(self._unwound, self.called, self.started, self.earlier)
            self._monitor.begin(self.callbacks)
            self.watch = self._monitor.watch
        self._monitor.is_active = True
        return self._monitor

    def rest(self) -> None:
        """Watch no calls until the next one into the engine."""
        if self._monitor:
            self._monitor.end()
        self._monitor, self.watch = None, ignore

    def _unwound(self, code: types.CodeType, error: BaseException) -> None:
        if self._engine is None:
            return
        raiser = outer(inspect.currentframe(), 2)  # past this function and the one that the interpreter calls
        if raiser and raiser.f_back is self._engine and not code.co_name.startswith("__getattr"):
            self.raised(code.co_qualname.replace(".<locals>", ""), error)

    @contextmanager
    def constructing(self) -> Generator[None]:
        """Look at the calls that are made inside; what it raises is the caller's business."""
        reads = ReadsNoted(self.opened, self.packages, self.earlier)
        with reads, Monitor(ignore, self.called, earlier=self.earlier):
            yield

    def silent(self) -> list[str]:
        """Sentences about callbacks that user code defines and that never ran."""
        return silent_callbacks(self.callbacks, self.called_back)

    def started(self, code: types.CodeType) -> None:
        """Note that a callback of user code runs."""
        self.called_back.add(self.callbacks[code])

    def opened(self, read: FileRead) -> None:
        """Keep a file that user code reads; trip where it is one of the catalog."""
        if self.catalog and read.is_below(self.catalog):
            path = f"{read.place} reads {read.path}, a file of the catalog, where it could see the future"
            self.trip(f"{path}: list what it needs under `data:`, or request it (`request_bars` …)")
        unkeyed_inputs.note(read.path)
        paths = self.reads.setdefault(read.place, [])
        if read.path not in paths:
            paths.append(read.path)

    def called(self, call: Call) -> bool:
        """Trip when user code is about to do what would make its figures worthless; True where each call matters."""
        if any(call.function is kind for kind in (BacktestEngine, BacktestNode)):
            self.trip("the strategy builds an engine of its own: the running one would fall silent")
        if not self.book_read and determinism.full_name(call.function) in BOOK_READS:
            self.book_read = self.place()
        if isinstance(reads := native_reads(call, self.packages), str):
            unkeyed_inputs.note_beyond(f"what {reads} reads")
        else:
            for read in reads:
                self.opened(read)
        wrong = determinism.offence(call.function, call.first, self.seeded)
        if (
            wrong
            and is_user_code(call.code.co_filename, self.packages)
            and (use := determinism.use_at(call, *wrong, accept=self.code.accept))
        ):
            self.trip(str(use))
        return bool(reads)


def require_nothing_hidden(component: Any, noun: str = "the strategy") -> None:
    """Raise when a component has set an attribute that hides one of the engine's."""
    if names := hidden_by(component):
        message = f"{noun}'s own {', '.join(f'self.{n}' for n in names)} hides the engine's: give it another name"
        raise TrialError(Reason.GUARD, message)


def own_files(reads: tuple[str, list[str]]) -> str:
    """A sentence about the files that a line of user code reads."""
    place, paths = reads
    more = f" and {len(paths) - 1} more" if paths[1:] else ""
    return f"{place} reads {paths[0]}{more}: no part of the trial's key, and it may hold what was not known at the time"


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
