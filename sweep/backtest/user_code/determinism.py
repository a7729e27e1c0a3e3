"""Uses that make figures depend on more than data and settings: wall clock, unseeded random numbers, opened catalogs.

One table of names, two nets: `uses` reads the source before anything runs, `offence` looks at a call while it runs. A
line with the comment `# sweep: allow clock` (or `random`, `catalog`) is the author's own business.
"""

import ast
import random
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType

from sweep.backtest.user_code.call_monitor import Call
from sweep.backtest.user_code.source_checks.class_source import ACCEPT, Finding, accepts
from sweep.common.files.file_state import FileState, state_of

ALLOWABLE = ("clock", "random", "catalog")
ALLOWED = re.compile(rf"#\s*sweep:\s*allow\s+({'|'.join(ALLOWABLE)})\b")
MESSAGES = {
    "clock": ("reads the wall clock", "the time of the backtest is self.clock.timestamp_ns() or self.clock.utc_now()"),
    "random": (
        "draws random numbers without a seed",
        "take a seed from the config: random.Random(seed), numpy.random.default_rng(seed)",
    ),
    "records": ("changes the clock or the records from which its figures are made", "leave them to the engine"),
    "catalog": ("opens a data catalog, where it could see the future", "list what it needs under `data:`"),
}
PURGES = [f"purge_{noun}" for noun in ("account_events", "closed_orders", "closed_positions", "instrument", "order",
                                       "position")]  # fmt: skip
