"""Directories that appear whole or not at all."""

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from errno import EEXIST, ENOTEMPTY
from filecmp import cmp
from pathlib import Path

from sweep.errors import InputError, Problem


def write_directory(target: Path, write: Callable[[Path], None], noun: str) -> bool:
    """Make `target` hold exactly what `write` puts into an empty directory; whether it did not hold it before.

    Raises InputError where anything else is there; `target` is then as it was.
    """
    with staging_directory(target) as staged:
        write(staged)
        if move_if_free(staged, target):
            return True
        if not have_same_files(staged, target):
            remedy = "give a new directory, or remove this one first"
            raise InputError(Problem(str(target), f"holds something else than {noun}", remedy=remedy))
    return False


@contextmanager
def staging_directory(target: Path) -> Generator[Path]:
    """An empty directory on the same disk as `target`, gone at the end; InputError where nothing can be written."""
    if target.exists() and not target.is_dir():
        raise InputError(Problem(str(target), "is a file", remedy="give a directory"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error
    with scratch as name:
        staged = Path(name) / "made"
        staged.mkdir()
        yield staged


def move_if_free(staged: Path, target: Path) -> bool:
    """Move `made` to `target` if nothing or an empty directory is there; True if it was moved."""
    try:
        staged.replace(target)
    except OSError as error:
        if error.errno in (ENOTEMPTY, EEXIST):
            return False
        raise _unwritable(target, error, "give a directory inside of it") from error
    return True


def _unwritable(target: Path, error: OSError, remedy: str = "give another directory") -> InputError:
    return InputError(Problem(str(target), f"cannot be written: {error.strerror or error}", remedy=remedy))


def have_same_files(a: Path, b: Path) -> bool:
    """True if two directories hold the same files with the same bytes."""
    names = files(a)
    return names == files(b) and all(cmp(a / name, b / name, shallow=False) for name in names)


def files(directory: Path) -> list[Path]:
    """Every file below a directory, relative to it, in order."""
    return sorted(p.relative_to(directory) for p in directory.rglob("*") if not p.is_dir())
