"""Ledgers that a test edits: what it writes counts as recorded by an earlier version, which kept no checksums."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def edited(ledger: Path) -> Generator[sqlite3.Connection]:
    """The database of a ledger, in one transaction."""
    with closing(sqlite3.connect(ledger)) as db, db:
        yield db
        db.execute("DELETE FROM checks")
