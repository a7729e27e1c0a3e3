"""Environment variables that user code names: their values are part of its trials' keys, and what its trials see."""

import ast
import os
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import lru_cache

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
READERS = {"environ", "environb", "getenv", "getenvb"}


@lru_cache(maxsize=256)
def names(source: bytes) -> frozenset[str]:
    """Every text in a source that may be the name of a variable, if it reads the environment at all."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return frozenset()
    mentioned = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    mentioned |= {n.id for n in nodes if isinstance(n, ast.Name)}
    mentioned |= {a.name for n in nodes if isinstance(n, ast.ImportFrom) for a in n.names}
    if not mentioned & READERS:
        return frozenset()
    texts = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return frozenset(text for text in texts if NAME.fullmatch(text))


def values(sources: Iterable[bytes]) -> dict[str, str | None]:
    """The variables that sources name, as they are now; None for those that are not set."""
    return {name: os.environ.get(name) for name in sorted({name for source in sources for name in names(source)})}


@contextmanager
def environment(variables: Mapping[str, str | None]) -> Generator[None]:
    """Inside, the variables have these values."""
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        elif os.environ.get(name) != value:
            os.environ[name] = value
