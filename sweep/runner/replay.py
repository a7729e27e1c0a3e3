"""One trial of a sweep again, alone, from its record: every figure is compared, nothing is assumed to be equal."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sweep.backtest import engine_version
from sweep.backtest.accounting.fill_digest import Span, count, first_difference
from sweep.backtest.engine.pruning_checks import keeps
from sweep.backtest.records import NOTHING, BacktestRecord, Fill, Hooks
from sweep.backtest.user_code.source_hashes import import_paths
from sweep.backtest.user_code.source_snapshot import NO_CODE, SourceSnapshot, take
from sweep.backtest.user_code.unkeyed_inputs import changes
from sweep.catalog import Fingerprint
from sweep.catalog.remote import brought
from sweep.common.units import moment_of
from sweep.errors import LedgerError, SweepError
from sweep.executors.worker.run_trial import execute
from sweep.ledger.facts import SweepFacts
from sweep.ledger.ledger import Row
from sweep.ledger.run_directory import Folder
from sweep.results.curves.benchmark import Benchmark, with_comparison
from sweep.results.out_of_sample import looks
from sweep.results.report import Report
from sweep.runner.plan import importable, importable_code
from sweep.spec.constraints.formula import value_of
from sweep.spec.model import resolve
from sweep.trial import PROTOCOL, Result, Rung, State

OTHER_ENGINE = "the engine was"  # begins the sentence on another version of the engine


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure as it was recorded, and as it is now."""

    name: str  # of a metric, a rung ("rung 1"), or the ISO date of a daily return
    then: object
    now: object

    @property
    def is_same(self) -> bool:
        """Equal to the last bit."""
        return self.then == self.now


@dataclass(frozen=True, slots=True)
class RecordedTrial:
    """A trial as it was recorded, and what is not as it was then."""

    sweep: str
    row: Row
    facts: SweepFacts
    returns: Mapping[str, float]  # by day
    fills: str  # their trail; "" where none was recorded
    rungs: Sequence[Rung]  # those that pruned it
    changed: tuple[str, ...]  # what fixes a result and is not as it was: engine, data, code, inputs
    catalog: str  # where the data is on this machine
    code: SourceSnapshot = NO_CODE  # the user modules as they are now

    @property
    def backtest(self) -> dict[str, Any]:
        """The resolved backtest."""
        return resolve(self.facts.backtest, self.row.params)

    def run(self, look: Hooks = NOTHING) -> "ReplayResult":
        """The trial again, in this process. If it fails now, the result says so."""
        records: list[BacktestRecord] = []

        def keep(trial: BacktestRecord) -> None:
            records.append(trial)
            if look.keep:
                look.keep(trial)

        inside = replace(look, keep=keep)
        base = {**self.facts.backtest, "catalog": self.catalog}
        more: dict[str, Any] = {"name": self.row.key, "attached": True, "look": inside, "code": self.code}
        result = execute(base, self.row.params, rungs=self.rungs, **more)
        result = with_comparison(Benchmark.of(self.facts.benchmark), result)
        trial = records[0] if records and result.state is not State.FAILED else None
        return ReplayResult(
            self.sweep, self.row, self.changed, self._figures(result), result, trial, self._fill(result, trial)
        )

    def _figures(self, result: Result) -> tuple[Compared, ...]:
        figures = [Compared(name, value, value_of(name, result.metrics)) for name, value in self.row.metrics.items()]
        if self.row.state is State.PRUNED:
            reached = zip_longest(self.row.rungs, result.rungs)
            figures += [Compared(f"rung {n}", was, value) for n, (was, value) in enumerate(reached, 1)]
        now = dict(zip(result.days, result.returns, strict=True))
        days = sorted({*self.returns, *now}, reverse=True)
        return tuple(figures + [Compared(day, self.returns.get(day), now.get(day)) for day in days])

    def _fill(self, result: Result, trial: BacktestRecord | None) -> "FillDifference | None":
        span = first_difference(self.fills, result.fills) if self.fills and trial else None
        if span is None or trial is None:
            return None
        return FillDifference(span, count(self.fills), tuple(trial.fills[span.first : span.last + 1]))


