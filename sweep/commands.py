"""What each command does and prints: figures to stdout, progress and advice to stderr."""

import json
import os
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from rich.table import Table

from sweep import console
from sweep.folder import Folder
from sweep.ledger import Row
from sweep.plan import Plan
from sweep.report import Report
from sweep.session import Options, Session, relatives
from sweep.session import run as run_session
from sweep.trial import State


def options(
    runs_dir: Path, executor: str, address: str, workers: int | None, tracking: bool, retry_failed: bool
) -> Options:
    """The options of a run, with its lines shown to the user."""
    if executor not in ("ray", "inline"):
        from sweep.errors import InputError, Problem

        raise InputError(Problem("--executor", "must be ray or inline", executor))
    return Options(
        runs_dir=runs_dir, executor=executor, address=address, workers=workers, tracking=tracking,
        retry_failed=retry_failed, say=console.say,
    )  # fmt: skip


def run(planned: Plan, given: Options, as_json: bool) -> int:
    """Run a sweep with its progress shown; the exit code."""
    from dataclasses import replace

    _announce(planned, given)
    with console.progress() as watch:
        session = run_session(planned, replace(given, watch=watch))
    report = session.report
    if as_json:
        print(json.dumps(_document(session, planned), indent=2))
    else:
        _leaderboard(report, None, 10)
    _closing(session, planned, given)
    if session.interrupted:
        return 130
    return 0 if report.count().get(State.COMPLETE) else 1


def _announce(planned: Plan, given: Options) -> None:
    total, exact = planned.spec.space.count()
    about = "" if exact else "about "
    console.say(
        f"sweep {planned.id}: {about}{total:,} trials, {planned.engine}, data {planned.data.of(planned.base)[:8]}"
    )
    exists = (given.runs_dir / planned.id / "ledger.sqlite").exists()
    if exists:
        console.say("  it exists: what is complete is kept, the rest is run")
        return
    for folder, why in relatives(given.runs_dir, planned)[:1]:
        console.say(f"  it is not {folder.id}: {'; '.join(why[:3])}", "dim")


def _document(session: Session, planned: Plan) -> dict[str, Any]:
    report = session.report
    leaders = report.leaders(1)
    return {
        "id": report.id,
        "folder": str(report.folder.path),
        "trials": report.count(),
        "objective": report.objective,
        "best": plain(leaders[0]) if leaders else None,
        "interrupted": session.interrupted,
        "seconds": round(session.tally.elapsed, 3),
        "tracking": {
            "uri": planned.spec.tracking.uri,
            **(session.mirror.plain() if session.mirror else {"mirrored": None}),
        },
    }


def _closing(session: Session, planned: Plan, given: Options) -> None:
    """What happened beside the leaderboard, and the commands to go on with."""
    report, tally = session.report, session.tally
    if tally.stopped:
        console.say(f"stopped early: {tally.stopped}", "bold red")
    for reason, message, n in report.reasons()[:5]:
        console.say(f"{n} FAILED ({reason}): {message}", "red")
    warned = [row for row in report.leaders(10) if row.warnings]
    for row in warned[:3]:
        console.say(
            f"trial {row.number}: {row.warnings[0]}"
            + (f" (+{len(row.warnings) - 1} more)" if row.warnings[1:] else ""),
            "yellow",
        )
    pace = f"{tally.ended} trials in {console.span(tally.elapsed)}"
    pace += f", {60 * tally.ended / tally.elapsed:,.0f} a minute on {tally.slots} workers" if tally.ended else ""
    console.say(pace + (f"; {tally.known} were known" if tally.known else ""))
    mirror = session.mirror
    if mirror and (mirror.left or mirror.error):
        console.say(
            f"MLflow lacks {mirror.left} trials ({mirror.error or 'not finished'}); bring it up to date: sweep sync {report.id}",
            "yellow",
        )
    where = "" if given.runs_dir == Path("runs") else f" --runs-dir {given.runs_dir}"
    if session.interrupted:
        console.say(f"interrupted: the ledger is whole; go on with: sweep resume {report.id}{where}", "bold")
    console.say(f"in {report.folder.path}/: trials.parquet, returns.parquet, spec.yaml, tearsheets/")
    console.say(f"next: sweep show {report.id}{where}   ·   sweep ui --tracking-uri {planned.spec.tracking.uri}")


def plain(row: Row) -> dict[str, Any]:
    """A trial as JSON."""
    return {
        "number": row.number, "key": row.key, "params": dict(row.params), "state": row.state or "RUNNING", "reason": row.reason,
        "message": row.message or None, "metrics": row.metrics, "warnings": list(row.warnings), "attempt": row.attempt,
        "seconds": round(row.ended - row.started, 6) if row.ended and row.started else None, "mlflow_run_id": row.mlflow_run_id,
    }  # fmt: skip


