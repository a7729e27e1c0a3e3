"""One run of a sweep, from the plan to the files that it leaves behind."""

import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

from sweep.common.background_import import import_in_background
from sweep.common.files.atomic_file import atomic_write
from sweep.errors import SweepError
from sweep.executors.base import Executor, ExecutorOptions
from sweep.executors.batching import SharingExecutor
from sweep.executors.factory import check_options, load
from sweep.executors.limits import Limits
from sweep.executors.multiplexer import Lane, Lanes
from sweep.ledger.driver_files import DriverFiles
from sweep.ledger.ledger import Ledger
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report
from sweep.results.tables import write_trials
from sweep.results.tearsheet_files import Tearsheets
from sweep.runner import changed_spec, shared_replay, walk_forward
from sweep.runner.chosen.trial_chart import draw_best
from sweep.runner.control.attendant import Attendant
from sweep.runner.control.progress import Budget, Progress
from sweep.runner.control.stop import Stop
from sweep.runner.driver import PATIENCE, Driver, run_interleaved
from sweep.runner.output_files import conclude, write_report
from sweep.runner.plan import SweepPlan
from sweep.runner.result_reuse import FindResult, changed_while_it_ran, completed_results, forget_changed
from sweep.runner.stress.stress_run import StressRun
from sweep.search.factory import search
from sweep.spec.search_sections import StopRule
from sweep.tracking import child_runs
from sweep.tracking.base import Mirror, MirrorReport
from sweep.tracking.factory import tracker

QUICK = 2_000  # ended trials whose files are written in no time
LATER = ("jinja2", "scipy.spatial", "sweep.results.statistics.importance")  # what the end of a sweep imports


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """Options of a run. None of them changes a result."""

    runs_dir: Path = Path("runs")
    executor: str = "ray"  # a name of `executors.factory`
    address: str = "local"
    workers: int | None = None
    tracking: bool = True
    retry_failed: bool = False
    reuse: bool = False  # take what another sweep in `runs_dir` has completed with the same key
    watch: Callable[[Progress], None] = field(default=lambda _: None)
    say: Callable[[str], None] = field(default=lambda _: None)  # one line for the user


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """Outcome of one run of a sweep."""

    report: Report
    tally: Progress
    interrupted: bool
    mirror: MirrorReport | None


def run(planned: SweepPlan, options: RunOptions) -> SweepOutcome:
    """Run what is not known yet of a sweep, write its files, and mirror it. The ledger is whole whatever happens."""
    check_options(options.executor, options.address, options.workers)
    folder, stop = Folder(options.runs_dir / planned.id), Stop(say=options.say)
    with ExitStack() as held:
        run_id = held.enter_context(folder.locked())
        attendant = Attendant(DriverFiles(folder, run_id), stop, options.say)
        held.enter_context(attendant.attending())
        options = replace(options, watch=attendant.watching(options.watch))
        ledger = held.enter_context(Ledger.create(folder.ledger, planned.facts()))
        held.enter_context(stop.on_signals())
        _begin(planned, folder, ledger, options)
        # the mirror imports its library while the executor starts
        mirror = tracker(planned.spec.tracking.uri).start(folder.path, waits=True) if options.tracking else None
        if mirror:
            held.callback(mirror.finish, 0)
        executor = _start_executor(planned, options)
        held.callback(executor.close)
        attendant.executor, attendant.phase = executor, "running"
        stop.now = executor.interrupt
        stop.listen()  # Ray has taken SIGTERM
        if mirror:
            mirror.go()
        others = held.enter_context(completed_results(folder if options.reuse else None, planned))
        active = ActiveRun(planned, options, folder, ledger, executor, stop, others)
        tally = _run(active)
        draw_best(planned, folder, ledger, executor, stop)
        _stress(active)
        attendant.phase = "finishing"
        is_right, now = stop.level > 1 or _unchanged(planned), datetime.now(UTC).isoformat(timespec="seconds")
        ledger.note(finished=None if stop.level else now, data_changed=None if is_right else now)
        _say_edited(planned, ledger, options)
        mirrored = _finish(folder, ledger, executor, mirror, stop)
    if not is_right:
        change = f"the catalog {planned.catalog} changed while the sweep ran"
        raise SweepError(
            f"{change}: nobody takes its results as known; the same command runs them again, "
            "or makes a new sweep where the data stays as it is now"
        )
    return SweepOutcome(Report(folder), tally, bool(stop.level), mirrored)


def _begin(planned: SweepPlan, folder: Folder, ledger: Ledger, options: RunOptions) -> None:
    """Write spec and code, bring the facts of a new or an existing ledger to the plan, and say what that changes."""
    with atomic_write(folder.spec) as target:
        target.write_text(planned.yaml(), encoding="utf-8")
    planned.code.write(folder.sources)
    planned.code.write_captured(folder.code)
    parts = planned.parts
    box = {"period": parts.lockbox.period, "days": parts.lockbox.days} if parts and parts.lockbox else None
    ledger.note(finished=None, verdict=None, lockbox=box, **walk_forward.validation_facts(planned))
    if damaged := ledger.damage.sentence:
        options.say(f"  {damaged}; it is run again")
    if again := ledger.forget_changed(asks=bool(planned.search)):
        options.say(f"  {again} results are run again: the data changed while an earlier run of this sweep ran")
    if sentence := forget_changed(ledger, planned):
        options.say(f"  {sentence}")
    changed_spec.follow(planned, ledger, options.say)
    _choose_children(planned, ledger, options)


def _choose_children(planned: SweepPlan, ledger: Ledger, options: RunOptions) -> None:
    """Note which trials get a run in MLflow, which the mirror reads, and say so."""
    tracking = planned.spec.tracking
    policy = child_runs.choose_policy(tracking.children, planned.spec.count()[0], ledger.facts)
    ledger.note(children=policy)
    if options.tracking:
        place = tracker(tracking.uri).address
        options.say(f"  MLflow at {place}: {child_runs.describe(policy)} (tracking.children: {policy})")


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """One run of a sweep that has begun: its plan, its files, and the place where its trials run."""

    planned: SweepPlan
    options: RunOptions
    folder: Folder
    ledger: Ledger
    executor: Executor
    stop: Stop
    others: FindResult  # results of other sweeps


def _run(active: ActiveRun) -> Progress:
    """Drive the search, in packs where that is asked for; what packs gave is proven, or run again isolated."""
    planned, ledger = active.planned, active.ledger
    if ledger.facts.sharing_refuted or not shared_replay.is_wanted(planned) or shared_replay.obstacles(planned):
        return _drive(active)
    place = shared_replay.sharing(planned, active.executor)
    tally = _drive(replace(active, executor=place))
    if active.stop.level and not place.contradiction:
        return tally

    def show(count: int, of: int) -> None:
        tally.again = count, of
        active.options.watch(tally)

    difference = shared_replay.prove_all(planned, active.folder, ledger, place, active.stop, show)
    if not difference:
        return tally
    shared_replay.withdraw(planned, active.folder, ledger, difference)
    active.options.say(f"a shared pass gave other figures; all trials run isolated: {difference}")
    return _drive(active)


def _stress(active: ActiveRun) -> None:
    """Run the stress tests of the best trials, if the spec has any, unless the run is told to stop."""
    options = active.options
    if not active.planned.spec.stress or active.stop.level:
        return
    StressRun(
        planned=active.planned, folder=active.folder, ledger=active.ledger, executor=active.executor,
        elsewhere=active.others, retry_failed=options.retry_failed, watch=options.watch, say=options.say,
    ).run(active.stop)  # fmt: skip


