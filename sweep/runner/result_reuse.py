"""Results that are taken again: those of other sweeps by key (`--reuse`), and those whose inputs are what they were."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from sweep.backtest.user_code.unkeyed_inputs import UNSTABLE, changed, current
from sweep.errors import LedgerError
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results.curves.benchmark import without_comparison
from sweep.runner.plan import SweepPlan
from sweep.trial import Result, State

type FindResult = Callable[[str], Result | None]  # the result of another sweep under a trial key


@contextmanager
def completed_results(folder: Folder | None, planned: SweepPlan) -> Generator[FindResult]:
    """A search by key for COMPLETE results in the sweeps beside this one, the newest first; finds nothing for None."""
    with ExitStack() as opened:
        others: list[tuple[SweepFacts, Ledger]] = []
        for other in (f for f in Folder.all(folder.path.parent) if f != folder) if folder else ():
            with suppress(LedgerError):  # one that cannot be read has nothing to give
                ledger = opened.enter_context(other.open())
                facts = ledger.facts
                is_usable = facts.engine == planned.engine and not facts.data_changed
                others += [(facts, ledger)] if is_usable else []

        def find(key: str) -> Result | None:
            for facts, ledger in others:
                row = ledger.find(key)
                if row and row.state is State.COMPLETE and not changed(ledger.inputs(row.number)):
                    note = f"taken from {facts.id}, trial {row.number} (--reuse)"
                    return replace(without_comparison(facts, ledger.result(row)), message=note)
            return None

        yield find


def changed_inputs(ledger: Ledger) -> list[tuple[str, str]]:
    """Inputs of ended trials, name and hash, that are no longer so; an UNSTABLE one cannot be compared."""
    noted = [(name, hash_) for name, hashes in ledger.all_inputs().items() for hash_ in hashes if hash_ != UNSTABLE]
    now = {name: current(name) for name, _ in noted}
    return [(name, hash_) for name, hash_ in noted if now[name] != hash_]


def changed_while_it_ran(ledger: Ledger) -> str:
    """A sentence on inputs that are not what trials of this run read, "" for none."""
    names = ", ".join(dict.fromkeys(name for name, _ in changed_inputs(ledger)))
    notice = "the same command runs again the trials that read it as it was"
    return f"{names} changed while the sweep ran, and no key covers it: {notice}" if names else ""


def forget_changed(ledger: Ledger, planned: SweepPlan) -> str:
    """Let the trials run again whose inputs are no longer so; a sentence on them, "" for none."""
    inputs = changed_inputs(ledger)
    again = ledger.forget_inputs(inputs, asks=bool(planned.search))
    names = ", ".join(dict.fromkeys(name for name, _ in inputs))
    return f"{again:,} results are run again: {names}, which they read and no key covers, changed" if again else ""
