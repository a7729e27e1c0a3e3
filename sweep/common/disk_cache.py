"""Per-machine cache for slow-to-build files that every sweep shares."""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from sweep.common.files.own_directory import own_directory
from sweep.errors import InputError, Problem

DIGEST = 32  # bytes that each file begins with: one that was damaged is made again


def cache_root() -> Path:
    """Return the cache directory of this user. InputError if there is none, or if others can write to it."""
    try:
        place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        rule = f"is not set, and the system knows no home directory of user {os.getuid()}"
        raise InputError(Problem("HOME", rule, remedy="export HOME=DIR, a directory that you may write to")) from None
    return own_directory(place / "sweep")


def cache_directory() -> Path:
    """Return the directory of the cache."""
    return cache_root() / "made"


def cached(name: str, make: Callable[[], bytes]) -> bytes:
    """Return the cached result of `make`, building it once; `name` identifies everything that it depends on.

    Where nothing can be kept, or others could replace it, it is made each time.
    """
    with suppress(OSError, InputError):
        content = (cache_directory() / name).read_bytes()
        if sha256(content[DIGEST:]).digest() == content[:DIGEST]:
            return content[DIGEST:]
    content = make()
    with suppress(OSError, InputError):
        cache_directory().mkdir(parents=True, exist_ok=True)
        aside = cache_directory() / f".{name}.{os.getpid()}"
        try:
            aside.write_bytes(sha256(content).digest() + content)
            aside.replace(cache_directory() / name)
        finally:
            aside.unlink(missing_ok=True)
    return content
