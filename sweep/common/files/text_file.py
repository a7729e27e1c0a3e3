"""Text of files that people name: of a regular file, and not more than its reader needs."""

import stat
from pathlib import Path

KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}


class NotRegularError(OSError):
    """A path that is no file: reading it could wait for ever, or never end."""


def require_regular(path: Path) -> None:
    """Raise NotRegularError for a pipe, a device or a socket; FileNotFoundError where nothing is."""
    if kind := KINDS.get(stat.S_IFMT(path.stat().st_mode)):
        raise NotRegularError(f"is {kind}, not a file")


def read_text(path: Path, most: int) -> str:
    """Read a file of UTF-8 up to a number of characters; one character more where it is longer."""
    require_regular(path)
    with path.open(encoding="utf-8") as file:
        return file.read(most + 1)
