"""Inputs of user code that no key covers: files that it reads, code that it loads by computed names, variables.

Each is noted with a hash of its content when it is read. A result with such inputs counts as long as they stay as they
were; see `Ledger.forget_inputs`.
"""

import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from inspect import currentframe
from pathlib import Path
from threading import get_ident
from types import CodeType, FrameType
from typing import Any

from sweep.backtest.user_code.call_monitor import EarlierThreads
from sweep.backtest.user_code.file_reads import read_path, reader
from sweep.backtest.user_code.source_hashes import is_user_code
from sweep.backtest.user_code.source_snapshot import NO_CODE, SourceSnapshot
from sweep.common.files.file_hash import content_hash
from sweep.common.files.file_state import state_of

Environment: Any = type(os.environ)
ABSENT = "absent"
UNSTABLE = ""  # hash of what changed while it was read: equal to nothing
VARIABLE = "os.environ["  # begins the name of a variable
PROGRAMS = {"subprocess.Popen": "the program", "os.system": "the program", "os.posix_spawn": "the program",
            "os.exec": "the program", "socket.connect": "a connection to"}  # fmt: skip
LISTS = {"os.listdir", "os.scandir"}
OWN_READS = ("linecache.py", "tokenize.py", "inspect.py")  # of sources, for a traceback

COMPILED = (".so", ".pyd")

_compiled: dict[str, str] = {}  # file of compiled code → hash when this process first loaded it, which it keeps
_hashes: dict[str, tuple[tuple[int, ...], str]] = {}  # of this process: path → state of the file, hash
_logs: list["InputLog"] = []  # the innermost last; another thread may look while one is added or taken


class InputLog:
    """Inputs that user code reads while the log is the innermost one."""

    def __init__(self, code: SourceSnapshot = NO_CODE) -> None:
        self.inputs: dict[str, str] = {}  # name → hash
        self.modules: list[str] = []  # those of them that are files of code which ran
        self.beyond: list[str] = []  # programs and connections, whose answers nobody can compare
        self.packages, self._variables = code.packages, code.environment
        self._covered = {module.path for module in code.modules.values()}
        self._here = f"{Path.cwd()}/"
        self._paths, self._written = dict[str, str](), set[str]()
        self._busy = set[int]()  # threads in which it reads for itself
        self.earlier = EarlierThreads()

    @contextmanager
    def listening(self) -> Generator[None]:
        """Note what user code reads inside."""
        _install()
        _logs.append(self)
        views: tuple[Any, ...] = (os.environ, os.environb)
        kinds = [view.__class__ for view in views]
        for view in views:
            view.__class__ = _Variables
        try:
            yield
        finally:
            for view, kind in zip(views, kinds, strict=True):
                view.__class__ = kind
            _logs.remove(self)

    def settled(self) -> dict[str, str]:
        """The inputs; UNSTABLE is the hash of those that changed meanwhile, or that the code read and then wrote."""
        now = {name: current(self._paths.get(name, name)) for name in self.inputs}
        unstable = self._written | {name for name, noted in self.inputs.items() if now[name] != noted}
        return {name: UNSTABLE if name in unstable else noted for name, noted in self.inputs.items()}

    def heard(self, event: str, arguments: tuple[Any, ...], frame: FrameType | None) -> None:
        """Note what an audit event in this frame says that user code does."""
        if (thread := get_ident()) in self._busy or self.earlier.run_this():
            return
        self._busy.add(thread)  # reading a file to hash it is an event, too
        try:
            self._hear(event, arguments, frame)
        finally:
            self._busy.remove(thread)

    def _hear(self, event: str, arguments: tuple[Any, ...], frame: FrameType | None) -> None:
        if event == "exec":
            code = arguments[0]
            self.ran(code.co_filename if isinstance(code, CodeType) else "")
        elif event in {"import", "ctypes.dlopen"}:
            self.ran(str(arguments[1 if event == "import" else 0] or ""))
        elif frame is None or frame.f_code.co_filename.endswith(OWN_READS) or not reader(frame, self.packages):
            return
        elif event in PROGRAMS:
            self.reach(f"{PROGRAMS[event]} {_first(arguments[event == 'socket.connect'])}")
        elif event in LISTS:
            self.read(f"{os.path.abspath(os.fsdecode(arguments[0] or '.'))}/")  # noqa: PTH100 (links are not followed)
        elif path := read_path(event, arguments, code=True):
            if path not in self._covered:
                self.read(path)
        elif event == "open" and isinstance(arguments[0], str | bytes):
            self._written.add(self._name(os.path.abspath(os.fsdecode(arguments[0]))))  # noqa: PTH100

    def ran(self, file: str) -> None:
        """Note code that runs, if it is the user's and in no key."""
        is_theirs = file.startswith("/") and file not in self._covered and is_user_code(file, self.packages)
        if is_theirs and (path := _on_disk(Path(file))):
            self.modules.append(self._name(file))
            self.read(str(path))
            if file.endswith(COMPILED) and _compiled.setdefault(file, current(file)) != current(file):
                self.inputs[self._name(file)] = UNSTABLE  # what the process has loaded is the older one

    def read(self, path: str) -> None:
        """Note a file, with its content now; one that is another than when it was read before is UNSTABLE."""
        if (name := self._name(path)) not in self._written:
            now, self._paths[name] = current(path), path
            if self.inputs.setdefault(name, now) != now:
                self.inputs[name] = UNSTABLE

    def _name(self, path: str) -> str:
        """Name of a file: below the working directory it is relative, as on another machine."""
        return path.removeprefix(self._here) if path != self._here else path

    def asked(self, variable: str) -> None:
        """Note a variable of the environment."""
        if variable not in self._variables:
            name = f"{VARIABLE}{variable}]"
            self.inputs.setdefault(name, current(name))

    def reach(self, source: str) -> None:
        """Note a source whose content nobody can compare."""
        if source not in self.beyond:
            self.beyond.append(source)


