"""Packages that only some features need: the extras of the distribution, `pip install "nt-sweep[EXTRA]"`."""

from dataclasses import dataclass
from importlib.util import find_spec

from sweep.errors import InputError, Problem


@dataclass(frozen=True, slots=True)
class Extra:
    """One extra: modules that only it brings, and the sentence's word for them."""

    modules: tuple[str, ...]
    packages: str


EXTRAS = {
    "ui": Extra(("flask", "graphene"), "MLflow's server"),
    "pictures": Extra(("matplotlib",), "Matplotlib"),
    "cluster": Extra(("aiohttp_cors", "obstore"), "Ray's job client and obstore"),
    "formats": Extra(("databento_dbn",), "databento-dbn"),
    "port": Extra(("libcst",), "LibCST"),
    "find": Extra(("duckdb",), "DuckDB"),
}


def is_installed(extra: str) -> bool:
    """True if everything of an extra can be imported. Nothing is imported for it."""
    return all(find_spec(module) for module in EXTRAS[extra].modules)


def missing(extra: str, where: str) -> list[Problem]:
    """A problem at `where` (a key, an option or a command) if an extra is not installed; else none."""
    if is_installed(extra):
        return []
    rule = f"needs {EXTRAS[extra].packages}, not part of the basic installation"
    return [Problem(where, rule, remedy=f"{install(extra)} (in a project of uv: uv add …)")]


def install(extra: str) -> str:
    """The command that installs an extra."""
    return f'pip install "nt-sweep[{extra}]"'


def require(extra: str, where: str) -> None:
    """Raise InputError if an extra is not installed."""
    if problems := missing(extra, where):
        raise InputError(problems)
