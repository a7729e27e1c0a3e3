"""The record of a sweep: one SQLite file, written durably before anything is told or mirrored. The only truth."""

import json
import sqlite3
import time
import zlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from sweep.common.escaping import for_storage
from sweep.errors import LedgerError, Reason
from sweep.ledger import checksums
from sweep.ledger.checksums import Damage
from sweep.ledger.encoding import dump, floats, load
from sweep.ledger.queries import LedgerQueries
from sweep.ledger.schema import FORMAT, INPUTS, connect, lay, reported
from sweep.ledger.trial_row import Row
from sweep.trial import VERIFIED, Metrics, Params, Proposal, Result

__all__ = ["Ledger", "Row"]


FATAL = "Restore it from a copy, or move its folder away and run the spec again"
RECENT = 30.0  # seconds for which a ledger without damage that is being written counts as such
_examined: dict[Path, tuple[tuple[object, ...], float, Damage]] = {}  # by this process


class Ledger(LedgerQueries):
    """One open ledger. `create` and `open` are the ways in; use it as a context manager."""

    @classmethod
    def create(cls, path: Path, facts: Mapping[str, Any]) -> Self:
        """A new ledger with the facts of its sweep (plain values), or the existing one at this path."""
        written = {name: json.dumps(value) for name, value in {"format": FORMAT, **facts}.items()}
        if not path.exists():
            lay(path, written)
        ledger = cls(path, connect(path, write=True))
        with ledger._closed_on_failure(), reported(path):
            ledger._repair(written)
        ledger._check()
        return ledger

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Self:
        """An existing ledger, for reading unless told otherwise. A reader does not see what is damaged of it."""
        try:
            path.stat()
        except FileNotFoundError:
            raise LedgerError(f"there is no ledger at {path}") from None
        except OSError as error:
            raise LedgerError(f"{path} cannot be reached: {error.strerror}") from None
        ledger = cls(path, connect(path, write=write))
        with ledger._closed_on_failure(), reported(path):
            ledger._look(write=write)
        ledger._check()
        return ledger

    def _look(self, *, write: bool) -> None:
        """Look for damage and hide it from a reader. LedgerError where that is not possible."""
        self.damage = self._examined()
        if self.damage.fatal:
            raise LedgerError(f"{self.path}: {self.damage.fatal}. {FATAL}")
        if write and self.damage:
            raise LedgerError(f"{self.path}: {self.damage.sentence}. `sweep resume` runs it again")
        if self.damage:
            checksums.hide(self._db, self.damage)
        if write:
            self._db.execute(checksums.TABLE)

    def _examined(self) -> Damage:
        """The damage of the file. That of a ledger which is being written is looked for now and then only."""
        state, now = checksums.stamp(self.path), time.monotonic()
        earlier = _examined.get(self.path)
        is_written = len(state) > 1  # it has a log: somebody writes to it
        if earlier and (earlier[0] == state or (is_written and not earlier[2] and earlier[1] + RECENT > now)):
            return earlier[2]
        damage = checksums.examine(self._db)
        _examined[self.path] = state, now, damage
        return damage

    def _repair(self, facts: Mapping[str, str]) -> None:
        """Take away what is damaged, so that it runs again. Raises sqlite3.Error where the file is past that."""
        damage = checksums.examine(self._db)
        if damage.structure:
            with suppress(sqlite3.Error):
                self._db.execute("REINDEX")  # its indexes may be all that is damaged
                damage = checksums.examine(self._db)
        if damage.structure:
            raise LedgerError(f"{self.path}: {damage.structure}. {FATAL}")
        for table in (checksums.TABLE, INPUTS):
            self._db.execute(table)
        checksums.seal_schema(self._db, whole=False)
        if damage:
            with self._writing():
                checksums.repair(self._db, damage, facts)
        self.damage = damage

    def _check(self) -> None:
        with self._closed_on_failure():
            row = self._one("SELECT value FROM sweep WHERE name = 'format'")
            if row is None:
                raise LedgerError(f"{self.path} is not the ledger of a sweep")
            if (version := load(row[0], int)) != FORMAT:
                age, remedy = ("a newer", "upgrade sweep") if version > FORMAT else ("an older", "run the sweep again")
                description = f"of {age} version of sweep (format {version}, this one reads {FORMAT})"
                raise LedgerError(f"{self.path} is {description}; {remedy}")

    @contextmanager
    def _closed_on_failure(self) -> Generator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise

    def note(self, **facts: Any) -> None:
        """Add or replace facts of the sweep."""
        with self._writing():
            values = [(name, json.dumps(value)) for name, value in facts.items()]
            self._db.executemany("INSERT OR REPLACE INTO sweep VALUES (?, ?)", values)
            checksums.seal_facts(self._db, facts)

    def begin(self, key: str, params: Params, proposal: Proposal | None = None) -> int:
        """Record that a trial is about to run, as its next attempt; its number, the next free one if it is new.

        With the proposal that asks for it the sequence of asks is recorded too, in the same transaction.
        """
        with self._writing():
            number: int = self._db.execute(
                """INSERT INTO trials (number, key, params, attempt)
                   SELECT coalesce(max(number) + 1, 0), ?, ?, 1 FROM trials WHERE true
                   ON CONFLICT (key) DO UPDATE SET attempt = attempt + 1, state = NULL, reason = NULL
                   RETURNING number""",
                (key, json.dumps(dict(params))),
            ).fetchone()[0]
            if proposal:
                self._asked(number, proposal)
        return number

    def asked(self, number: int, proposal: Proposal) -> None:
        """Record that a search has asked for a trial which needs not be begun for it."""
        with self._writing():
            self._asked(number, proposal)

    def _asked(self, number: int, p: Proposal) -> None:
        if p.memo is not None:
            row = (p.number, number, json.dumps(dict(p.params)), dump([r.plain() for r in p.rungs]), dump(p.memo))
            self._db.execute("INSERT OR IGNORE INTO asks VALUES (?, ?, ?, ?, ?)", row)
            checksums.seal_ask(self._db, p.number)

    def record(self, results: Iterable[tuple[int, Result]]) -> None:
        """Write results durably, all in one transaction: when this returns they survive a power cut."""
        with self._writing():
            for number, result in results:
                self._record(number, result)

    def _record(self, number: int, r: Result) -> None:
        self._db.execute(
            """UPDATE trials SET state = ?, reason = ?, message = ?, trace = ?, metrics = ?, warnings = ?,
                                 timing = ?, rungs = ?, replay = ?, started = ?, ended = ?, worker = ?,
                                 mlflow_run_id = NULL
               WHERE number = ?""",
            (r.state, r.reason, for_storage(r.message), for_storage(r.trace), dump(r.metrics),
             dump([for_storage(warning) for warning in r.warnings]), dump(r.timing),
             dump(list(r.rungs)), r.replay, r.started, r.ended, r.worker, number),
        )  # fmt: skip
        self._db.execute(
            """INSERT OR REPLACE INTO attempts
               SELECT number, attempt, state, reason, message, trace, started, ended, worker
               FROM trials WHERE number = ?""",
            (number,),
        )
        if r.steps:
            steps = self._calendar(r.steps)
            self._db.execute(
                "INSERT OR REPLACE INTO steps SELECT ?, id, ? FROM calendars WHERE days = ?",
                (number, floats(r.step_returns), steps),
            )
        if r.days or r.stats:
            days = self._calendar(r.days)
            self._db.execute(
                "INSERT OR REPLACE INTO series SELECT ?, id, ?, ?, ? FROM calendars WHERE days = ?",
                (number, floats(r.returns), zlib.compress(dump(r.stats).encode()), r.fills, days),
            )
        self._db.execute("DELETE FROM inputs WHERE number = ?", (number,))
        among = [(number, for_storage(name), noted) for name, noted in r.inputs.items()]
        self._db.executemany("INSERT INTO inputs VALUES (?, ?, ?)", among)
        checksums.seal_trials(self._db, [number])

    def amend(self, metrics: Iterable[tuple[int, Metrics]]) -> None:
        """Replace the metrics of trials, all in one transaction; they are mirrored again."""
        with self._writing():
            among = list(metrics)
            values = [(dump(figures), number) for number, figures in among]
            self._db.executemany("UPDATE trials SET metrics = ?, mlflow_run_id = NULL WHERE number = ?", values)
            checksums.seal_trials(self._db, [number for number, _ in among])

    def _calendar(self, times: Sequence[str]) -> str:
        """Have these times among the calendars; as they are written there."""
        text = dump(list(times))
        self._db.execute("INSERT OR IGNORE INTO calendars (days) VALUES (?)", (text,))
        return text

    def verified(self, numbers: Iterable[int]) -> None:
        """Note trials that ran in a pack, and isolated with the same fills and figures."""
        with self._writing():
            among = list(numbers)
            self._db.executemany(
                "UPDATE trials SET replay = ?, mlflow_run_id = NULL WHERE number = ?", [(VERIFIED, n) for n in among]
            )
            checksums.seal_trials(self._db, among)

    def forget_shared(self, *, asks: bool) -> None:
        """Take back the results of trials that ran in packs; with `asks` whatever a search concluded from them."""
        self._forget("replay LIKE 'shared%'", asks=asks)

    def forget_changed(self, *, asks: bool) -> int:
        """Take back all results if the data changed during the run, else those that failed for it; return their number.

        With `asks` also whatever a search concluded from them.
        """
        whose = "state IS NOT NULL" if self.facts.data_changed else f"reason = '{Reason.CHANGED}'"
        ((count,),) = self._read(f"SELECT count(*) FROM trials WHERE {whose}")  # noqa: S608
        if count:
            self._forget(whose, asks=asks)
        self.note(data_changed=None)
        return count

    def forget_inputs(self, changed: Iterable[tuple[str, str]], *, asks: bool) -> int:
        """Take back the results of trials that read these inputs (name, hash) which are no longer so; their number.

        With `asks` also whatever a search concluded from them.
        """
        query = "SELECT number FROM inputs JOIN trials USING (number) WHERE state IS NOT NULL AND name = ? AND hash = ?"
        numbers = {number for pair in changed for (number,) in self._read(query, pair)}
        if numbers:
            self._forget(f"number IN ({', '.join(map(str, numbers))})", asks=asks)
        return len(numbers)

    def _forget(self, whose: str, *, asks: bool) -> None:
        whose = "true" if asks else whose
        with self._writing():
            self._db.execute(f"DELETE FROM series WHERE number IN (SELECT number FROM trials WHERE {whose})")  # noqa: S608
            if asks:
                for table in ("asks", "attempts", "inputs", "trials"):
                    self._db.execute(f"DELETE FROM {table}")  # noqa: S608
                checksums.forget(self._db)
            else:
                failed = "SELECT DISTINCT number FROM attempts WHERE reason = ?"
                changed = [number for (number,) in self._db.execute(failed, (Reason.CHANGED,)).fetchall()]
                self._db.execute("DELETE FROM attempts WHERE reason = ?", (Reason.CHANGED,))
                checksums.seal_trials(self._db, changed)
                self._db.execute(f"UPDATE trials SET state = NULL, reason = NULL, replay = NULL WHERE {whose}")  # noqa: S608

    def mirrored(self, runs: Iterable[tuple[int, int, str]]) -> None:
        """Note the MLflow runs (number, attempt, run id) of trials; an attempt that is not the latest is ignored."""
        with self._writing():
            self._db.executemany(
                "UPDATE trials SET mlflow_run_id = ?3 WHERE number = ?1 AND attempt = ?2 AND state IS NOT NULL", runs
            )

    def forget_mirror(self) -> None:
        """Note that the tracker holds nothing of this sweep."""
        with self._writing():
            self._db.execute("UPDATE trials SET mlflow_run_id = NULL")
            self._db.execute("DELETE FROM sweep WHERE name = 'mlflow'")
            checksums.seal_facts(self._db, ["mlflow"])

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Make all that is written inside durable at once, at the end."""
        with self._writing():
            yield

    @contextmanager
    def _writing(self) -> Generator[None]:
        if self._db.in_transaction:
            yield
            return
        with reported(self.path), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield
