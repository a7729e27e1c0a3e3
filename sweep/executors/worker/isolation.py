"""Isolation of trials: in a used process they come to what they would come to in a fresh one.

Its user modules are those of the sweep's snapshot, in the state in which an import leaves them; settings of the process
and attributes of libraries are set back after it. What it changed is named in its warnings.
"""

# what modules hold is anything
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownLambdaType=false, reportUnknownParameterType=false

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module

from sweep.backtest.user_code.environment_reads import environment
from sweep.backtest.user_code.file_reads import import_noted, read_at_import
from sweep.backtest.user_code.module_state import Token, clear_caches, differences, state_of
from sweep.backtest.user_code.snapshot_loader import forget, imported_from, is_loaded, strays
from sweep.backtest.user_code.source_snapshot import NO_CODE, SourceSnapshot
from sweep.backtest.user_code.unkeyed_inputs import UNSTABLE, InputLog, changed
from sweep.executors.worker import crash_recorder
from sweep.executors.worker.interpreter_settings import set_modules
from sweep.executors.worker.left_behind import Present, adopting_orphans
from sweep.executors.worker.library_imports import import_anew
from sweep.executors.worker.named_libraries import NamedLibraries
from sweep.executors.worker.process_state import ProcessState

SHOWN = 5  # names in one warning
MOST_OF_LIBRARIES = 2_000  # objects that are looked at: larger libraries cost more than they are likely to hide
KEPT = "kept state in its modules (the next trial starts without it)"
CHANGED = "changed settings of its process (they were set back)"
SPOILT = "changed settings of its process that cannot be set back (its worker runs no other trial; inline they stay)"
UNCOVERED = (
    "ran code that its key does not cover (it runs again when that changes; keys have the files that `import` "
    "statements name, but no archives)"
)
UNKEYED = "read what its key does not cover (it runs again when that changes)"
BEYOND = "asked programs or connections, so nobody can vouch for its figures"
UNSTABLE_INPUT = "read what changed while it ran, so nobody can vouch for its figures"
PROCESSES = "left processes running (they were ended)"
THREADS = "left threads running (its worker runs no other trial; inline they go on)"
TRACES = (KEPT, CHANGED, SPOILT, UNCOVERED, UNKEYED, BEYOND, UNSTABLE_INPUT, PROCESSES, THREADS)


@dataclass
class Loaded:
    """The user modules that are loaded in this process, as their import left them."""

    digest: str = ""
    modules: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()  # modules that the user's import, anywhere in their code
    state: dict[str, Token] | None = None  # None: to be imported anew
    helpers: frozenset[str] = frozenset()  # modules of libraries that the user's brought
    helpers_state: Mapping[str, Token] = field(default_factory=dict[str, Token])  # empty where it cannot be seen
    undo: ProcessState | None = None  # what their import changed of the process is set back before the next one
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])  # that they read, and no key covers
    uncovered: tuple[str, ...] = ()  # files of code that they loaded, and no key covers
    beyond: tuple[str, ...] = ()

    def is_ready(self, code: SourceSnapshot) -> bool:
        """Return whether a trial of this code can begin with what is loaded."""
        is_same = self.state is not None and self.digest == code.digest
        return is_same and self.modules <= sys.modules.keys() and is_loaded(code) and not changed(self.inputs)

    def load(self, code: SourceSnapshot) -> None:
        """Import the modules anew."""
        for ours in ("sweep.backtest.engine.backtest_run", "sweep.backtest.shared.shared_run"):
            import_module(ours)  # what the engine's libraries set is no user module's doing
        from sweep.catalog.custom_types import registering

        if self.undo:
            self.undo.restore()
        before, log = ProcessState.now(), InputLog(code)
        forget(strays(code))
        with registering(), log.listening(), import_noted():
            self.helpers |= import_anew(code, before)
        for read in read_at_import(code.files.values):
            log.read(read.path)
        self.inputs, self.uncovered, self.beyond = log.settled(), tuple(log.modules), tuple(log.beyond)
        self.digest, self.undo = code.digest, before.changed()
        self.modules = frozenset(name for name in code.modules if name in sys.modules)
        self.libraries = frozenset(name for name in code.imported if name not in code.modules)
        self.state, self.helpers_state = state_of(self.modules), self._helpers_now()

    def compare(self, code: SourceSnapshot) -> list[str]:
        """The variables that a trial changed; the modules are imported anew where there are any, or none can be seen.

        Modules that were only imported during the trial are, too.
        """
        forget(name for name in code.modules if name not in self.modules)
        clear_caches(self.modules)
        if self.state is None:
            return []
        now = state_of(self.modules)
        variables = differences(self.state, now) if now is not None else []
        if self.helpers_state and (of_helpers := differences(self.helpers_state, self._helpers_now())):
            forget(self.helpers)
            variables += of_helpers
        self.state = None if now is None or variables else now
        return variables

    def _helpers_now(self) -> Mapping[str, Token]:
        return state_of(self.helpers, MOST_OF_LIBRARIES) or {}


