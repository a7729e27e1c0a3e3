"""Shared replay of a sweep: its conditions, the sample of trials that is run again isolated, and the comparison."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil

from sweep.backtest import against_sharing
from sweep.backtest.accounting.fill_digest import first_difference
from sweep.backtest.metrics.builtin import OPEN_AT_END
from sweep.backtest.records import BacktestRecord, Hooks
from sweep.common.json_values import digest
from sweep.common.units import moment_of
from sweep.errors import Reason
from sweep.executors.base import Executor
from sweep.executors.batching import MACHINE, SharingExecutor, Sorting
from sweep.executors.worker.run_trial import execute
from sweep.ledger.ledger import Ledger, Row
from sweep.ledger.run_directory import Folder
from sweep.results.curves.benchmark import with_comparison
from sweep.results.html.price_section import store_chart
from sweep.runner.control.stop import Stop
from sweep.runner.plan import SweepPlan
from sweep.runner.walk_forward import has_searches_on_parts, searches_on_parts
from sweep.spec.components.places import addresses, field, full_name, strategies
from sweep.spec.model import resolve
from sweep.trial import CONTRADICTS, ISOLATED, SHARED, VERIFIED, Params, Result, State, Trial

BEST = 3  # of the objective that are run again
SHARE, LEAST = 0.05, 5  # of all trials that ran in packs, drawn at random
HOLDERS = 2  # of those that end with positions
WORTH = 20  # trials of a sweep from which on `auto` shares: fewer are run again nearly as often as they are saved
PATIENCE = 0.5  # seconds between looks at the stop flag
BROKEN = MACHINE | {Reason.TIMEOUT}  # ends of a control trial that a busy machine may have caused


def obstacles(planned: SweepPlan) -> list[str]:
    """Every reason why the sweep cannot share passes, seen from its first trial; none where it can."""
    reasons = against_sharing(resolve(planned.base, _first(planned)))
    return ["its first trial cannot be built"] if reasons is None else reasons


def _first(planned: SweepPlan) -> Params:
    return {} if planned.spec.search.is_study else planned.spec.space.first() or {}


def _has_several(planned: SweepPlan) -> bool:
    """True if the trial with all components that are switched on by parameters cannot share passes."""
    names = [d.name for d in planned.spec.space.dimensions if field(full_name(d.name)) == "enabled"]
    whole: Params = {**_first(planned), **dict.fromkeys(names, True)}
    return bool(names and against_sharing(resolve(planned.base, whole)))


def is_wanted(planned: SweepPlan) -> bool:
    """True if the spec asks for packs."""
    mode = planned.spec.execution.replay
    return mode == "shared" or (mode == "auto" and planned.spec.count()[0] >= WORTH)


def sorting(planned: SweepPlan) -> Sorting:
    """Group the trials that may share a pass: those that differ only in the strategy's config."""
    cache: dict[str, str] = {}
    own = tuple(f"{place.where}.config." for place in strategies(planned.base))

    def sort(trial: Trial) -> tuple[str, str]:
        others = {
            name: value
            for name, value in trial.params.items()
            if not all(address.startswith(own) for address in addresses(planned.base, name))
        }
        group = digest(others)
        if group not in cache:
            reasons = against_sharing(resolve(planned.base, trial.params))
            if reasons is None:
                return group, "it cannot be built"
            cache[group] = "; ".join(reasons)
        return group, cache[group]

    return sort


def repeats(trials: int) -> int:
    """About how many of so many trials are run again."""
    return min(trials, BEST + max(LEAST, ceil(SHARE * trials)))


def gain(trials: int, pack: int, alone: float, several: int = 1, together: float = 0.0) -> float:
    """Estimate the speed-up by packs: `alone` is the time of one trial, `together` that of a pack of `several`.

    Without the latter the gain were there no work but the market's. A pack that is faster than one trial has left out
    most of the market: then all of its time is taken for that of its trials.
    """
    packs = ceil(trials / pack)
    if several > 1 and together < alone:
        return trials * alone / (trials * together / several + repeats(trials) * alone)
    each = (together - alone) / (several - 1) if several > 1 else 0.0
    return trials * alone / (packs * alone + (trials - packs) * each + repeats(trials) * alone)


