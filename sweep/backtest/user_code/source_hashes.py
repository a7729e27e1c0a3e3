"""User code and its files: the modules of import paths, and what they import."""

import ast
import os
import re
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib.machinery import ModuleSpec
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from sweep.common.json_values import is_list, is_mapping, texts

IMPORT_PATH = re.compile(r"[^\W\d][\w.]*:[^\W\d]\w*")
LIBRARIES = tuple(
    str(Path(sysconfig.get_paths()[name]).resolve()) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
IMPORTERS = ("import_module", "__import__")
ENGINE = "nautilus_trader"
OWN = "sweep"  # only strategies, indicators and metrics of this package are user code; PROTOCOL covers the rest
OWN_USER_CODE = ("sweep.strategies.", "sweep.compat.", "sweep.metrics.", "sweep.costs.")
OWN_FOLDER = Path(__file__).parents[2]
OWN_FILES = f"{OWN_FOLDER}{os.sep}"
OWN_USER_FILES = tuple(f"{OWN_FOLDER / name}{os.sep}" for name in ("strategies", "compat"))


def user_packages(backtest: Mapping[str, Any]) -> frozenset[str]:
    """Top-level packages of the import paths: user code, also where they are installed as libraries are."""
    return packages_of(path.partition(":")[0] for path in import_paths(backtest))


def packages_of(modules: Iterable[str]) -> frozenset[str]:
    """The top-level packages of these modules, but for this one and the engine's, whose version is in keys."""
    return frozenset(name.partition(".")[0] for name in modules) - {OWN, ENGINE}


@lru_cache(maxsize=16_384)
def is_user_code(filename: str, packages: frozenset[str]) -> bool:
    """True if running code, by its file name, is neither a library's nor this package's."""
    if filename.startswith(OWN_FILES):
        return filename.startswith(OWN_USER_FILES)
    _, is_installed, module = filename.partition(f"{os.sep}site-packages{os.sep}")
    if is_installed:
        return module.partition(os.sep)[0].removesuffix(".py") in packages  # a folder, or a file
    return not filename.startswith(("<frozen", *LIBRARIES))


def import_paths(node: Any) -> Iterator[str]:
    """Every "module:Class" that names user code: strategy, config, models, modules, data types."""
    if is_mapping(node):
        for key, value in node.items():
            if key in ("type", "path", "config_path") and isinstance(value, str) and ":" in value:
                yield value
            elif key != "config":
                yield from import_paths(value)
            if key == "controller" and is_mapping(value):  # classes of components that it may create
                yield from filter(IMPORT_PATH.fullmatch, texts(value.get("config")))
    elif is_list(node):
        for item in node:
            yield from import_paths(item)


def user_file(name: str, packages: frozenset[str]) -> Path | None:
    """The source file of a module that is user code; None for libraries, the standard library and this package."""
    is_ours = f"{name}.".startswith(OWN_USER_CODE)  # hashed wherever this package is installed: the same key everywhere
    if name == OWN or (name.startswith(f"{OWN}.") and not is_ours):
        return None
    if not is_ours and name.partition(".")[0] not in packages and _is_loaded_library(name.partition(".")[0]):
        return None
    file = locate(name)
    if file is None or file.suffix != ".py":
        return None
    is_library = str(file.resolve()).startswith(LIBRARIES) or "site-packages" in file.resolve().parts
    return file if is_ours or not is_library or name.partition(".")[0] in packages else None


def _is_loaded_library(package: str) -> bool:
    file = getattr(sys.modules.get(package), "__file__", None)
    return bool(file) and (file.startswith(LIBRARIES) or "site-packages" in Path(file).parts)


def locate(name: str) -> Path | None:
    """A module's file as an import would find it now, without running anything; else the one that was loaded."""
    spec = None if name == "__main__" else find(name)
    if spec and spec.has_location and spec.origin:
        return Path(spec.origin)
    loaded = getattr(sys.modules.get(name), "__file__", None)
    return Path(loaded) if loaded else None


def namespace_of(name: str) -> tuple[str, ...]:
    """The folders of a package that has no file of its own; none for any other module."""
    spec = find(name)
    return tuple(_places(spec) or ()) if spec and spec.origin is None else ()


def find(name: str) -> ModuleSpec | None:
    """Import spec of a module by the finders; its packages are not imported, and loaded modules are not trusted."""
    spec, places = None, None
    for part in chain(parents(name), (name,)):  # one at a time: the name may have any number of dots
        try:
            spec = _spec(part, places)
        except (ImportError, AttributeError, ValueError, OSError):
            return None
        if spec is None or (part != name and (places := _places(spec)) is None):
            return None
    return spec


def _spec(name: str, places: list[str] | None) -> ModuleSpec | None:
    """Import spec of a module in these places, those of its package."""
    with suppress(KeyError):
        return ask_finders(name, places)
    # a folder without `__init__.py` inside of a package that is not loaded: Python wants to ask that package
    spec = ModuleSpec(name, None, is_package=True)
    folders = (Path(place, name.rpartition(".")[2]) for place in places or ())
    spec.submodule_search_locations = [str(folder) for folder in folders if folder.is_dir()]
    return spec


def ask_finders(name: str, places: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
    """Import spec of the first finder that has one, snapshots left out; raises what a finder raises."""
    specs = (f.find_spec(name, places, target) for f in sys.meta_path if not getattr(f, "is_snapshot", False))
    return next(filter(None, specs), None)


def _places(spec: ModuleSpec) -> list[str] | None:
    """Search path of a package's modules; None for a module that is no package."""
    places = spec.submodule_search_locations
    raw: list[str] | None = getattr(places, "_path", None)  # of a namespace, whose own parents may not be loaded
    return raw if raw is not None else None if places is None else list(places)


@lru_cache(maxsize=4096)
def imports(name: str, source: bytes, *, is_package: bool) -> tuple[str, ...]:
    """Modules that a source may import, by statement or by name, and the packages that hold them and run with them."""
    return tuple(dict.fromkeys((*parents(name), *_imports(name, _nodes(source), is_package=is_package))))


@lru_cache(maxsize=256)
def libraries(name: str, source: bytes, *, is_package: bool) -> tuple[str, ...]:
    """Modules that a source may import while it runs: not those for type checkers, or for its use as a program."""
    nodes, skipped = list(_nodes(source)), set[ast.AST]()
    for node in nodes:
        if isinstance(node, ast.If) and any(word in ast.unparse(node.test) for word in ("TYPE_CHECKING", "__main__")):
            skipped.update(inner for child in node.body for inner in ast.walk(child))
    running = (node for node in nodes if node not in skipped)
    return tuple(dict.fromkeys(_imports(name, running, is_package=is_package)))


def _imports(name: str, nodes: Iterable[ast.AST], *, is_package: bool) -> Iterator[str]:
    package = name if is_package else name.rpartition(".")[0]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (n for alias in node.names for n in (alias.name, *parents(alias.name)))
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            yield from (base, *parents(base), *(f"{base}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Call) and (called := _imported_by_call(node, package)):
            yield from (called, *parents(called))


def _nodes(source: bytes) -> Iterator[ast.AST]:
    """A module's whole syntax tree; none of one that does not parse: whoever imports it is told where it is wrong."""
    with suppress(SyntaxError, ValueError):
        yield from ast.walk(ast.parse(source))


def _imported_by_call(node: ast.Call, package: str) -> str:
    """The module that `import_module("name")` or `__import__("name")` names; "" for a name that is computed."""
    function = getattr(node.func, "attr", getattr(node.func, "id", ""))
    first = node.args[0] if node.args and function in IMPORTERS else None
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return ""
    name = first.value.lstrip(".")
    return absolute(ast.ImportFrom(name or None, [], len(first.value) - len(name)), package)


def absolute(node: ast.ImportFrom, package: str) -> str:
    """The module that `from … import` names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    above = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:n]) for n in range(1, len(parts)))
