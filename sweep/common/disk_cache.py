"""Per-machine cache for slow-to-build files that every sweep shares."""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

DIGEST = 32  # bytes that each file begins with: one that was damaged is made again


def cache_root() -> Path:
    """Return the cache directory of this user. RuntimeError if there is no home directory."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sweep"


def cache_directory() -> Path:
    """Return the directory of the cache."""
    return cache_root() / "made"


def cached(name: str, make: Callable[[], bytes]) -> bytes:
    """Return the cached result of `make`, building it once; `name` identifies everything that it depends on.

    Where nothing can be kept it is made each time.
    """
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home
        content = (cache_directory() / name).read_bytes()
        if sha256(content[DIGEST:]).digest() == content[:DIGEST]:
            return content[DIGEST:]
    content = make()
    with suppress(OSError, RuntimeError):
        cache_directory().mkdir(parents=True, exist_ok=True)
        aside = cache_directory() / f".{name}.{os.getpid()}"
        try:
            aside.write_bytes(sha256(content).digest() + content)
            aside.replace(cache_directory() / name)
        finally:
            aside.unlink(missing_ok=True)
    return content
