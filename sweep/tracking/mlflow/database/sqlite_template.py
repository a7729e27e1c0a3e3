"""A new SQLite store for MLflow as a copy of an empty one that MLflow itself made on this machine before.

MLflow takes each new file through every migration since its first version, which takes a second. All of what such a
file holds depends on versions alone, but for the default experiment: it says where the file was made, so it is taken
out, and MLflow makes another one wherever it finds none.
"""

import errno
import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from sweep.common.disk_cache import cached
from sweep.common.json_values import digest
from sweep.tracking.tracking_uri import TrackingStore

PACKAGES = ("mlflow-skinny", "sqlalchemy", "alembic")


def lay(store: TrackingStore, connect: Callable[[str], object]) -> None:
    """Put an empty store where none is yet. `connect` is MLflow's way to open one, and what makes it if this fails.

    OSError on a full disk: there MLflow would leave half a store, which it could never use again.
    """
    path = store.path
    if path is None or "?" in store.uri or path.exists():
        return
    with _suppressed():
        content = cached(f"mlflow-{versions()}.sqlite", partial(empty, connect))
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with aside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(aside)  # whole or not at all; a file that somebody made just now stays
        finally:
            aside.unlink(missing_ok=True)


@contextmanager
def _suppressed() -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
    except Exception:  # noqa: BLE001 (whatever MLflow raises: it makes the store by itself)
        return


def empty(connect: Callable[[str], object]) -> bytes:
    """A store as MLflow makes it, without its default experiment."""
    with TemporaryDirectory(prefix="sweep-mlflow-") as folder:
        file = Path(folder) / "mlflow.db"
        connect(f"sqlite:///{file}")
        with closing(sqlite3.connect(file, isolation_level=None)) as db:
            db.execute("DELETE FROM experiments")
            db.execute("VACUUM")
            return db.serialize()


def versions() -> str:
    """Hash of what an empty store depends on, also if MLflow runs from its sources; it is not imported."""
    package = find_spec("mlflow")
    place = Path(package.origin if package and package.origin else "").parent
    names = sorted(file.name for file in (place / "store" / "db_migrations" / "versions").glob("*.py"))
    return digest([*map(version, PACKAGES), sqlite3.sqlite_version, *names])[:16]
