"""Checksums of what a ledger holds: a flipped bit on the disk is no figure.

The table `checks` has one for each fact, each ended trial (with its series and its attempts) and each ask. A ledger of
an earlier version has none for what it recorded: that is read as it is, and counted as not checked.
"""

import sqlite3
import struct
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from sweep.common.files.file_state import state_of
from sweep.ledger.facts import SweepFacts

TABLE = "CREATE TABLE IF NOT EXISTS checks (kind TEXT, id, digest BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID"
TRIAL, FACT, ASK, INPUTS, SCHEMA, WHOLE = b"trial", b"fact", b"ask", b"inputs", b"schema", b"whole"
RESULT = """t.number, t.state, t.key, t.params, t.reason, t.message, t.trace, t.metrics, t.warnings, t.timing, t.rungs,
    t.replay, t.attempt, t.started, t.ended, t.worker, s.returns, s.stats, s.fills, p.returns,
    s.calendar, p.calendar"""  # the last two stand for the days
JOINED = "FROM trials t LEFT JOIN series s ON s.number = t.number LEFT JOIN steps p ON p.number = t.number"
ATTEMPTS = "SELECT number, attempt, state, reason, message, trace, started, ended, worker FROM attempts"
ASKS = "SELECT ask, number, params, rungs, memo FROM asks"
NOTED = {"finished", "children", "mlflow", "lockbox", "looks", "walk_forward", "choice", "sharing_refuted",
         "data_changed", "outside", "agreed", "verdict", "importance"}  # fmt: skip
NEEDED = {f.name for f in fields(SweepFacts)} - NOTED  # facts without which nothing can be said of a sweep

type Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Damage:
    """Parts of a ledger that are not as they were recorded."""

    structure: str = ""  # what SQLite says of the file
    facts: tuple[str, ...] = ()
    trials: tuple[int, ...] = ()
    asks: tuple[int, ...] = ()
    checked: int = 0  # ended trials with a checksum
    unchecked: int = 0  # ended trials of an earlier version, without one

    def __bool__(self) -> bool:
        return bool(self.structure or self.facts or self.trials or self.asks)

    @property
    def fatal(self) -> str:
        """Reason why the ledger cannot be read at all; "" if it can."""
        lost = sorted(NEEDED & set(self.facts))
        return self.structure or (f"the recorded {', '.join(lost)} of the sweep changed" if lost else "")

    @property
    def sentence(self) -> str:
        """Sentence on what is damaged; "" if nothing is."""
        numbers = ", ".join(map(str, self.trials[:10])) + (" …" if self.trials[10:] else "")
        parts = [f"{len(self.trials):,} trials ({numbers})"] if self.trials else []
        parts += [f"{len(self.asks):,} steps of the search"] if self.asks else []
        parts += [", ".join(self.facts)] if self.facts else []
        return f"damaged on the disk, and left out: {'; '.join(parts)}" if parts else ""


def examine(db: sqlite3.Connection) -> Damage:
    """Compare all that a ledger holds with its checksums. Raises sqlite3.Error where it cannot be read."""
    with _raw(db), _at_once(db):
        verdict = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != b"ok":
            return Damage(structure=f"the file is damaged ({' '.join(verdict.decode(errors='replace').split())})")
        checks = _checks(db)
        if _differs(checks, SCHEMA, 0, _schema(db)):
            return Damage(structure="the schema of the file changed")
        facts = _damaged(checks, FACT, dict(_facts(db)))
        asks = _damaged(checks, ASK, dict(_asks(db)))
        ended, inputs = dict(_ended(db)), dict(_inputs(db))
    damaged = {*_damaged(checks, TRIAL, ended), *_damaged(checks, INPUTS, inputs)}
    trials = [number for number in ended if number in damaged]  # others have not ended
    checked = sum((TRIAL, number) in checks for number in ended)
    names = tuple(name.decode(errors="replace") for name in facts)
    return Damage("", names, tuple(trials), tuple(asks), checked, len(ended) - checked)


def _damaged[T](checks: Mapping[tuple[object, object], object], kind: bytes, digests: Mapping[T, bytes]) -> list[T]:
    """The entries that differ from their checksums, or are missing.

    One without a checksum is damaged too, in a ledger that has had checksums from its beginning.
    """
    recorded: dict[Any, object] = {name: checksum for (of, name), checksum in checks.items() if of == kind}
    is_whole = (WHOLE, 0) in checks
    changed = [name for name, now in digests.items() if recorded.get(name, None if is_whole else now) != now]
    return changed + [name for name in recorded if name not in digests]


