"""The commands that run something: figures to stdout, progress and advice to stderr."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any

from sweep.cli import console, notices, progress
from sweep.cli.handlers import show, stress, validate
from sweep.cli.notices import RunEnd
from sweep.cli.output.json_output import print_json
from sweep.cli.trial_rows import plain
from sweep.cli.user_settings import user_settings
from sweep.errors import InputError, SweepError
from sweep.executors import factory
from sweep.executors.worker.run_trial import execute, execute_all
from sweep.ledger.run_directory import Folder
from sweep.results.idle_strategy import idle
from sweep.results.report import Report
from sweep.runner import shared_replay
from sweep.runner.plan import SweepPlan
from sweep.runner.resume import related_sweeps
from sweep.runner.sweep_run import RunOptions, SweepOutcome
from sweep.runner.sweep_run import run as run_session
from sweep.search.factory import search
from sweep.spec.metric_table import MAIN_METRICS
from sweep.trial import CONTRADICTED, MUST_RUN_ISOLATED, Result, State, Trial

PACKED = 8  # trials of the pack that a dry run tries
LONG = 30.0  # seconds; a trial that takes longer is measured once only


def options(*, executor: str, **more: Any) -> RunOptions:
    """The options of a run, its lines shown to the user."""
    factory.check(executor, "--executor")
    factory.check_options(executor, more.get("address", "local"), more.get("workers"))
    return RunOptions(executor=executor, say=console.say, **more)


def run(planned: SweepPlan, options: RunOptions, *, as_json: bool) -> int:
    """Run a sweep with its progress shown; the exit code."""
    settings, begin = user_settings(), time.monotonic()
    _announce(planned, options)
    try:
        with progress.shown() as watch:
            session = run_session(planned, replace(options, watch=watch))
    except InputError:  # nothing was started
        raise
    except SweepError as error:
        with suppress(SweepError):  # a ledger that cannot be read, of which this error tells
            report = Report(Folder(options.runs_dir / planned.id))
            notices.give(RunEnd(report, time.monotonic() - begin, str(error)), settings)
        raise
    if as_json:
        print_json(_document(session, planned))
    else:
        show.leaderboard(session.report, None, 10)
        show.idle(session.report)
        show.repeats(session.report, None, 10)
        show.sentence(session.report)
        validate.show(session.report)
        stress.show(session.report)
    end = RunEnd(session.report, time.monotonic() - begin)
    show.doubts(session.report, as_json=as_json)
    _closing(session, planned, options, end)
    notices.give(end, settings)
    if session.interrupted:
        return 130
    return 0 if session.report.count().get(State.COMPLETE) else 1


def _announce(planned: SweepPlan, options: RunOptions) -> None:
    total, exact = planned.count()
    about, data = "" if exact else "about ", planned.data.of(planned.base)[:8]
    console.say(f"sweep {planned.id}: {about}{total:,} trials, {planned.engine}, data {data}")
    for warning in planned.warnings:
        console.say(f"  data: {warning}", "yellow")
    for line in parts(planned):
        console.say(f"  {line}")
    if sentence := shared_replay.announcement(planned):
        console.say(f"  {sentence} (docs/shared-replay.md)", "dim")
    waits = ["Ray"] if options.executor == "ray" else []
    waits += [f"MLflow at {planned.spec.tracking.uri}"] if options.tracking else []
    if waits:
        console.say(f"  starting {' and '.join(waits)} …", "dim")
    if (options.runs_dir / planned.id / "ledger.sqlite").exists():
        console.say("  it exists: what is complete is kept, the rest is run")
        return
    for folder, why in related_sweeps(options.runs_dir, planned)[:1]:
        console.say(f"  it is not {folder.id}: {'; '.join(why[:3])}", "dim")


def parts(planned: SweepPlan) -> Iterator[str]:
    """Describe the parts of the period, a line each."""
    if not (division := planned.parts):
        return
    yield f"the search sees {division.search}"
    if division.lockbox:
        yield f"the lock-box is {division.lockbox}: no search sees it"
    if division.windows:
        first, many = division.windows[0], len(division.windows)
        yield f"walk-forward: {many} windows, a search and a test for each, from {first.train} → {first.test} on"
    if division.groups:
        many = len(division.groups)
        yield f"cross-validation: the search on each of {many} groups of days, from {division.groups[0]} on"


def _document(session: SweepOutcome, planned: SweepPlan) -> dict[str, Any]:
    report = session.report
    leaders = report.leaders(1)
    return {
        "id": report.id,
        "folder": str(report.folder.path),
        "trials": report.count(),
        "objective": report.objective,
        "best": plain(leaders[0]) if leaders else None,
        "idle": idle(report) or None,
        "doubts": report.doubts(),
        "interrupted": session.interrupted,
        "stopped": session.tally.stopped or None,
        "enough": session.tally.enough or None,
        "seconds": round(session.tally.elapsed, 3),
        "tracking": {"uri": planned.spec.tracking.uri, "left": session.mirror.left if session.mirror else None},
        "stress": list(report.facts.stress),
    } | validate.document(report)


def _closing(session: SweepOutcome, planned: SweepPlan, options: RunOptions, end: RunEnd) -> None:
    """Print failures, pace and the state of the mirror, and the commands to go on with."""
    report, tally, mirror = session.report, session.tally, session.mirror
    where = console.in_runs(options.runs_dir)
    if tally.stopped:
        console.say(f"stopped early: {tally.stopped}", "bold red")
    if tally.enough:
        console.say(f"ended early: {tally.enough}", "bold")
    show.troubles(report)
    pace = f", {60 * tally.ended / tally.elapsed:,.0f} a minute on {_workers(tally.slots)}" if tally.ended else ""
    if proof := report.proven():
        console.say(proof)
    repeated = f"; {tally.skipped} were known" if tally.skipped else ""
    taken = f"; {tally.reused} were taken from other sweeps" if tally.reused else ""
    console.say(f"{tally.ended} trials in {console.span(tally.elapsed)}{pace}{repeated}{taken}")
    if mirror and (mirror.left or mirror.error):
        lacks = f"MLflow lacks {mirror.left} trials ({mirror.error or 'not finished'})"
        console.say(f"{lacks}; bring it up to date: sweep sync {report.id}{where}", "yellow")
    if session.interrupted:
        console.say(f"interrupted: the ledger is whole; go on with: sweep resume {report.id}{where}", "bold")
    console.say(end.summary())
    console.say(f"in {report.folder.path}/: report.html, trials.parquet, returns.parquet, spec.yaml, tearsheets/")
    look = f"   ·   sweep ui --tracking-uri {planned.spec.tracking.uri}" if mirror else ""
    console.say(f"next: sweep show {report.id}{where}{look}")


def _workers(number: int) -> str:
    return "1 worker" if number == 1 else f"{number} workers"


def rehearse(planned: SweepPlan, workers: int | None, *, as_json: bool) -> int:
    """Say how many trials there are, show the first, run one of them, estimate the time of all; 1 where it FAILED."""
    total, exact = planned.count()
    method = search(planned.spec)
    proposed = [proposal.params for proposal in islice(iter(method.ask, None), PACKED)]
    if not proposed:
        raise SweepError(f"no trial to try: {method.seeking or 'no point of the space satisfies all constraints'}")
    first = proposed[:5]
    result, times = _measure(planned, first[0])
    slots = workers or os.cpu_count() or 1
    is_complete = result.state is State.COMPLETE
    document: dict[str, Any] = {
        "id": planned.id, "trials": total, "exact": exact, "first": first, "workers": slots,
        "parts": list(parts(planned)),
        "seconds_first": times[0], "seconds_next": times[-1],
        "estimate_seconds": total * times[-1] / slots + times[0] if is_complete else None,
        "metrics": result.metrics, "error": None if is_complete else f"{result.reason}: {result.message}",
        "sharing": _sharing(planned, proposed, times[-1]) if is_complete else None,
    }  # fmt: skip
    if as_json:
        print_json(document)
    else:
        _show_rehearsal(document)
    return 0 if is_complete else 1


def _sharing(planned: SweepPlan, proposed: Sequence[Mapping[str, Any]], alone: float) -> dict[str, Any]:
    """Obstacles to shared passes; without any, the speed-up measured with one pack."""
    mode = planned.spec.execution.replay
    is_asked = mode == "isolated" or shared_replay.is_wanted(planned)
    against = shared_replay.obstacles(planned) if is_asked else []
    document: dict[str, Any] = {"replay": mode, "against": against, "gain": None, "apart": []}
    if against or len(proposed) < 2 or not is_asked:
        return document
    begin = time.perf_counter()
    trials = [Trial(n, f"pack-{n}", params) for n, params in enumerate(proposed)]
    results = execute_all(planned.base, trials, code=planned.code)
    together = time.perf_counter() - begin
    apart = sorted({r.message for r in results if r.replay in {MUST_RUN_ISOLATED, CONTRADICTED}})
    total, pack = planned.spec.count()[0], planned.spec.execution.pack
    gain = None if apart else shared_replay.gain(total, pack, alone, len(proposed), together)
    return document | {"gain": gain and round(gain, 2), "apart": apart}


def _show_sharing(document: Mapping[str, Any] | None) -> None:
    if not document:
        return
    for why in document["against"]:
        console.out.print(f"shared passes: not possible: {why}")
    for why in document["apart"]:
        console.out.print(f"shared passes: a trial would run isolated: {why}")
    if document["gain"]:
        better = "auto" if document["gain"] > 1 else "isolated"
        is_better = (better == "isolated") != (document["replay"] == "isolated")
        how = f"; execution.replay={better} is faster" if is_better else ""
        console.out.print(f"shared passes: possible, about {document['gain']:.1f} × the trials a minute{how}")


def _measure(planned: SweepPlan, params: Mapping[str, Any]) -> tuple[Result, list[float]]:
    """Run a trial twice: the first run also pays for imports and decoding, which later trials of a worker do not."""
    times: list[float] = []
    while True:
        begin = time.perf_counter()
        result = execute(planned.base, params, code=planned.code)
        times.append(time.perf_counter() - begin)
        if len(times) == 2 or result.state is not State.COMPLETE or times[0] > LONG:
            return result, times


def _show_rehearsal(document: Mapping[str, Any]) -> None:
    total, first = document["trials"], document["first"]
    count = f"{total:,} trials" if document["exact"] else f"about {total:,} trials (estimated from a sample)"
    console.out.print(f"{document['id']}: {count}")
    for line in document["parts"]:
        console.out.print(f"  {line}")
    console.out.print(console.points(first, f"the first {len(first)}"))
    if document["error"]:
        console.say(f"the first trial FAILED ({document['error']})", "bold red")
        return
    metrics = document["metrics"]
    figures = ", ".join(f"{m} {console.figure(metrics[m], m)}" for m in MAIN_METRICS if metrics.get(m) is not None)
    console.out.print(f"the first of them: {figures}")
    took = console.span(document["seconds_next"])
    warm = console.span(document["seconds_first"])
    estimate = console.span(document["estimate_seconds"])
    console.out.print(f"one trial takes {took} ({warm} for the first of a worker)")
    console.out.print(f"all of them on {_workers(document['workers'])}, each isolated: about {estimate}")
    _show_sharing(document["sharing"])


def sync(folder: Folder, uri: str | None) -> int:
    """Repair the MLflow mirror; 1 when it could not be completed."""
    from sweep.tracking.factory import sync

    report = sync(folder.path, uri)
    trouble = f": {report.error}" if report.error else ""
    console.say(f"{folder.id}: {report.mirrored} trials mirrored to MLflow, {report.left} left{trouble}")
    return 1 if report.left or report.error else 0
