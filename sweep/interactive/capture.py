"""Classes and functions of a notebook or a script as a module: their source, never the objects.

The module is named by the hash of its text. It contains the definitions that were asked for, everything that these
refer to, the imports, and plain values as they are now. What cannot be captured is refused with the reason.
"""

import ast
import importlib
import logging
import re
import sys
import tempfile
import typing
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from sweep.backtest.user_code.source_snapshot import CAPTURED
from sweep.common.files.atomic_file import atomic_write
from sweep.common.json_values import texts
from sweep.errors import Problem
from sweep.interactive.cells import MAIN, Definition, definitions
from sweep.interactive.same_code import difference
from sweep.ledger.run_directory import Folder

REMEDY = "write it into a .py file and import it"
PURE = (logging.Logger, typing.TypeVar, typing.NewType, re.Pattern)  # made again by their statement
HEAD = '"""Code of a notebook or a script, captured for the trials that use it."""\n'


class CapturedPath(str):
    """The name of a captured class or function; its module is own_name when all of them are."""

    __slots__ = ()


class CaptureError(Exception):
    """Code that cannot be captured: the reason, and a remedy."""

    def __init__(self, reason: str, remedy: str = REMEDY, *, used_by: str = "") -> None:
        self.reason, self.remedy, self.used_by = reason, remedy, used_by
        super().__init__(reason)