loaded = Loaded()


@contextmanager
def examined(code: SourceSnapshot) -> Generator[None]:
    """Inside, what is checked of user code is what will run: the modules of the snapshot, imported anew."""
    with imported_from(code), environment(code.environment):
        if code.modules:
            loaded.load(code)
        try:
            yield
        finally:
            loaded.state = None  # whatever was built of them may have changed them


@dataclass
class Traces:
    """Traces that a trial left behind in its process; filled in when it has ended."""

    state: list[str] = field(default_factory=list[str])  # variables of user modules
    settings: list[str] = field(default_factory=list[str])  # settings of the process, attributes of libraries
    stuck: list[str] = field(default_factory=list[str])  # settings that could not be set back, as a lowered hard limit
    uncovered: list[str] = field(default_factory=list[str])  # files of code that is not part of its key
    beyond: list[str] = field(default_factory=list[str])  # programs and connections
    inputs: dict[str, str] = field(default_factory=dict[str, str])  # that no key covers, with their hashes
    processes: list[str] = field(default_factory=list[str])  # names of programs
    threads: list[str] = field(default_factory=list[str])  # names

    @property
    def read(self) -> list[str]:
        """Inputs that are no code."""
        return [name for name, noted in self.inputs.items() if noted != UNSTABLE and name not in self.uncovered]

    @property
    def unstable(self) -> list[str]:
        """Inputs that changed while they were read."""
        return [name for name, noted in self.inputs.items() if noted == UNSTABLE]

    @property
    def warnings(self) -> list[str]:
        """As sentences."""
        sections = (
            (self.state, KEPT), (self.settings, CHANGED), (self.stuck, SPOILT), (self.uncovered, UNCOVERED),
            (self.read, UNKEYED), (self.beyond, BEYOND), (self.unstable, UNSTABLE_INPUT),
            (self.processes, PROCESSES), (self.threads, THREADS),
        )  # fmt: skip
        return [f"{sentence}: {_listed(names)}" for names, sentence in sections if names]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


@contextmanager
def isolated(code: SourceSnapshot = NO_CODE) -> Generator[Traces]:
    """Inside, one trial, or one pack of them, runs as in a fresh process with this user code."""
    traces = Traces()
    with imported_from(code), adopting_orphans(), environment(code.environment):
        if code.modules and not loaded.is_ready(code):
            loaded.load(code)
        present = Present.now()
        before, held, modules, log = (
            ProcessState.now(),
            NamedLibraries.now(code, loaded.modules, loaded.libraries),
            dict(sys.modules),
            InputLog(code),
        )
        try:
            with log.listening():
                yield traces
        finally:
            changed_settings = before.restore()  # first: under the limits and handlers of a trial little works
            traces.processes, traces.threads = present.end_processes(), present.threads_left()
            traces.stuck = before.restore() if changed_settings or traces.processes else []
            crash_recorder.worker.has_leaked_threads |= bool(traces.threads)
            crash_recorder.worker.is_spoilt |= bool(traces.stuck)
            theirs = strays(code)
            own = [name for name in changed_settings if name not in traces.stuck]
            traces.settings = [*own, *held.restore(), *set_modules(modules, code.modules.keys() | theirs)]
            forget(theirs - modules.keys())  # the next trial imports them again
            traces.uncovered = [*dict.fromkeys((*loaded.uncovered, *log.modules))]
            traces.beyond = [*dict.fromkeys((*loaded.beyond, *log.beyond))]
            traces.inputs = {**loaded.inputs, **log.settled()}
            traces.state = loaded.compare(code) if code.modules else []
