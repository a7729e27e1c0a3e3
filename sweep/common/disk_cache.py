"""Per-machine cache for slow-to-build files that every sweep shares."""

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

DIGEST = 32  # bytes that each file begins with: one that was damaged is made again


def caches() -> Path:
    """Return the cache directory of this user. RuntimeError if there is no home directory."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sweep"


def folder() -> Path:
    """Return the directory of the cache."""
    return caches() / "made"


def kept(name: str, make: Callable[[], bytes]) -> bytes:
    """Return the cached result of `make`, building it once; `name` identifies everything that it depends on.

    Where nothing can be kept it is made each time.
    """
    with suppress(OSError, RuntimeError):  # RuntimeError: there is no home
        found = (folder() / name).read_bytes()
        if sha256(found[DIGEST:]).digest() == found[:DIGEST]:
            return found[DIGEST:]
    content = make()
    with suppress(OSError, RuntimeError):
        folder().mkdir(parents=True, exist_ok=True)
        aside = folder() / f".{name}.{os.getpid()}"
        try:
            aside.write_bytes(sha256(content).digest() + content)
            aside.replace(folder() / name)
        finally:
            aside.unlink(missing_ok=True)
    return content