class Capture:
    """Collects classes and functions, and writes them as one module."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[Any, str]] = {}  # by name, with the place in the spec

    def path(self, value: Any, where: str, problems: list[Problem]) -> str | None:
        """The import path of a class or function; None, and a problem, where it has none."""
        module, name = value.__module__, value.__qualname__
        if "<" in name:  # <locals>, <lambda>
            kind = "a lambda" if "<lambda>" in name else "defined inside a function"
            rule = f"cannot be captured: {value.__name__} is {kind}, and may depend on its variables"
            problems.append(Problem(where, rule, None, "define it with a name at the top level of a cell or module"))
            return None
        if module != MAIN:
            return f"{module}:{name}"
        self.objects[name] = (value, where)
        return CapturedPath(name)

    def module(self, problems: list[Problem]) -> str:
        """Name of the module with the collected code, which can be imported from now on."""
        writer, count = _Writer(), len(problems)
        for name, (value, where) in self.objects.items():
            try:
                writer.add(name, value)
            except CaptureError as error:
                problems.append(Problem(where, f"cannot be captured: {error.reason}", None, error.remedy))
        if len(problems) > count:
            return ""
        text = writer.text()
        module = f"{CAPTURED}{sha256(text.encode()).hexdigest()[:12]}"
        with atomic_write(_folder() / f"{module}.py") as target:
            target.write_text(text, encoding="utf-8")
        problems += self._changed(module, {name: writer.namespace[name] for name in writer.parts})
        return module

    def _changed(self, module: str, values: Mapping[str, Any]) -> Iterator[Problem]:
        """Problems of classes and functions that are not what their source says."""
        importlib.invalidate_caches()
        try:
            loaded = importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 (user code raises anything)
            reason = f"cannot be captured: the captured code cannot be imported ({type(error).__name__}: {error})"
            yield Problem("strategy", reason, None, REMEDY)
            return
        for name, value in values.items():
            if change := difference(value, getattr(loaded, name)):
                where = self.objects[name][1] if name in self.objects else "strategy"
                rule = f"cannot be captured: {name} is not what its source says ({change})"
                yield Problem(where, rule, None, "run the cell again that defines it")


@cache
def _folder() -> Path:
    """Folder of this process for captured modules, on the path; a sweep copies those that it uses into its own."""
    place = tempfile.TemporaryDirectory(prefix="sweep-notebook-")
    _folders.append(place)
    sys.path.append(place.name)
    return Path(place.name)


_folders: list[Any] = []


def copy_captured(document: Any, place: Path) -> None:
    """Copy the captured modules that a spec names to `code/` beside it, where they are found when it is read."""
    for name in sorted({text.partition(":")[0] for text in texts(document) if text.startswith(CAPTURED)}):
        with atomic_write(Folder(place).code / f"{name}.py") as target:
            target.write_bytes((_folder() / f"{name}.py").read_bytes())


class _Writer:
    """Text of a module: imports, then each definition after those that it refers to."""

    def __init__(self) -> None:
        self.definitions = definitions()
        self.namespace = vars(sys.modules[MAIN])
        self.imports: set[str] = set()
        self.parts: dict[str, str] = {}  # by name, in order
        self._open: set[str] = set()  # definitions whose own references are being followed

    def text(self) -> str:
        """The module."""
        future = [d.source for d in self.definitions.values() if d.source.startswith("from __future__")][:1]
        imports = sorted(self.imports - set(future))
        return "\n".join([HEAD, *future, *imports, "", "", "\n\n\n".join(self.parts.values()), ""])

    def add(self, name: str, value: Any) -> None:
        """Write a name with its value, and all that it refers to. Raises CaptureError."""
        if name in self.parts or name in self._open:
            return
        definition = self.definitions.get(name)
        if definition and definition.is_code:
            self._define(name, definition)
        elif isinstance(value, ModuleType) or (definition and definition.is_import):
            self._import(name, value, definition)
        elif definition and isinstance(value, cast("Any", PURE)):
            self._define(name, definition)
        elif callable(value):
            self._elsewhere(name, value)
        else:
            self.parts[name] = f"{name} = {self._literal(name, value)}"

    def _define(self, name: str, definition: Definition) -> None:
        self._open.add(name)
        for used in definition.uses:
            if used in self.namespace and used != name and not used.startswith("__"):
                try:
                    self.add(used, self.namespace[used])
                except CaptureError as error:
                    if error.used_by == name:
                        raise
                    raise CaptureError(f"{name} uses {used}: {error.reason}", error.remedy, used_by=name) from None
        self._open.discard(name)
        self.parts[name] = definition.source

    def _import(self, name: str, value: Any, definition: Definition | None) -> None:
        """Add the statement that imports a value under a name; it is tried."""
        if definition and isinstance(node := definition.node, ast.Import | ast.ImportFrom):
            alias = next(a for a in node.names if (a.asname or a.name.partition(".")[0]) == name)
            is_whole = isinstance(node, ast.Import)
            line = ast.unparse(ast.Import([alias]) if is_whole else ast.ImportFrom(node.module, [alias], node.level))
        else:
            line = f"import {value.__name__} as {name}"
        scope: dict[str, Any] = {}
        with suppress(ImportError):  # a relative import of a script in a package
            exec(line, scope)  # noqa: S102 (an import statement)
        if scope.get(name) is value:
            self.imports.add(line)
        elif name not in scope and callable(value):
            self._elsewhere(name, value)
        else:
            raise CaptureError(f"`{line}` gives another object than the {type(value).__name__} that it is now")

    def _elsewhere(self, name: str, value: Any) -> None:
        """A class or function that came into the notebook without a definition or an import that is there."""
        module, own_name = str(getattr(value, "__module__", "")), str(getattr(value, "__name__", ""))
        if name != own_name and self.namespace.get(own_name) is value:  # another name for it
            self.add(own_name, value)
            self.parts[name] = f"{name} = {own_name}"
            return
        if module == MAIN or getattr(sys.modules.get(module), own_name, None) is not value:
            raise CaptureError(f"the source of {name} is not at the top level of a cell or of the script")
        self.imports.add(f"from {module} import {own_name}" + (f" as {name}" if name != own_name else ""))

    def _literal(self, name: str, value: Any) -> str:
        from sweep.backtest.script.literals import Literals, NoSourceError

        def name_of(kind: type) -> str:
            self.add(kind.__name__, kind)
            return kind.__name__

        try:
            text = Literals(name_of).of(value)
        except NoSourceError:
            kind = cast("type[Any]", type(value))
            reason = f"{name} is a {kind.__module__.partition('.')[0]} {kind.__name__}, not code or a plain value"
            remedy = "give plain values to the config, and read data from the catalog"
            raise CaptureError(reason, remedy) from None
        uses = {
            "nt_": "from nautilus_trader import {0} as nt_{0}", "dt.": "import datetime as dt",
            "Decimal(": "from decimal import Decimal", "Path(": "from pathlib import Path",
        }  # fmt: skip
        packages = re.findall(r"\bnt_(\w+)\.", text)
        self.imports |= {uses["nt_"].format(package) for package in packages}
        self.imports |= {line for key, line in uses.items() if key != "nt_" and key in text}
        return text
