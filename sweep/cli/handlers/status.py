"""Status of a sweep: trials by state, pace, driver, slowest trials."""

import json
from pathlib import Path
from statistics import median
from typing import Any

from sweep.cli import console
from sweep.cli.handlers import validate
from sweep.cli.handlers.show import troubles
from sweep.cli.trial_rows import counts
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report


def local(runs_dir: Path, sweep: str | None, *, as_json: bool) -> None:
    """Show the status of a sweep of a runs directory, or of all that run there now."""
    if not as_json:
        console.out.print(f"on this machine, in {runs_dir}/ (--address URL looks at a cluster)", style="dim")
    if sweep is not None:
        return status(Folder.find(runs_dir, sweep), as_json=as_json)
    running = [folder for folder in Folder.all(runs_dir) if folder.holder()]
    if as_json:
        print(json.dumps({"runs": str(runs_dir), "sweeps": [document(folder) for folder in running]}, indent=2))
    for folder in () if as_json else running:
        status(folder, as_json=False)
    if not running and not as_json:
        console.out.print("no sweep runs")
    return None


def document(folder: Folder) -> dict[str, Any]:
    """The status of a sweep as plain data."""
    report = Report(folder)
    with folder.open() as ledger:
        ended = [(r.number, r.started or 0.0, r.ended or 0.0, r.worker) for r in ledger.rows() if r.started and r.ended]
    spent = sorted(((end - begin, number) for number, begin, end, _ in ended), reverse=True)
    elapsed = max(e[2] for e in ended) - min(e[1] for e in ended) if ended else 0.0
    return {
        "id": report.id, "trials": report.count(), "driver": folder.holder(), "finished": report.facts.finished,
        "trials_per_minute": round(60 * len(ended) / elapsed, 2) if elapsed else None,
        "median_seconds": round(median(s for s, _ in spent), 3) if spent else None,
        "slowest": [{"trial": number, "seconds": round(s, 3)} for s, number in spent[:3]],
        "workers": len({worker for *_, worker in ended}),
    } | validate.document(report)  # fmt: skip


def status(folder: Folder, *, as_json: bool) -> None:
    """Show the status of a sweep: counts, pace, driver, slowest trials."""
    report, shown = Report(folder), document(folder)
    if as_json:
        print(json.dumps(shown, indent=2))
        return
    holder = shown["driver"]
    slowest = ", ".join(f"trial {s['trial']}: {console.span(s['seconds'])}" for s in shown["slowest"])
    pace = f"{shown['trials_per_minute'] or '–'} a minute, median {console.span(shown['median_seconds'])} each"
    console.out.print(report.id, style="bold")
    console.out.print(
        console.facts({
            "trials": counts(report.count(), driven=bool(holder)),
            "driver": f"process {holder['pid']} on {holder['host']} since {holder['since']}" if holder else "none runs",
            "pace": f"{pace}, {shown['workers']} workers",
            "slowest": slowest or "–",
        } | validate.standing(report))
    )  # fmt: skip
    troubles(report)
    if not holder and report.count().get("RUNNING"):
        console.say(f"no driver runs it; go on with: sweep resume {report.id}")
