"""The file behind a ledger: its tables, how it is opened, what becomes of its errors."""

import json
import os
import re
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sweep.common.files.atomic_file import MEND
from sweep.errors import LedgerError, shorten
from sweep.ledger.checksums import TABLE, seal_facts, seal_schema
from sweep.spec.constraints.formula import is_formula, value_of
from sweep.spec.objectives import Bound

# what runs when a table is read or written
COMPUTED = re.compile(r"\b(VIRTUAL|AS|CHECK)\b|\bDEFAULT\s*\(", re.IGNORECASE)
INDEXES = ("trials_state", "trials_stale")
FORMAT = 2  # a ledger of this format may lack the tables `checks` and `inputs`: an earlier version made it
INPUTS = """CREATE TABLE IF NOT EXISTS inputs (
    number INTEGER, name TEXT, hash TEXT, PRIMARY KEY (number, name)) WITHOUT ROWID"""
SCHEMA = """
CREATE TABLE sweep (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE trials (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, params TEXT NOT NULL,
    state TEXT, reason TEXT, message TEXT, trace TEXT, metrics TEXT, warnings TEXT, timing TEXT,
    attempt INTEGER NOT NULL DEFAULT 0, started REAL, ended REAL, worker TEXT, mlflow_run_id TEXT, rungs TEXT,
    replay TEXT
);
CREATE INDEX trials_state ON trials (state, number);
CREATE INDEX trials_stale ON trials (number) WHERE state IS NOT NULL AND mlflow_run_id IS NULL;
CREATE TABLE calendars (id INTEGER PRIMARY KEY, days TEXT NOT NULL UNIQUE);
CREATE TABLE series (
    number INTEGER PRIMARY KEY REFERENCES trials, calendar INTEGER REFERENCES calendars, returns BLOB, stats BLOB,
    fills TEXT
);
CREATE TABLE steps (
    number INTEGER PRIMARY KEY REFERENCES trials, calendar INTEGER REFERENCES calendars, returns BLOB
);
CREATE TABLE asks (
    ask INTEGER PRIMARY KEY, number INTEGER NOT NULL REFERENCES trials, params TEXT NOT NULL, rungs TEXT, memo TEXT
);
CREATE TABLE attempts (
    number INTEGER, attempt INTEGER, state TEXT, reason TEXT, message TEXT, trace TEXT,
    started REAL, ended REAL, worker TEXT,
    PRIMARY KEY (number, attempt)
) WITHOUT ROWID;
"""


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """A connection to a ledger. One that is only read needs no room on its disk, where all of it is in one file."""
    if path.exists() and not path.is_file():
        raise LedgerError(f"{path} is no file")
    if not write and not _is_shared(path):
        return _connection(path, "immutable=1")
    try:
        return _connection(path, "mode=rwc" if write else "mode=ro", write=write)
    except LedgerError as error:
        if write or not _lacks_room(error.__cause__) or _has_log(path):
            raise
        return _connection(path, "immutable=1")


def _lacks_room(error: BaseException | None) -> bool:
    """True where the shared memory beside a ledger cannot be made."""
    name = error.sqlite_errorname if isinstance(error, sqlite3.OperationalError) else ""
    return name.startswith("SQLITE_IOERR_SHM")


def _connection(path: Path, mode: str, *, write: bool = False) -> sqlite3.Connection:
    uri = f"{path.resolve().as_uri()}?{mode}"
    with reported(path):
        db = sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None)
        try:
            _require_plain_tables(db, path)
            db.row_factory = sqlite3.Row
            db.create_function("formula", 2, _formula)
            if write:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")  # a commit is on disk when it returns
        except (sqlite3.Error, LedgerError):
            db.close()
            raise
    return db


def _require_plain_tables(db: sqlite3.Connection, path: Path) -> None:
    """LedgerError where a file has more than tables and their indexes: a view or a computed column may never end."""
    for kind, name, text in db.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL"):
        is_plain = name in INDEXES if kind == "index" else kind == "table" and not COMPUTED.search(text)
        if not is_plain:
            raise LedgerError(f"{path} is damaged: it has the {kind} {shorten(name)}, which no sweep writes")


def figure(metric: str) -> str:
    """SQL of a metric of a trial, or of a formula over metrics; its argument is `place`."""
    return "formula(metrics, ?)" if is_formula(metric) and metric else "json_extract(metrics, ?)"


def place(metric: str) -> str:
    """Argument of `figure`."""
    return metric if is_formula(metric) else f'$."{metric}"'


def within(bounds: Sequence[Bound]) -> tuple[str, tuple[str | float, ...]]:
    """SQL condition that the metrics of a trial keep bounds, true without any, and its arguments."""
    conditions = ["TRUE", *(f"coalesce({figure('')} {bound.relation} ?, FALSE)" for bound in bounds)]
    return " AND ".join(conditions), tuple(part for bound in bounds for part in (place(bound.metric), bound.limit))


def _formula(metrics: str | None, text: str) -> float | int | None:
    """Value of a formula over the metrics of a trial, for queries."""
    return value_of(text, json.loads(metrics or "{}"))


def lay(path: Path, facts: Mapping[str, str]) -> None:
    """A new file with its tables and facts. It appears whole: who lists sweeps meanwhile sees all or nothing."""
    with reported(path), closing(sqlite3.connect(":memory:")) as db:
        db.executescript(f"{SCHEMA};{TABLE};{INPUTS}")
        db.executemany("INSERT INTO sweep VALUES (?, ?)", facts.items())
        seal_facts(db, facts)
        seal_schema(db, whole=True)
        db.commit()
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.new")
        with draft.open("wb") as file:
            file.write(db.serialize())
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _is_shared(path: Path) -> bool:
    """True if the directory is writable. A closed ledger in a read-only directory lacks WAL's shared memory."""
    return os.access(path.parent, os.W_OK) or _has_log(path)


def _has_log(path: Path) -> bool:
    """True where a part of what was recorded is not in the ledger's file yet."""
    log = Path(f"{path}-wal")
    return log.exists() and log.stat().st_size > 0


@contextmanager
def reported(path: Path) -> Generator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:  # UnicodeDecodeError: of what SQLite says
        raise LedgerError(f"{path}: {error}. Nothing that was recorded before is lost; {MEND}") from error
