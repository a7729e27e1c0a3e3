"""Completed results of other sweeps in the same runs directory, looked up by trial key (`--reuse`)."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from sweep.errors import LedgerError
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.runner.plan import SweepPlan
from sweep.trial import Result, State

type FindResult = Callable[[str], Result | None]  # the result of another sweep under a trial key


@contextmanager
def completed_results(folder: Folder | None, planned: SweepPlan) -> Generator[FindResult]:
    """A search by key for COMPLETE results in the sweeps beside this one, the newest first; finds nothing for None."""
    with ExitStack() as opened:
        others: list[tuple[str, Ledger]] = []
        for other in (f for f in Folder.all(folder.path.parent) if f != folder) if folder else ():
            with suppress(LedgerError):  # one that cannot be read has nothing to give
                ledger = opened.enter_context(other.open())
                facts = ledger.facts
                is_usable = facts.engine == planned.engine and not facts.data_changed
                others += [(other.id, ledger)] if is_usable else []

        def find(key: str) -> Result | None:
            for name, ledger in others:
                row = ledger.find(key)
                if row and row.state is State.COMPLETE:
                    return replace(ledger.result(row), message=f"taken from {name}, trial {row.number} (--reuse)")
            return None

        yield find