def _drive(active: ActiveRun) -> Progress:
    """Run the search and, with a walk-forward, those of its windows beside it."""
    planned, options, executor, ledger = active.planned, active.options, active.executor, active.ledger
    spec = planned.spec
    if spec.search.window and spec.search.window < executor.slots:
        fewer = f"search.window of {spec.search.window} keeps {executor.slots - spec.search.window} workers idle"
        options.say(f"{fewer}; a study on {executor.slots} workers needs a larger one, which makes another study")
    tallies: list[Progress] = []

    def drive(planned: SweepPlan, place: Executor, ledger: Ledger) -> Driver:
        rule = planned.spec.search.stop or StopRule()
        tallies.append(tally := Progress(*planned.spec.count(), place.slots, pauses=lambda: active.stop.pauses))
        return Driver(
            planned, search(planned.spec, ledger.asks()), place, ledger, tally, retry_failed=options.retry_failed,
            elsewhere=active.others, budget=Budget(rule.wall_clock, rule.engine_seconds, ledger.seconds()),
            longest_first=not planned.spec.search.window and not isinstance(place, SharingExecutor | Lane),
        )  # fmt: skip

    if not walk_forward.has_searches_on_parts(planned):
        drive(planned, executor, ledger).run(active.stop, options.watch)
        return tallies[0]
    lanes = Lanes(executor)
    whole = drive(planned, Lane(lanes, {}), ledger)
    windows = walk_forward.window_searches(active.folder, planned, lanes, drive)
    watch = partial(_watched, options, tallies, planned.count())
    run_interleaved(chain([whole], windows), executor, active.stop, watch, partial(lanes.wait, PATIENCE))
    return walk_forward.combine_progress(tallies)


def _watched(options: RunOptions, tallies: list[Progress], count: tuple[int, bool]) -> None:
    """Show several searches as one, with the trials of those that have not begun."""
    tally = walk_forward.combine_progress(tallies)
    tally.total, tally.exact = count
    options.watch(tally)


def _finish(
    folder: Folder, ledger: Ledger, executor: Executor, mirror: Mirror | None, stop: Stop
) -> MirrorReport | None:
    """Write the files and wait for the mirror; when told to stop now, only what takes no time."""
    stop_level = stop.level
    if mirror and stop_level < 2:
        mirror.settle()
    with _closing(executor) if stop_level < 2 else nullcontext():
        judged = conclude(folder, ledger) if stop_level < 2 or ledger.standing()[0] <= QUICK else None
    if not mirror:
        if stop_level < 2:
            Tearsheets(folder, ledger).draw_best()
            write_report(folder, judged)  # once more, with links to the tearsheets
        return None

    def look(_: MirrorReport) -> None:
        if stop.level > stop_level:
            raise InterruptedError

    try:
        mirrored = mirror.finish(0 if stop_level > 1 else None, look)
    except InterruptedError:
        mirrored = mirror.report()
    if stop_level < 2:
        write_trials(ledger, folder.trials)  # once more, with the ids of the MLflow runs
        write_report(folder, judged)  # and with links to the tearsheets
    return mirrored


@contextmanager
def _closing(executor: Executor) -> Generator[None]:
    """Close the executor, which is mostly waiting, beside what is done inside."""
    closing = threading.Thread(target=executor.close, name="closing")
    closing.start()
    try:
        yield
    finally:
        closing.join()


def _say_edited(planned: SweepPlan, ledger: Ledger, options: RunOptions) -> None:
    """Say which user modules were edited while the sweep ran, and which inputs of trials are not what they were."""
    if edited := planned.code.changed():
        options.say(f"  {', '.join(edited)} changed while the sweep ran: its trials ran what is kept in `sources`")
    if sentence := changed_while_it_ran(ledger):
        options.say(f"  {sentence}")


def _unchanged(planned: SweepPlan) -> bool:
    try:
        return planned.data.unchanged(planned.base)
    except (OSError, SweepError):  # parts of it are gone
        return False


def _start_executor(planned: SweepPlan, options: RunOptions) -> Executor:
    start = load(options.executor, options.address)
    if options.executor != "inline":
        import_in_background(*LATER)  # while the executor starts
    paths = [p for p in sys.path if p and "site-packages" not in p and Path(p).is_dir()][:1]
    limits = planned.spec.limits
    return start(
        planned.base,
        ExecutorOptions(
            workers=options.workers,
            address=options.address,
            limits=Limits(limits.trial_timeout, limits.trial_memory),
            paths=paths,
            supply=planned.supply().plain() if planned.staged or options.address != "local" else None,
            say=options.say,
            sweep=planned.id,
            code=planned.code,
        ),
    )