def seal_schema(db: sqlite3.Connection, *, whole: bool) -> None:
    """Record the checksum of the tables; `whole`: from now on everything that the ledger holds has a checksum."""
    with _raw(db):
        _write(db, SCHEMA, [(0, _schema(db))])
        _write(db, WHOLE, [(0, b"")] if whole else [])


def seal_trials(db: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Record the checksums of trials that have ended, in the transaction that wrote them."""
    with _raw(db):
        among = list(numbers)
        _write(db, TRIAL, [seal for number in among for seal in _ended(db, number)])
        db.executemany("DELETE FROM checks WHERE kind = 'inputs' AND id = ?", [(number,) for number in among])
        _write(db, INPUTS, [seal for number in among for seal in _inputs(db, number)])


def seal_facts(db: sqlite3.Connection, names: Iterable[str]) -> None:
    """Record the checksums of facts, and forget those of facts that are gone."""
    with _raw(db):
        among = list(names)
        db.executemany("DELETE FROM checks WHERE kind = 'fact' AND id = ?", [(name,) for name in among])
        _write(db, FACT, [seal for name in among for seal in _facts(db, name)])


def seal_ask(db: sqlite3.Connection, ask: int) -> None:
    """Record the checksum of an ask."""
    with _raw(db):
        _write(db, ASK, _asks(db, ask))


def hide(db: sqlite3.Connection, damage: Damage) -> None:
    """Hide what is damaged from the queries of a reader: such a trial has not ended, and left nothing."""
    trials = ", ".join(map(str, damage.trials)) or "NULL"
    stand_ins = {"number": "number", "key": "''", "params": "'{}'", "attempt": "0"}
    listed = ", ".join(
        f"iif(coalesce(number IN ({trials}), 0), {stand_ins.get(column, 'NULL')}, {column}) AS {column}"
        for _, column, *_ in db.execute("PRAGMA main.table_info(trials)")
    )
    db.execute(f"CREATE TEMP VIEW trials AS SELECT {listed} FROM main.trials")  # noqa: S608
    asks = ", ".join(map(str, damage.asks)) or "NULL"
    facts = ", ".join(f"'{name}'" for name in damage.facts if name.isidentifier()) or "NULL"
    tables = ("series", "steps", "attempts", *(("inputs",) if _has(db, "inputs") else ()))
    of_trials = [(table, "number", trials) for table in tables]
    for table, key, rows in [*of_trials, ("asks", "ask", asks), ("sweep", "name", facts)]:
        intact = f"SELECT * FROM main.{table} WHERE NOT coalesce({key} IN ({rows}), 0)"  # noqa: S608
        db.execute(f"CREATE TEMP VIEW {table} AS {intact}")


def repair(db: sqlite3.Connection, damage: Damage, facts: Mapping[str, str]) -> None:
    """Take away what is damaged, in a transaction; damaged facts are replaced by those of the plan."""
    for name in damage.facts:
        db.execute("DELETE FROM sweep WHERE name = ?", (name,))
        db.execute("DELETE FROM checks WHERE kind = 'fact' AND id = ?", (name,))
        if name in facts:
            db.execute("INSERT OR REPLACE INTO sweep VALUES (?, ?)", (name, facts[name]))
    seal_facts(db, damage.facts)
    if damage.asks:
        for table in ("asks", "attempts", "series", "steps", "inputs", "trials"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608
        forget(db)
    for number in damage.trials:
        for table in ("series", "steps", "attempts", "inputs", "trials"):
            db.execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608


def forget(db: sqlite3.Connection) -> None:
    """Forget the checksums of trials and asks that were taken away."""
    kinds = (("trial", "trials", "number"), ("inputs", "inputs", "number"), ("ask", "asks", "ask"))
    for kind, table, key in kinds:
        db.execute(f"DELETE FROM checks WHERE kind = ? AND id NOT IN (SELECT {key} FROM {table})", (kind,))  # noqa: S608


def _write(db: sqlite3.Connection, kind: bytes, seals: Iterable[tuple[object, bytes]]) -> None:
    rows = [(kind.decode(), name.decode() if isinstance(name, bytes) else name, digest) for name, digest in seals]
    db.executemany("INSERT OR REPLACE INTO checks VALUES (?, ?, ?)", rows)


@contextmanager
def _raw(db: sqlite3.Connection) -> Generator[None]:
    """Texts are read as bytes: a damaged one may be no text."""
    db.text_factory = bytes
    try:
        yield
    finally:
        db.text_factory = str


@contextmanager
def _at_once(db: sqlite3.Connection) -> Generator[None]:
    """Read the state of one moment inside, also while a driver writes."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.rollback()  # nothing where an error has ended it, as on a full disk


def _checks(db: sqlite3.Connection) -> dict[tuple[object, object], object]:
    if not _has(db, "checks"):
        return {}
    return {(kind, name): digest for kind, name, digest in db.execute("SELECT kind, id, digest FROM checks")}


def _has(db: sqlite3.Connection, table: str) -> bool:
    """False for a table that an earlier version did not make."""
    return bool(db.execute("SELECT 1 FROM main.sqlite_master WHERE name = ?", (table,)).fetchone())


def _differs(checks: Mapping[tuple[object, object], object], kind: bytes, name: object, digest: bytes) -> bool:
    return checks.get((kind, name)) not in (None, digest)


def _schema(db: sqlite3.Connection) -> bytes:
    rows = db.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    )
    return digest([part for row in rows for part in tuple(row)])