def rehearse(planned: Plan, workers: int | None, as_json: bool) -> None:
    """Say how many trials there are, show the first, run one of them, and estimate the time of all."""
    from sweep.executors.work import execute

    total, exact = planned.spec.space.count()
    first = [point for point, _ in zip(planned.spec.space.points(), range(5), strict=False)]
    times: list[float] = []
    result = None
    for _ in range(2):  # the first also pays for imports and decoding, which later trials of a worker do not
        begin = time.perf_counter()
        result = execute(planned.base, first[0])
        times.append(time.perf_counter() - begin)
        if result.state is not State.COMPLETE or times[0] > 30:
            break
    slots = workers or os.cpu_count() or 1
    estimate = total * times[-1] / slots + times[0]
    done = result is not None and result.state is State.COMPLETE
    document = {
        "id": planned.id, "trials": total, "exact": exact, "first": first, "seconds_first": times[0], "seconds_next": times[-1],
        "workers": slots, "estimate_seconds": estimate if done else None, "metrics": result.metrics if result else None,
        "error": None if done or not result else f"{result.reason}: {result.message}",
    }  # fmt: skip
    if as_json:
        return print(json.dumps(document, indent=2))
    console.out.print(
        f"{planned.id}: {'' if exact else 'about '}{total:,} trials" + ("" if exact else " (estimated from a sample)")
    )
    console.out.print(_points(first, total))
    if not done and result:
        return console.say(f"the first trial FAILED ({result.reason}): {result.message}", "bold red")
    console.out.print(f"the first of them: {_figures(result.metrics if result else {})}")
    took = f"one trial takes {console.span(times[-1])} ({console.span(times[0])} for the first of a worker)"
    console.out.print(f"{took}; all on {slots} workers: about {console.span(estimate)}")


def _points(points: list[dict[str, Any]], total: int) -> Table:
    table = Table(title=f"the first {len(points)} of {total:,}", title_justify="left", header_style="bold")
    names = list(points[0])
    for name in names:
        table.add_column(name, justify="right")
    for point in points:
        table.add_row(*(console.figure_of_param(point[n]) for n in names))
    return table