def announcement(planned: SweepPlan) -> str:
    """Sentence before a sweep runs: how many trials share a pass, or why none does; "" where nothing was asked for."""
    if not is_wanted(planned):
        return ""
    if reasons := obstacles(planned):
        others = f" (and {len(reasons) - 1} more: --dry-run)" if len(reasons) > 1 else ""
        return f"each trial runs in an engine of its own: {reasons[0]}{others}"
    spec = planned.spec
    most = min(spec.execution.pack, spec.search.window or spec.execution.pack, spec.count()[0])
    which = "trials of one component" if _has_several(planned) else "trials"
    return f"up to {most} {which} share a pass over the market; about {repeats(spec.count()[0])} are run again alone"


@dataclass(frozen=True, slots=True)
class Proof:
    """Result of running trials again, isolated."""

    again: int = 0  # trials that were run again now, all of them the same
    difference: str = ""  # the first that was not


def sharing(planned: SweepPlan, executor: Executor) -> SharingExecutor:
    """Packs on an executor; trials are checked while others run where their numbers are those of one ledger."""
    place = SharingExecutor(executor, sorting(planned), planned.spec.execution.pack)
    return place if has_searches_on_parts(planned) else replace(place, drawn=drawing(planned))


def drawing(planned: SweepPlan) -> Callable[[Trial], bool]:
    """Predict the trials of the sample before they have run."""
    total = max(1, planned.spec.count()[0])
    share = max(LEAST, SHARE * total) / total
    return lambda trial: lot(trial.key) < share


def lot(key: str) -> float:
    """Map a trial's key to a number from 0 to 1: the lowest are the sample."""
    return int.from_bytes(sha256(key.encode()).digest()[:8]) / 2**64


def kind(warning: str) -> str:
    """A warning without its numbers and what stands behind its colon."""
    return re.sub(r"\d+|s\b", "", warning.partition(":")[0])


def chosen(ledger: Ledger, *, best: int = BEST, least: int = LEAST) -> list[Row]:
    """The trials to run again: the best, a sample that their keys draw, and those with a warning that not all have.

    A position at the end, which is marked to market as on any other day, is no sign that something went wrong: of the
    trials that end with one, as a rule half of a grid, `HOLDERS` are run again.
    """
    shared = sorted((row for row in ledger.rows() if row.replay in {SHARED, VERIFIED}), key=lambda row: lot(row.key))
    warned = {row.number: set(map(kind, row.warnings)) for row in shared}
    common = set[str].intersection(*warned.values()) if warned else set[str]()
    holders = [row.number for row in shared if any(OPEN_AT_END in warning for warning in warned[row.number] - common)]
    numbers = {row.number for row in (*ledger.leaders(best), *shared[: max(least, ceil(SHARE * len(shared)))])}
    numbers |= {
        number for number, warning in warned.items() if any(OPEN_AT_END not in each for each in warning - common)
    }
    return [row for row in shared if row.replay == SHARED and row.number in numbers | set(holders[:HOLDERS])]


type Show = Callable[[int, int], None]


def prove_all(
    planned: SweepPlan, folder: Folder, ledger: Ledger, place: SharingExecutor, stop: Stop, show: Show
) -> str:
    """Prove the packs of the search, then those of searches on parts of its period; the first difference, or ""."""
    if contradiction := contradicted(ledger, place):
        place.abandon()
        return contradiction
    proof = prove(planned, ledger, place, stop, show)
    for best in [] if proof.difference else ledger.leaders(1):
        if (check := place.checks.get(best.number)) and check.chart:
            store_chart(folder, best, check.chart)
    for searched, part, period in searches_on_parts(folder, planned):
        if proof.difference or stop.level:
            break
        proof = prove(searched, part, sharing(planned, place.inner), stop, show, period)
    return proof.difference


def contradicted(ledger: Ledger, place: SharingExecutor) -> str:
    """The first trial whose figures in a pack contradicted its own orders, also in an earlier run; "" for none."""
    reason = f"{ISOLATED}: {CONTRADICTS}"
    if not any(how.startswith(reason) for how in ledger.replays()):
        return place.contradiction
    row = next(row for row in ledger.rows() if row.replay.startswith(reason))
    return f"trial {row.number}: {row.replay.removeprefix(f'{ISOLATED}: ')}"


def withdraw(planned: SweepPlan, folder: Folder, ledger: Ledger, difference: str) -> None:
    """Forget what packs gave, of all searches of the sweep, and note why: no later run shares passes again."""
    ledger.note(sharing_refuted=difference)
    asks = planned.spec.search.is_study or planned.spec.search.prunes
    ledger.forget_shared(asks=asks)
    for _, part, _ in searches_on_parts(folder, planned):
        part.forget_shared(asks=asks)