FORBIDDEN = {  # however they are called
    **dict.fromkeys(
        [f"time.{name}{unit}" for name in ("time", "monotonic", "perf_counter", "process_time", "thread_time")
         for unit in ("", "_ns")],
        "clock",
    ),
    **dict.fromkeys([f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")], "clock"),
    **dict.fromkeys([f"pandas.Timestamp.{name}" for name in ("now", "utcnow", "today")], "clock"),
    **dict.fromkeys(["datetime.date.today", "nautilus_trader.core.is_within_last_24_hours"], "clock"),
    **dict.fromkeys(["os.urandom", "random.SystemRandom"], "random"),
    **dict.fromkeys([f"secrets.{n}" for n in ("choice", "randbelow", "randbits", "token_hex")], "random"),
    "nautilus_trader.persistence.ParquetDataCatalog": "catalog",
    "nautilus_trader.common.Clock.set_time": "records",
    **dict.fromkeys([f"nautilus_trader.common.Cache.{n}" for n in ("reset", "dispose", *PURGES)], "records"),
}  # fmt: skip
WITHOUT_ARGUMENT = {  # without a first argument, or with None
    **dict.fromkeys([f"time.{name}" for name in ("localtime", "gmtime", "ctime", "asctime")], "clock"),
    **dict.fromkeys(["random.Random"], "random"),
    **dict.fromkeys(
        [f"numpy.random.{name}" for name in ("default_rng", "RandomState", "SeedSequence", "PCG64", "PCG64DXSM",
                                             "MT19937", "Philox", "SFC64")],
        "random",
    ),
}  # fmt: skip
NOW_AS_TEXT = ("pandas.Timestamp", "pandas.to_datetime", "numpy.datetime64")  # with "now" or "today"
SHARED = ("random", "numpy.random")  # modules with a generator of the whole process, seeded by `seed(…)`
NOT_DRAWN = {"seed", "getstate", "setstate", "get_state", "set_state"}
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Use:
    """A use of something forbidden in a source file."""

    file: Path
    line: int
    name: str  # time.time
    kind: str  # of MESSAGES
    shared: str = ""  # the module whose shared generator is drawn from: harmless once that was seeded in the trial

    @property
    def rule(self) -> str:
        return f"{MESSAGES[self.kind][0]} ({self.name})"

    @property
    def remedy(self) -> str:
        if self.kind not in ALLOWABLE:
            return MESSAGES[self.kind][1]
        accept = ACCEPT.format(self.file.name, self.line)
        own = f"write `# sweep: allow {self.kind}` on that line, or in the spec {accept}"
        return f"{MESSAGES[self.kind][1]}; if you know better, {own}"

    @property
    def finding(self) -> Finding:
        """The same as every mistake in a source is shown."""
        return Finding(self.file, self.line, self.rule, self.remedy)

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line} {self.rule}: {self.remedy}"


def kind_of(name: str, first: object) -> str | None:
    """The forbidden kind of a call of `name` with this first argument (`_NOTHING` without), None for a harmless one."""
    if name in FORBIDDEN:
        return FORBIDDEN[name]
    if name in WITHOUT_ARGUMENT and (first is _NOTHING or first is None):
        return WITHOUT_ARGUMENT[name]
    if name in NOW_AS_TEXT and isinstance(first, str) and first in {"now", "today"}:
        return "clock"
    return "random" if shared(name) else None


def shared(name: str) -> str:
    """The module whose shared generator a function draws from, "" for none."""
    module, _, function = name.rpartition(".")
    if module not in SHARED or name in WITHOUT_ARGUMENT or not function[:1].islower() or function in NOT_DRAWN:
        return ""
    return module


def uses(files: Iterable[Path]) -> list[Use]:
    """Every use in these sources, but for those that their line allows."""
    scans = [_scan(file, state_of(file.stat())) for file in files]
    seeded = {module for _, seeds in scans for module in seeds}
    return [use for uses, _ in scans for use in uses if use.shared not in seeded]


@lru_cache(maxsize=4096)
def _scan(file: Path, _state: FileState) -> tuple[tuple[Use, ...], frozenset[str]]:
    """The uses in one file, and which shared generators its functions seed: a seed at import counts once a process."""
    source = file.read_text(encoding="utf-8", errors="replace")
    reader = _Reader(file, source.splitlines())
    reader.visit(ast.parse(source))
    return tuple(reader.uses), frozenset(reader.seeds)


class _Reader(ast.NodeVisitor):
    """Walks a module with the names that it imports."""

    def __init__(self, file: Path, lines: list[str]) -> None:
        self.file, self.lines = file, lines
        self.names: dict[str, str] = {}
        self.uses: list[Use] = []
        self.seeds: set[str] = set()
        self.depth = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self.names[alias.asname or top] = alias.name if alias.asname else top

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if not node.level:
                self.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def visit_If(self, node: ast.If) -> None:
        """Skip code that only a program runs: it is no part of a trial."""
        if ast.unparse(node.test).replace("'", '"') != '__name__ == "__main__"':
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    def visit_Call(self, node: ast.Call) -> None:
        name = self._name(node.func)
        arguments = [*node.args, *(k.value for k in node.keywords)]
        first = (
            _NOTHING
            if not arguments
            else arguments[0].value
            if isinstance(arguments[0], ast.Constant)
            else arguments[0]
        )
        module, _, function = name.rpartition(".")
        if self.depth and function == "seed" and module in SHARED and first not in (_NOTHING, None):
            self.seeds.add(module)
        if name and (kind := kind_of(name, first)):
            self._note(node, name, kind)
            for part in arguments:
                self.visit(part)
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._reference(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._reference(node)

    def _reference(self, node: ast.Attribute | ast.Name) -> None:
        """A function that is handed on is used somewhere, too; a class may be named in an annotation."""
        name = self._name(node)
        if name in FORBIDDEN and FORBIDDEN[name] not in {"catalog", "records"} and isinstance(node.ctx, ast.Load):
            self._note(node, name, FORBIDDEN[name])
        elif not name:
            self.generic_visit(node)

    def _name(self, node: ast.expr) -> str:
        """The full name of `np.random.rand`, as numpy.random.rand; "" for what is not imported."""
        if isinstance(node, ast.Attribute):
            inner = self._name(node.value)
            return f"{inner}.{node.attr}" if inner else ""
        return self.names.get(node.id, "") if isinstance(node, ast.Name) else ""

    def _note(self, node: ast.expr, name: str, kind: str) -> None:
        lines = self.lines[node.lineno - 1 : node.end_lineno or node.lineno]
        if not allows(lines, kind):
            self.uses.append(Use(self.file, node.lineno, name, kind, shared(name)))


def allows(lines: Iterable[str], kind: str) -> bool:
    """Return True if a comment on one of the lines allows this kind of use."""
    return any(kind in ALLOWED.findall(line) for line in lines)


BUILT_IN = {
    "builtin_function_or_method",
    "method",
    "method_descriptor",
    "function",
    "cython_function_or_method",
    "fused_cython_function",
}


def full_name(function: object) -> str:
    """The name under which people import a function or class, "" where it has none that matters here."""
    if not (isinstance(function, type) or type(function).__name__ in BUILT_IN):
        return ""
    owner, name = getattr(function, "__self__", None), str(getattr(function, "__qualname__", ""))
    called = name.rpartition(".")[2]
    if owner is _python_generator:
        return f"random.{called}"
    if type(owner).__name__ == "RandomState":
        shared_state = sys.modules["numpy.random"].random_sample.__self__
        return f"numpy.random.{called}" if owner is shared_state else ""
    if not (owner is None or isinstance(owner, ModuleType)):
        kind = owner if isinstance(owner, type) else type(owner)
        return f"{kind.__module__}.{kind.__qualname__}.{called}"
    holder = getattr(function, "__objclass__", function)  # of a method that is called with its object as an argument
    module = str(getattr(holder, "__module__", None) or "")
    if module.startswith("numpy.random"):
        module = "numpy.random"
    return f"{'os' if module == 'posix' else module}.{name}"


_python_generator = getattr(random.random, "__self__", None)


def offence(function: object, first: object, seeded: set[str]) -> tuple[str, str] | None:
    """(name, kind) of a call that must not be made; a call that seeds a shared generator is noted in `seeded`."""
    name = full_name(function)
    first = _NOTHING if first is sys.monitoring.MISSING else first
    module, _, called = name.rpartition(".")
    if called == "seed" and module in SHARED and first is not _NOTHING and first is not None:
        seeded.add(module)
    kind = kind_of(name, first) if name else None
    return (name, kind) if kind and shared(name) not in seeded else None


def use_at(call: Call, name: str, kind: str, accept: Iterable[str] = ()) -> Use | None:
    """The use as it stands in the source, None where its line or the spec allows it."""
    start, end = next(_lines(call.code, call.offset))
    file = Path(call.code.co_filename)
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    is_allowed = allows(lines[start - 1 : end], kind) or accepts(accept, file, start)
    return None if is_allowed and kind in ALLOWABLE else Use(file, start, name, kind)


def _lines(code: CodeType, offset: int) -> Iterator[tuple[int, int]]:
    for n, (start, end, _, _) in enumerate(code.co_positions()):
        if 2 * n == offset:
            yield start or code.co_firstlineno, end or start or code.co_firstlineno
    yield code.co_firstlineno, code.co_firstlineno