@dataclass(frozen=True, slots=True)
class FillDifference:
    """First fill that differs in a replay."""

    span: Span
    then: int  # how many fills there were
    now: tuple[Fill, ...]  # those of the span, as they are now; the first of them that differs is one of these

    def __str__(self) -> str:
        """As a sentence."""
        place = f"fill {self.span.first + 1}"
        place += f" to {self.span.last + 1}" if self.span.last > self.span.first else ""
        if self.span.first >= self.then:
            other = "there was none"
        else:
            other = "it is not there now" if not self.now else "it is not the same"
        now = f"; now: {describe_fill(self.now[0])}" if self.now else ""
        return f"{place} of {self.then}: {other}{now}"


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """A trial that was run again."""

    sweep: str
    row: Row
    changed: tuple[str, ...]  # what fixes a result and is not as it was: engine, data, code, inputs
    figures: tuple[Compared, ...]
    result: Result
    trial: BacktestRecord | None  # what it came to; None where it FAILED
    fill: FillDifference | None  # the first fill that differs

    @property
    def identical(self) -> bool:
        """True if every metric, every daily return and every fill is the same."""
        return bool(self.figures) and self.fill is None and all(f.is_same for f in self.figures)

    @property
    def first_difference(self) -> Compared | None:
        """The first daily return, else the first metric, that is not the same."""
        return next((f for f in reversed(self.figures) if not f.is_same), None)


def replay(folder: Folder, trial: str | int) -> ReplayResult:
    """Run a trial again in this process, a PRUNED one up to its rung. If it fails now, the result says so.

    SweepError for a trial that never came to figures.
    """
    return record(folder, trial).run()


def record(folder: Folder, trial: str | int) -> RecordedTrial:
    """A trial from its record, compared with what is there now; nothing runs yet. `lockbox`: the last run on it."""
    importable()
    importable_code(folder)
    if trial == "lockbox":
        folder, trial = _opened(Report(folder))
    report = Report(folder)
    row = report.trial(trial)
    if row.state not in {State.COMPLETE, State.PRUNED}:
        how = f"{row.state} ({row.reason}: {row.message})" if row.state else "not ended"
        raise SweepError(f"{report.id}: trial {row.number} is {how}; it has no figures to compare")
    with folder.open() as ledger:
        days, returns, _ = ledger.series(row.number)
        rungs = pruned_by(ledger.judged(row.number), row)
        fills, inputs = ledger.trail(row.number), ledger.inputs(row.number)
    by_day = dict(zip(days, returns, strict=True))
    base = report.facts.backtest
    here = brought(base, resolve(base, row.params))
    code = take(import_paths(resolve(base, row.params)))
    others = (*changed(replace(report.facts, backtest=here), code.hashes), *changes(inputs))
    return RecordedTrial(report.id, row, report.facts, by_day, fills, rungs, others, here["catalog"], code)


def of_run(runs_dir: Path, run: str, uri: str) -> tuple[Folder, int]:
    """The sweep's folder and the number of the trial that an MLflow run mirrors, by the run's id.

    What the ledgers know is enough; otherwise the tracking store is asked. InputError where neither knows, or where the
    store cannot be reached.
    """
    for folder in Folder.all(runs_dir):
        with suppress(LedgerError), folder.open() as ledger:  # one that cannot be read is not the one
            if (number := ledger.mirrored_by(run)) is not None:
                return folder, number
    from sweep.tracking.factory import tracker

    sweep, number = tracker(uri).trial_of(run)
    return Folder.find(runs_dir, sweep), number


def describe_fill(fill: Fill) -> str:
    """A fill in a line."""
    at = moment_of(fill.ts_event)
    return f"{at} {fill.side} {fill.quantity:g} {fill.instrument_id} at {fill.price:g} ({fill.client_order_id})"


def pruned_by(proposed: Sequence[Sequence[Rung]], row: Row) -> Sequence[Rung]:
    """Of the rungs that a trial was asked with, maybe more than once, those that pruned it; none for a COMPLETE one."""
    if row.state is not State.PRUNED:
        return ()

    def did(rungs: Sequence[Rung]) -> bool:
        last, value = rungs[len(row.rungs) - 1], row.rungs[-1]
        return last.p is not None or (value is not None and not keeps(last, value))

    return next(filter(did, proposed), ())


def _opened(report: Report) -> tuple[Folder, str]:
    """Folder and key of the run on the lock-box."""
    if not (openings := looks(report.facts)):
        raise SweepError(f"{report.id}: its lock-box was not opened, or it keeps none")
    return report.folder.part(openings[-1].kept), openings[-1].key


def changed(facts: SweepFacts, now: Mapping[str, str]) -> list[str]:
    """List the inputs of a trial that have changed since, a sentence each."""
    changes: list[str] = []
    if facts.engine != (engine := engine_version()):
        changes.append(f"{OTHER_ENGINE} {facts.engine}, now it is {engine}")
    if facts.protocol != PROTOCOL:
        changes.append(f"this version of sweep measures otherwise (protocol {facts.protocol}, now {PROTOCOL})")
    base = facts.backtest
    if facts.data != Fingerprint(base["catalog"], exact=facts.exact).of(base):
        changes.append(f"the data in {base['catalog']} is not the same")
    moved = {m for m in now if facts.sources.get(m) != now[m]}
    return changes + [f"the source of {module} is not the same" for module in sorted(moved)]