def prove(
    planned: SweepPlan, ledger: Ledger, place: SharingExecutor, stop: Stop, show: Show, period: Params | None = None
) -> Proof:
    """Run the chosen trials again, each in an engine of its own, and note those that are the same.

    What has been checked while packs ran is judged as well, whether it was chosen or not. `show` is told how many of
    how many have been run again. `period` are the parameters of a search on a part of the sweep's period: of each such
    search one trial at least is drawn, and the best.
    """
    same: list[int] = []
    rows = {row.number: row for row in ledger.rows() if row.replay == SHARED and row.number in place.checks}
    rows |= {row.number: row for row in (chosen(ledger, best=1, least=1) if period else chosen(ledger))}
    for row, result in _again(planned, ledger, place, list(rows.values()), stop, show, period or {}):
        if difference := differs(ledger.result(row), result):
            place.abandon()
            return Proof(len(same), f"trial {row.number}: {difference}{_fill(planned, row, ledger, result)}")
        ledger.verified([row.number])
        same.append(row.number)
    return Proof(len(same))


def _again(
    planned: SweepPlan,
    ledger: Ledger,
    place: SharingExecutor,
    rows: Sequence[Row],
    stop: Stop,
    show: Show,
    period: Params,
) -> Iterator[tuple[Row, Result]]:
    waiting, running, broken, again = list(rows), list[Row](), list[Row](), set[int]()
    charted = None if period else next((row.number for row in ledger.leaders(1)), None)
    while (waiting or running or broken) and not stop.level:
        show(len(rows) - len(waiting) - len(running) - len(broken), len(rows))
        if stop.paused:
            place.recall()
            waiting = [row for row in running if not place.has_check(row.number)] + waiting
            running = [row for row in running if place.has_check(row.number)]
        if broken and not (waiting or running):  # with nothing beside it, once: a difference costs all packs
            waiting.append(broken.pop())
            again.add(waiting[0].number)
            del place.checks[waiting[0].number]
        while waiting and not stop.paused and place.inner.room():
            row = waiting.pop(0)
            running.append(row)
            place.check(trial_again(planned, ledger, row, period, charted=row.number == charted))
        ended = [row for row in running if row.number in place.checks]
        running = [row for row in running if row not in ended]
        broken += [row for row in ended if row.number not in again and place.checks[row.number].reason in BROKEN]
        yield from (
            (row, with_comparison(planned.benchmark, place.checks[row.number])) for row in ended if row not in broken
        )
        if stop.paused and not running:
            time.sleep(PATIENCE)
        if not ended:
            place.wait(PATIENCE)


def trial_again(planned: SweepPlan, ledger: Ledger, row: Row, period: Params, *, charted: bool) -> Trial:
    """A trial as it was asked for."""
    judged, params = ledger.judged(row.number), {**row.params, **period}
    return Trial(row.number, row.key, params, judged[-1] if judged else (), planned.binding(row.params), charted)


def differs(then: Result, now: Result) -> str:
    """Describe the first difference; "" if there is none."""
    if now.state is State.FAILED:
        return f"isolated it FAILED ({now.reason}: {now.message})"
    if first_difference(then.fills, now.fills):
        return "its fills are others when it is isolated"
    if others := [w for w in (*then.warnings, *now.warnings) if (w in then.warnings) != (w in now.warnings)]:
        return f"isolated it {'has' if others[0] in now.warnings else 'does not have'} the warning: {others[0]}"
    for attribute in ("state", "metrics", "days", "returns", "warnings", "rungs", "step_returns"):
        if getattr(then, attribute) != getattr(now, attribute):
            return f"its {attribute} are others when it is isolated"
    return ""


def _fill(planned: SweepPlan, row: Row, ledger: Ledger, now: Result) -> str:
    """The first fill that is not the same, as it is isolated; the trial is run once more for it."""
    span = first_difference(ledger.trail(row.number), now.fills) if now.fills else None
    if span is None:
        return ""
    records: list[BacktestRecord] = []
    execute(planned.base, row.params, name=row.key, look=Hooks(keep=records.append), code=planned.code)
    fills = [f for record in records for f in record.fills[span.first : span.last + 1]]
    texts = [f"{f.side} {f.quantity:g} {f.instrument_id} at {f.price:g} on {moment_of(f.ts_event)}" for f in fills]
    return f", first fill {span.first} ({texts[0] if texts else 'which it does not have'})"