def _figures(metrics: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {console.figure(metrics.get(name), name)}" for name in console.SHOWN[:5])


def _leaderboard(report: Report, sort: str | None, top: int) -> None:
    metric = sort or report.objective["metric"]
    rows = report.leaders(top, metric, None if not sort or sort == report.objective["metric"] else "maximize")
    counts = ", ".join(f"{n:,} {state}" for state, n in report.count().items()) or "no trials yet"
    title = f"{report.id}: {counts}; best {len(rows)} by {metric}"
    if rows:
        console.out.print(console.leaderboard(rows, title, metric))
    else:
        console.out.print(f"{report.id}: {counts}; no trial is complete with a {metric}")


def show(report: Report, sort: str | None, top: int, as_json: bool) -> None:
    """The leaderboard, then failures in a line each, then what to do next."""
    _known_metric(report, sort)
    if as_json:
        rows = report.leaders(top, sort)
        document = {
            "id": report.id,
            "objective": report.objective,
            "trials": report.count(),
            "leaders": [plain(r) for r in rows],
        }
        return print(json.dumps(document, indent=2))
    _leaderboard(report, sort, top)
    for reason, message, n in report.reasons()[:5]:
        console.say(f"{n} FAILED ({reason}): {message}", "red")
    return console.say(f"next: sweep show {report.id} --failed · --timing · --csv > trials.csv · --sort METRIC", "dim")


def _known_metric(report: Report, metric: str | None) -> None:
    from sweep.backtest.measure import METRICS
    from sweep.errors import InputError, Problem, did_you_mean

    if metric and metric not in METRICS:
        raise InputError(Problem("--sort", "is not a metric", metric, did_you_mean(metric, METRICS)))


def show_failures(report: Report, as_json: bool) -> None:
    """Failures grouped by reason and message, with an example of each."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in report.failures():
        groups[str(row.reason), row.message].append(row)
    ordered = sorted(groups.items(), key=lambda g: -len(g[1]))
    if as_json:
        found = [
            {"reason": r, "message": m, "trials": [x.number for x in rows], "trace": rows[0].trace}
            for (r, m), rows in ordered
        ]
        return print(json.dumps({"id": report.id, "failures": found}, indent=2))
    if not ordered:
        return console.out.print(f"{report.id}: no trial failed")
    for (reason, message), rows in ordered:
        numbers = ", ".join(str(r.number) for r in rows[:12]) + (" …" if len(rows) > 12 else "")
        console.out.print(f"[bold red]{len(rows)} × {reason}[/]: ", end="")
        console.out.print(message, markup=False)
        console.out.print(
            f"  trials {numbers}; e.g. trial {rows[0].number} on worker {rows[0].worker}, attempt {rows[0].attempt}",
            markup=False,
        )
        if rows[0].trace:
            console.out.print(
                "  | " + "\n  | ".join(rows[0].trace.strip().splitlines()[-12:]), markup=False, style="dim"
            )
    return None


def show_timing(report: Report, as_json: bool) -> None:
    """Where the time of the trials went: seconds by phase, median and total."""
    phases: dict[str, list[float]] = defaultdict(list)
    with report.folder.open() as ledger:
        for row in ledger.rows(state=State.COMPLETE):
            for phase, seconds in row.timing.items():
                phases[phase].append(seconds)
            phases["whole trial"].append((row.ended or 0) - (row.started or 0))
    summary = {p: {"median": median(v), "total": sum(v), "trials": len(v)} for p, v in phases.items()}
    if as_json:
        return print(json.dumps({"id": report.id, "timing": summary}, indent=2))
    table = Table(title=f"{report.id}: seconds by phase", title_justify="left", header_style="bold")
    for column in ("phase", "median", "total", "share"):
        table.add_column(column, justify="left" if column == "phase" else "right")
    whole = sum(phases["whole trial"]) or 1.0
    for phase, s in summary.items():
        table.add_row(phase, f"{s['median']:.3f}", f"{s['total']:.1f}", f"{100 * s['total'] / whole:.1f} %")
    return console.out.print(table)


def list_sweeps(runs_dir: Path, as_json: bool) -> None:
    """Every sweep below a runs directory."""
    found: list[dict[str, Any]] = []
    for folder in Folder.all(runs_dir):
        report = Report(folder)
        leaders = report.leaders(1)
        found.append({
            "id": report.id, "created": report.facts["created"], "trials": report.count(), "objective": report.objective["metric"],
            "best": leaders[0].metrics[report.objective["metric"]] if leaders else None, "finished": report.facts.get("finished"),
        })  # fmt: skip
    if as_json:
        return print(json.dumps(found, indent=2))
    if not found:
        return console.out.print(f"no sweeps in {runs_dir}/; start one: sweep run search_spaces/demo_grid.yaml")
    table = Table("sweep", "created", "trials", "best", header_style="bold")
    for s in found:
        counts = ", ".join(f"{n} {state}" for state, n in s["trials"].items())
        table.add_row(s["id"], s["created"], counts, f"{console.figure(s['best'])} {s['objective']}")
    return console.out.print(table)


def status(folder: Folder, as_json: bool) -> None:
    """Where a sweep stands: counts, pace, who drives it, the slowest trials."""
    report = Report(folder)
    with folder.open() as ledger:
        rows = [r for r in ledger.rows() if r.ended and r.started]
    seconds = sorted(((r.ended or 0) - (r.started or 0), r.number) for r in rows)
    span = max((r.ended or 0) for r in rows) - min((r.started or 0) for r in rows) if rows else 0
    holder = folder.holder()
    document = {
        "id": report.id, "trials": report.count(), "driver": holder, "finished": report.facts.get("finished"),
        "trials_per_minute": round(60 * len(rows) / span, 2) if span else None,
        "median_seconds": round(median(s for s, _ in seconds), 3) if seconds else None,
        "slowest": [{"trial": n, "seconds": round(s, 3)} for s, n in seconds[:-4:-1]],
        "failures": [{"reason": r, "message": m, "trials": n} for r, m, n in report.reasons()],
        "workers": len({r.worker for r in rows}),
    }  # fmt: skip
    if as_json:
        return print(json.dumps(document, indent=2))
    driver = f"process {holder['pid']} on {holder['host']} since {holder['since']}" if holder else "none runs"
    shown = {
        "trials": ", ".join(f"{n:,} {s}" for s, n in report.count().items()) or "none yet", "driver": driver,
        "pace": f"{document['trials_per_minute'] or '–'} a minute, median {console.span(document['median_seconds'])} each, {document['workers']} workers",
        "slowest": ", ".join(f"trial {s['trial']}: {console.span(s['seconds'])}" for s in document["slowest"]) or "–",
    }  # fmt: skip
    console.out.print(f"[bold]{report.id}[/]")
    console.out.print(console.facts(shown))
    for f in document["failures"][:5]:
        console.say(f"{f['trials']} FAILED ({f['reason']}): {f['message']}", "red")
    if not holder and report.count().get("RUNNING"):
        console.say(f"no driver runs it; go on with: sweep resume {report.id}")
    return None


def sync(folder: Folder, uri: str | None) -> int:
    """Repair the MLflow mirror; 1 when it could not be completed."""
    from sweep.tracking.mlflow import sync

    report = sync(folder.path, uri)
    console.say(
        f"{folder.id}: {report.mirrored} trials in MLflow, {report.left} missing"
        + (f": {report.error}" if report.error else "")
    )
    return 1 if report.left or report.error else 0
