"""The lock-box is opened: once, for one trial, on record before anything is seen of it."""

import getpass
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from sweep.backtest.user_code.unkeyed_inputs import changed
from sweep.catalog.verify.verifier import judge
from sweep.errors import InputError, LedgerError, Problem, SweepError
from sweep.executors.base import ExecutorOptions
from sweep.executors.inline import InlineExecutor
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results.out_of_sample import LockboxOpening, looks, overlaps
from sweep.results.report import Report
from sweep.runner.control.progress import Progress
from sweep.runner.control.stop import Stop
from sweep.runner.driver import Driver
from sweep.runner.output_files import conclude
from sweep.runner.period_split import LOCKBOX, Stretch
from sweep.runner.plan import SweepPlan, readings
from sweep.runner.result_reuse import forget_changed
from sweep.runner.resume import resume
from sweep.search.factory import search
from sweep.spec.components.places import label
from sweep.trial import State


def open_lockbox(folder: Folder, trial: str | int | None = None, *, again: bool = False) -> LockboxOpening:
    """Run a trial (the best by default) on the lock-box, or give the look back that it had.

    A second look, for another trial, is refused unless `again` says so; then it is counted wherever the lock-box is
    shown. InputError where the sweep keeps no lock-box, or is not the same any more.
    """
    planned = resume(folder)
    if planned.parts is None or planned.parts.lockbox is None:
        remedy = "write validation: {lockbox: 20 %} into its spec, or `date` of days that have come since, and run it"
        raise InputError(Problem(folder.id, "keeps no lock-box", remedy=remedy))
    with folder.locked(), Ledger.open(folder.ledger, write=True) as ledger:
        row = _chosen(Report(folder), trial)
        look = _look(folder, ledger, planned, planned.parts.lockbox, row)
        openings = looks(ledger.facts)
        same = next((k for k in reversed(openings) if k.key == look.key), None)
        others = _changed_inputs(folder, same) if same and same.state else []
        if same and same.state and not others:
            return same
        if openings and (not same or others) and not again:
            raise InputError(_refusal(openings, others))
        held_out = planned.on(planned.parts.lockbox, row.params)
        _verify(held_out)
        if not same or others:
            same = look
            _note(ledger, look)
        opening = same.settled(_run(folder, held_out))
        _note(ledger, opening)
        conclude(folder, ledger)
    return opening


def _chosen(report: Report, trial: str | int | None) -> Row:
    row = report.best() if trial is None else report.trial(trial)
    if row.state is not State.COMPLETE:
        raise SweepError(
            f"{report.id}: trial {row.number} is {row.state or 'not ended'}; only a COMPLETE one is scored"
        )
    return row


def _look(folder: Folder, ledger: Ledger, planned: SweepPlan, box: Stretch, row: Row) -> LockboxOpening:
    held_out = planned.on(box, row.params)
    return LockboxOpening(
        row.number, held_out.key(row.params), f"{getpass.getuser()}@{socket.gethostname()}",
        datetime.now(UTC).isoformat(timespec="seconds"), box.period, held_out.data.of(held_out.base), held_out.id,
        ledger.standing()[0], seen=tuple(_seen(folder, label(ledger.facts.backtest), box)),
    )  # fmt: skip


def _seen(folder: Folder, strategy: str, box: Stretch) -> Iterator[str]:
    """Other sweeps of this strategy beside this one which searched these days, or opened a lock-box on them."""
    for other in Folder.all(folder.path.parent):
        with suppress(LedgerError):
            if other.id == folder.id:
                continue
            facts = Report(other).facts
            periods = [facts.backtest["period"], *(look["period"] for look in facts.looks)]
            if label(facts.backtest) == strategy and any(overlaps(p, box.period) for p in periods):
                yield other.id


def _changed_inputs(folder: Folder, opening: LockboxOpening) -> list[str]:
    """Names of what a run on the lock-box read, no key covers, and is not as it was: its figures are not known now."""
    with folder.part(opening.kept).open() as ledger:
        row = ledger.find(opening.key)
        return changed(ledger.inputs(row.number)) if row else []


def _refusal(openings: list[LockboxOpening], others: list[str]) -> Problem:
    first = openings[0]
    since = f", and {', '.join(others)}, which it read, changed since" if others else ""
    rule = f"was opened on {first.at} by {first.by} for trial {first.trial}{since}: opened twice it is no lock-box"
    remedy = "`sweep show` has what it showed; --again opens it once more, which is counted wherever it is shown"
    return Problem(LOCKBOX, rule, remedy=remedy)


def _note(ledger: Ledger, look: LockboxOpening) -> None:
    """Keep a look, in the place of the same one without figures."""
    openings = [opening for opening in ledger.facts.looks or () if opening["key"] != look.key or opening["state"]]
    ledger.note(looks=[*openings, look.plain()])


def _verify(held_out: SweepPlan) -> None:
    """Look at the data of the lock-box as at that of any sweep; the search's run has left it alone."""
    faults, _ = judge(readings(held_out.spec, held_out.base), held_out.spec.verify.accept)
    if faults:
        raise InputError(faults)


def _run(folder: Folder, held_out: SweepPlan) -> Row:
    """The trial on the lock-box, in this process, recorded in a sweep of its own."""
    part = folder.part(held_out.id)
    with Ledger.create(part.ledger, held_out.facts()) as ledger:
        part.spec.write_text(held_out.yaml(), encoding="utf-8")
        forget_changed(ledger, held_out)
        executor = InlineExecutor(held_out.base, ExecutorOptions(code=held_out.code))
        Driver(held_out, search(held_out.spec), executor, ledger, Progress(1, exact=True, slots=1)).run(
            Stop(), lambda _: None
        )
        (params,) = held_out.spec.space.points()
        row = ledger.find(held_out.key(params))
    if row is None or row.state is None:
        raise SweepError(f"{folder.id}: the run on the lock-box was interrupted; the same command completes it")
    return replace(row, params=params)