def _on_disk(file: Path) -> Path | None:
    """The file itself, or the archive (a zip, an egg) that it is in."""
    return next((path for path in (file, *file.parents) if path.is_file()), None)


def note(path: str) -> None:
    """Note a file that user code reads past Python's own `open`."""
    if _logs:
        _logs[-1].read(path)


def note_code(path: str) -> None:
    """Note code that user code imports and that Python runs without a word: compiled, or without its source."""
    if _logs:
        _logs[-1].ran(path)


def note_beyond(source: str) -> None:
    """Note that user code reads what nobody can compare."""
    if _logs:
        _logs[-1].reach(source)


def current(name: str) -> str:
    """The hash of an input as it is now; ABSENT for none."""
    if name.startswith(VARIABLE):
        value = dict(os.environ).get(name[len(VARIABLE) : -1])
        return ABSENT if value is None else sha256(os.fsencode(value)).hexdigest()
    try:
        return _listing(name) if name.endswith("/") else _content(name)
    except FileNotFoundError:
        return ABSENT
    except OSError:
        return UNSTABLE


def changed(inputs: Mapping[str, str]) -> list[str]:
    """The names of those that are not what they were; UNSTABLE ones were nothing that could be compared."""
    return [name for name, noted in inputs.items() if noted != UNSTABLE and current(name) != noted]


def changes(inputs: Mapping[str, str]) -> list[str]:
    """Sentences on inputs that are not as they were when a trial read them."""
    now_other = [f"{name}, which it read and no key covers, is not the same" for name in changed(inputs)]
    return now_other + [f"{name} changed while it ran" for name, noted in inputs.items() if noted == UNSTABLE]


def _content(path: str) -> str:
    status = os.stat(path)  # noqa: PTH116 (for each file of each trial)
    state = state_of(status)
    if path not in _hashes or _hashes[path][0] != state:
        if not Path(path).is_file():
            return UNSTABLE  # a pipe, a device
        _hashes[path] = state, content_hash(Path(path))
    return _hashes[path][1]


def _listing(folder: str) -> str:
    names = sorted(name for name in os.listdir(folder) if not name.startswith((".", "__pycache__")))  # noqa: PTH208
    return sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()


def _first(command: Any) -> str:
    """The program of a command, or the host and port of an address."""
    if isinstance(command, str | bytes):
        return os.fsdecode(command).partition(" ")[0]
    return ":".join(map(str, command))


STANDARD = "<frozen", os.__file__  # files of Python's own that ask for others


class _Variables(Environment):
    """The environment, which tells the log of the variables that user code asks for.

    It may be made a plain one again while another thread asks, so it has no attribute of its own.
    """

    def __getitem__(self, key: Any) -> Any:
        frame = currentframe()
        frame = frame and frame.f_back
        while frame and frame.f_code.co_filename.startswith(STANDARD):
            frame = frame.f_back
        for log in _logs[-1:]:
            if frame and is_user_code(frame.f_code.co_filename, log.packages) and not log.earlier.run_this():
                log.asked(os.fsdecode(key))
        return Environment.__getitem__(self, key)


HEARD = {"open", "sqlite3.connect", "exec", "import", "ctypes.dlopen", *LISTS, *PROGRAMS}


@cache
def _install() -> None:
    """Audit hooks stay for the life of a process: one, once."""

    def audited(event: str, arguments: tuple[Any, ...]) -> None:
        if event in HEARD:
            hook = currentframe()
            for log in _logs[-1:]:
                log.heard(event, arguments, hook and hook.f_back)

    sys.addaudithook(audited)