def _facts(db: sqlite3.Connection, name: str | None = None) -> Iterator[tuple[bytes, bytes]]:
    where, values = ("WHERE name = ?", (name,)) if name is not None else ("", ())
    for row in db.execute(f"SELECT name, value FROM sweep {where}", values).fetchall():  # noqa: S608
        yield row[0], digest(row)


def _asks(db: sqlite3.Connection, ask: int | None = None) -> Iterator[tuple[int, bytes]]:
    where, values = ("WHERE ask = ?", (ask,)) if ask is not None else ("", ())
    for row in db.execute(f"{ASKS} {where}", values).fetchall():
        yield row[0], digest(row)


def _inputs(db: sqlite3.Connection, number: int | None = None) -> Iterator[tuple[int, bytes]]:
    """The trials with inputs that no key covers, with the checksums of these."""
    where, values = ("WHERE number = ?", (number,)) if number is not None else ("", ())
    query = f"SELECT number, name, hash FROM inputs {where} ORDER BY number, name"  # noqa: S608
    rows = map(tuple, db.execute(query, values) if _has(db, "inputs") else ())
    yield from ((of, digest([part for row in group for part in row])) for of, group in groupby(rows, itemgetter(0)))


def _ended(db: sqlite3.Connection, number: int | None = None) -> Iterator[tuple[int, bytes]]:
    """The trials that have ended (or this one, if it has), with the checksums of what is there of them."""
    where, values = ("AND t.number = ?", (number,)) if number is not None else ("", ())
    attempts = _attempts(db, number)
    days: dict[object, bytes] = {}
    for row in db.execute(f"SELECT {RESULT} {JOINED} WHERE t.state IS NOT NULL {where}", values):
        calendars = [_days(db, days, calendar) for calendar in tuple(row)[-2:]]
        yield row[0], digest([*tuple(row)[:-2], *calendars, attempts.get(row[0])])


def _attempts(db: sqlite3.Connection, number: int | None) -> dict[object, bytes]:
    where, values = ("WHERE number = ?", (number,)) if number is not None else ("", ())
    rows = map(tuple, db.execute(f"{ATTEMPTS} {where} ORDER BY number, attempt", values))
    return {of: digest([part for row in group for part in row]) for of, group in groupby(rows, itemgetter(0))}


def _days(db: sqlite3.Connection, days: dict[object, bytes], calendar: object) -> bytes | None:
    if calendar is None:
        return None
    if calendar not in days:
        row = db.execute("SELECT days FROM calendars WHERE id = ?", (calendar,)).fetchone()
        days[calendar] = digest(row) if row else b""
    return days[calendar]


def digest(values: Iterable[object]) -> bytes:
    """A hash of values as SQLite stores them: numbers, texts as bytes, blobs, nothing."""
    total = blake2b(digest_size=16)
    for value in values:
        if isinstance(value, bytes):
            part, kind = value, b"b"
        elif isinstance(value, float):
            part, kind = struct.pack("<d", value), b"f"
        else:
            part, kind = repr(value).encode(), b"i"
        total.update(kind + len(part).to_bytes(8))
        total.update(part)
    return total.digest()


def stamp(path: Path) -> tuple[object, ...]:
    """State of the file of a ledger, and of its log if there is one, which changes with what is in them."""
    files = [file.stat() for file in (path, Path(f"{path}-wal")) if file.exists()]
    return tuple(state_of(file) for file in files if file.st_size)
