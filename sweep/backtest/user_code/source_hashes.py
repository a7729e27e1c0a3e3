"""The user code that fixes a result, hashed: change a line of it and the trial's key changes."""

import ast
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sweep.common.json_values import is_list, is_mapping

LIBRARIES = tuple(
    str(Path(sysconfig.get_paths()[name]).resolve()) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
OWN = "sweep"  # of this package only strategies and metrics are user code; the rest is covered by its PROTOCOL
OWN_USER_CODE = ("sweep.strategies.", "sweep.metrics.")
OWN_FOLDER = Path(__file__).parents[2]


def sources(backtest: Mapping[str, Any]) -> dict[str, str]:
    """{module: SHA-256 of its source} of all import paths in the backtest and of the user modules that they import."""
    return {name: sha256(file.read_bytes()).hexdigest() for name, file in files(backtest).items()}


def files(backtest: Mapping[str, Any]) -> dict[str, Path]:
    """{module: its source file}, by name, of all user code that fixes the result."""
    modules = {path.partition(":")[0] for path in import_paths(backtest)}
    packages = user_packages(backtest)
    found: dict[str, Path] = {}
    waiting = sorted(modules)
    while waiting:
        name = waiting.pop()
        file = None if name in found else user_file(name, packages)
        if file is not None:
            found[name] = file
            waiting.extend(imports(name, file))
    return dict(sorted(found.items()))


def user_packages(backtest: Mapping[str, Any]) -> frozenset[str]:
    """Top-level packages of the import paths: user code, also where they are installed as libraries are."""
    return frozenset(path.partition(":")[0].partition(".")[0] for path in import_paths(backtest)) - {OWN}


def is_user_code(filename: str, packages: frozenset[str]) -> bool:
    """Whether running code, by the file that it says it comes from, is neither a library's nor this package's."""
    file = Path(filename)
    if OWN_FOLDER in file.parents:
        return OWN_FOLDER / "strategies" in file.parents
    if "site-packages" in file.parts:
        return file.parts[file.parts.index("site-packages") + 1] in packages
    return not filename.startswith(("<frozen", *LIBRARIES))


def import_paths(node: Any) -> Iterator[str]:
    """Every "module:Class" that names user code: strategy, config, models, modules, data types."""
    if is_mapping(node):
        for key, value in node.items():
            if key in ("type", "path", "config_path") and isinstance(value, str) and ":" in value:
                yield value
            elif key != "config":
                yield from import_paths(value)
    elif is_list(node):
        for item in node:
            yield from import_paths(item)


def user_file(name: str, packages: frozenset[str]) -> Path | None:
    """The source file of a module that is user code; None for libraries, the standard library and this package."""
    is_ours = f"{name}.".startswith(OWN_USER_CODE)  # hashed wherever this package is installed: the same key everywhere
    if name == OWN or (name.startswith(f"{OWN}.") and not is_ours):
        return None
    file = locate(name)
    if file is None or file.suffix != ".py":
        return None
    is_library = str(file).startswith(LIBRARIES) or "site-packages" in file.parts
    return file if is_ours or not is_library or name.partition(".")[0] in packages else None


def locate(name: str) -> Path | None:
    """A module's file, found without running the module itself (its parent packages are imported)."""
    loaded = getattr(sys.modules.get(name), "__file__", None)
    if loaded:
        return Path(loaded).resolve()
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, ValueError):
        return None
    return Path(spec.origin).resolve() if spec and spec.has_location and spec.origin else None


def imports(name: str, file: Path) -> tuple[str, ...]:
    """Modules that a source file may import, absolute, and the packages that hold them and run with them."""
    status = file.stat()
    return _imports(name, file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=4096)
def _imports(name: str, file: Path, _size: int, _mtime: int) -> tuple[str, ...]:
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    found = [*parents(name)]
    for node in _nodes(file.read_bytes()):
        if isinstance(node, ast.Import):
            found += [n for alias in node.names for n in (alias.name, *parents(alias.name))]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            found += [base, *parents(base), *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(dict.fromkeys(found))


def _nodes(source: bytes) -> Iterator[ast.AST]:
    """A module's whole syntax tree; none of one that does not parse: whoever imports it is told where it is wrong."""
    with suppress(SyntaxError):
        yield from ast.walk(ast.parse(source))


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The module that `from … import` names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:n]) for n in range(1, len(parts)))
