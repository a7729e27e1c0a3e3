"""Files written aside and put in place whole."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sweep.errors import LedgerError

MEND = "check the disk and permissions, then run the same command again"


@contextmanager
def atomic_write(target: Path) -> Generator[Path]:
    """Write to the yielded path; it takes the place of `target` when the block ends well, else it leaves no trace."""
    name: str | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        os.close(handle)
        yield Path(name)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except OSError as error:
        raise LedgerError(f"{target} cannot be written: {error}. Nothing that was recorded is lost; {MEND}") from error
    finally:
        if name:
            Path(name).unlink(missing_ok=True)


def free_space(path: Path) -> int:
    """Bytes that can still be written where `path` is or will be."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free
