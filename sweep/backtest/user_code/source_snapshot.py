"""The sources of a backtest's user code as they were read once: what is hashed into keys is what every worker runs.

Each file is read a single time. Its hash goes into the keys, its content goes to the workers and into the folder of the
run, and modules are imported from that content (`snapshot_loader`): an edit on disk reaches neither.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from sweep.backtest.user_code import environment_reads
from sweep.backtest.user_code.source_hashes import (
    import_paths,
    imports,
    namespace_of,
    packages_of,
    parents,
    user_file,
)
from sweep.common.files.atomic_file import atomic_write


@dataclass(frozen=True)
class ModuleSource:
    """One module: where its file lies, and what that file held."""

    path: str
    content: bytes

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the content."""
        return sha256(self.content).hexdigest()

    @property
    def is_package(self) -> bool:
        """True if it contains modules."""
        return Path(self.path).name == "__init__.py"


@dataclass(frozen=True)
class SourceSnapshot:
    """The user modules that fix a result, by name, and the packages without a file that hold them."""

    modules: Mapping[str, ModuleSource] = field(default_factory=dict[str, ModuleSource])
    namespaces: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    roots: tuple[str, ...] = ()  # the modules that import paths name
    packages: frozenset[str] = frozenset()  # whose code is user code wherever it is installed
    environment: Mapping[str, str | None] = field(default_factory=dict[str, str | None])  # variables that they name

    @cached_property
    def hashes(self) -> dict[str, str]:
        """{module: SHA-256 of its source}, by name, and those of the environment variables that they name."""
        variables = {f"os.environ[{name}]": value for name, value in self.environment.items() if value is not None}
        read = {name: sha256(value.encode("utf-8", "surrogateescape")).hexdigest() for name, value in variables.items()}
        return {name: module.hash for name, module in self.modules.items()} | read

    @property
    def files(self) -> dict[str, Path]:
        """{module: its source file}, by name."""
        return {name: Path(module.path).resolve() for name, module in self.modules.items()}

    @cached_property
    def digest(self) -> str:
        """Equal only for the same modules with the same content at the same places."""
        content = [f"{name} {m.hash} {m.path}" for name, m in self.modules.items()]
        content += [f"{name}={value!r}" for name, value in self.environment.items()]
        return sha256("\n".join([*content, *self.roots]).encode()).hexdigest()

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names of all modules that some module of it may import, at its head or later."""
        each = (imports(n, m.content, is_package=m.is_package) for n, m in self.modules.items())
        return frozenset(name for names in each for name in names)

    def restricted(self, paths: Iterable[str]) -> "SourceSnapshot":
        """The part of it that these import paths reach; nothing is read again."""
        roots = roots_of(paths)
        modules = dict(_reached(roots, self.modules.get))
        variables = {name for module in modules.values() for name in environment_reads.names(module.content)}
        environment = {name: value for name, value in self.environment.items() if name in variables}
        return SourceSnapshot(modules, self._namespaces(modules), roots, packages_of(roots), environment)

    def _namespaces(self, modules: Iterable[str]) -> dict[str, tuple[str, ...]]:
        above = {name for module in modules for name in parents(module)}
        return {name: places for name, places in self.namespaces.items() if name in above}

    def write(self, folder: Path) -> None:
        """Keep each content under its hash, beside those that are there."""
        folder.mkdir(parents=True, exist_ok=True)
        for module in self.modules.values():
            if not (file := folder / f"{module.hash}.py").exists():
                with atomic_write(file) as target:
                    target.write_bytes(module.content)

    def write_captured(self, folder: Path) -> None:
        """Keep the modules that were captured from a notebook or a script, under their names."""
        for name, module in self.modules.items():
            if name.startswith(CAPTURED):
                folder.mkdir(parents=True, exist_ok=True)
                with atomic_write(folder / f"{name}.py") as target:
                    target.write_bytes(module.content)

    def changed(self) -> list[str]:
        """The modules whose files are not what they were, or gone."""
        return [name for name, module in self.modules.items() if _read(module.path) != module.content]

    def plain(self) -> dict[str, Any]:
        """As plain values, for a process boundary."""
        modules = {name: (module.path, module.content) for name, module in self.modules.items()}
        return {
            "modules": modules,
            "namespaces": dict(self.namespaces),
            "roots": self.roots,
            "packages": sorted(self.packages),
            "environment": dict(self.environment),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "SourceSnapshot":
        """The inverse of `plain`."""
        modules = {name: ModuleSource(path, content) for name, (path, content) in plain["modules"].items()}
        namespaces = {name: tuple(places) for name, places in plain["namespaces"].items()}
        return cls(modules, namespaces, tuple(plain["roots"]), frozenset(plain["packages"]), plain["environment"])


CAPTURED = "notebook_"  # begins the name of a module that was captured from a notebook or a script
NO_CODE = SourceSnapshot()


def take(paths: Iterable[str]) -> SourceSnapshot:
    """The sources as they are now of all modules that import paths ("module:Class") name, and of what these import."""
    roots = roots_of(paths)
    packages = packages_of(roots)

    def look_up(name: str) -> ModuleSource | None:
        file = user_file(name, packages)
        content = _read(str(file)) if file else None
        return None if file is None or content is None else ModuleSource(str(file), content)

    modules = dict(sorted(_reached(roots, look_up)))
    above = {parent for name in modules for parent in parents(name)} - modules.keys()
    namespaces = {name: places for name in sorted(above) if (places := namespace_of(name))}
    environment = environment_reads.values(module.content for module in modules.values())
    return SourceSnapshot(modules, namespaces, roots, packages, environment)


def _reached(roots: Iterable[str], look_up: Any) -> Iterator[tuple[str, ModuleSource]]:
    """The user modules from the roots on, each once."""
    visited: set[str] = set()
    waiting = sorted(roots)
    while waiting:
        name = waiting.pop()
        if name in visited:
            continue
        visited.add(name)
        if (module := look_up(name)) is not None:
            yield name, module
            waiting.extend(imports(name, module.content, is_package=module.is_package))


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def roots_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The modules of import paths."""
    return tuple(sorted({path.partition(":")[0] for path in paths}))


def sources(backtest: Mapping[str, Any]) -> dict[str, str]:
    """{module: SHA-256 of its source} of all import paths in the backtest and of the user modules that they import."""
    return take(import_paths(backtest)).hashes


def files(backtest: Mapping[str, Any]) -> dict[str, Path]:
    """{module: its source file}, by name, of all user code that fixes the result."""
    return take(import_paths(backtest)).files
