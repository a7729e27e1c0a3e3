"""The files to port: those that were named, and the helper modules that they import."""

import ast
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sweep.common.files.text_file import require_regular
from sweep.common.nautilus1 import ENGINE, signs
from sweep.common.programs import program
from sweep.errors import InputError, Problem
from sweep.port.facts import Survey
from sweep.port.file import Ported, parse, port
from sweep.port.rewrite.context import Options
from sweep.port.script.spec import spec_of
from sweep.port.survey import survey


@dataclass(frozen=True)
class Source:
    """A file, with its facts."""

    path: Path
    text: str
    facts: Survey

    @property
    def own(self) -> set[str]:
        """The names of the classes of this file."""
        return set(self.facts.classes)


def port_files(paths: Iterable[Path], options: Options) -> list[Ported]:
    """Every file of 1.x among these and what they import, rewritten; the others as they are.

    Raises InputError with every file that cannot be read, is no Python, or has nothing of the engine.
    """
    sources = collect(paths)
    ported: list[Ported] = []
    for source in sources:
        others = [other.facts for other in sources if other is not source]
        ported.append(
            one(source, others, options) if signs(source.text) else Ported(source.path, source.text, source.text)
        )
    return ported


def one(source: Source, others: Sequence[Survey], options: Options) -> Ported:
    """A file of 1.x for 2.0. A script without classes of its own becomes a spec, and stays as it is."""
    spec = spec_of(source.path, source.text)
    if spec is not None and not any(line.startswith("class ") for line in source.text.splitlines()):
        return Ported(source.path, source.text, source.text, spec=spec)
    result = port(source.path, source.text, others, options)
    return replace(result, result=formatted(source, result.result), spec=spec)


def collect(paths: Iterable[Path]) -> list[Source]:
    """The named files, and after them the modules that they import and that have something of the engine."""
    named = list(dict.fromkeys(path for root in paths for path in python_files(root)))
    problems: list[Problem] = []
    sources: dict[Path, Source] = {}
    for path in named:
        try:
            sources[path.resolve()] = read(path)
        except InputError as refused:
            problems += refused.problems
    if problems:
        raise InputError(problems)
    waiting = list(sources.values())
    while waiting:
        for path in imported(waiting.pop()):
            if path.resolve() not in sources:
                helper = read_helper(path)
                sources[path.resolve()] = helper
                waiting.append(helper)
    return [source for source in sources.values() if ENGINE in source.text or source.path in named]


def python_files(path: Path) -> Sequence[Path]:
    """A file, or the Python files of a folder that mention the engine."""
    if not path.is_dir():
        return [path]
    files = [file for file in sorted(path.rglob("*.py")) if not any(part[:1] in {".", "_"} for part in file.parts[:-1])]
    return [
        file for file in filter(Path.is_file, files) if ENGINE in file.read_text(encoding="utf-8", errors="replace")
    ] or [path]


def read_helper(path: Path) -> Source:
    """A module that is imported: its facts where it has something of the engine, else its imports alone."""
    try:
        text = path.read_text(encoding="utf-8", newline="")
        return read(path, named=False) if ENGINE in text else Source(path, text, Survey(local=imports_of(text)))
    except (SyntaxError, UnicodeDecodeError, ValueError):
        return Source(path, "", Survey())  # it has nothing of the engine


def imports_of(text: str) -> set[str]:
    """Every module that a file may import, by the names in its import statements."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            dot = "" if module.endswith(".") else "."
            modules |= {module} | {f"{module}{dot}{alias.name}" for alias in node.names if alias.name != "*"}
    return modules


def read(path: Path, *, named: bool = True) -> Source:
    """A file and its facts. Raises InputError."""
    where = str(path)
    if path.is_dir():
        raise InputError(Problem(where, "has no Python file that uses NautilusTrader", remedy="name the file"))
    if path.suffix == ".ipynb":
        rule, remedy = "is a notebook, and Python files are rewritten", f"jupyter nbconvert --to script {path.name}"
        raise InputError(Problem(where, rule, remedy=remedy))
    try:
        require_regular(path)
        text = path.read_text(encoding="utf-8", newline="")
    except (OSError, UnicodeDecodeError) as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
        raise InputError(Problem(where, reason, remedy="is the path right?")) from error
    facts = survey(parse(path, text))
    if named and not facts.names and not facts.modules:
        rule = "is no strategy: it imports nothing of NautilusTrader"
        raise InputError(Problem(where, rule, remedy="name the file with the strategy, the actor or the script"))
    return Source(path, text, facts)


def imported(source: Source) -> Iterator[Path]:
    """The files beside this one, or above it, that its imports name."""
    for module in sorted(source.facts.local):
        dots = len(module) - len(module.lstrip("."))
        parts = module.lstrip(".").split(".") if module.strip(".") else []
        folders = [source.path.parent, *source.path.parent.parents]
        for folder in folders[dots - 1 : dots] if dots else folders[:4]:
            if files := files_of(folder, parts):
                yield from files
                break


def files_of(folder: Path, parts: Sequence[str]) -> Sequence[Path]:
    """The file of a module below a folder, after those of its packages; none where there is no such module."""
    place = folder.joinpath(*parts)
    last = next((file for file in (place.with_suffix(".py"), place / "__init__.py") if parts and file.is_file()), None)
    if last is None:
        return []
    packages = [folder.joinpath(*parts[:n], "__init__.py") for n in range(1, len(parts))]
    return [*(file for file in packages if file.is_file()), last]


def formatted(source: Source, result: str) -> str:
    """The result as `ruff format` leaves it, where the file was formatted so before; else as it is."""
    ruff = program("ruff")
    if ruff is None or ruff_format(ruff, source.path, source.text) != source.text:
        return result
    return ruff_format(ruff, source.path, result)


def ruff_format(ruff: str, path: Path, text: str) -> str:
    """The text formatted by the settings that hold for the path; as it is where ruff refuses it."""
    command = [ruff, "format", "--quiet", "--stdin-filename", str(path), "-"]
    process = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
    return process.stdout.decode() if process.returncode == 0 else text
