"""Sweeps that run: their status, once or again and again; requests to their drivers."""

import time
import webbrowser
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from sweep.cli import console
from sweep.cli.handlers import validate
from sweep.cli.handlers.show import troubles
from sweep.cli.output.json_output import print_json
from sweep.cli.trial_rows import counts
from sweep.common.escaping import for_terminal
from sweep.errors import InputError, Problem
from sweep.ledger import driver_files, live_status
from sweep.ledger.driver_files import Action, DriverFiles
from sweep.ledger.live_status import LiveStatus
from sweep.ledger.run_directory import Folder
from sweep.results.report import Report

LOOK = 2.0  # seconds between looks
SHOWN = 8  # workers
DONE: Mapping[Action, str] = {
    "stop": "is stopping: no more trials are started",
    "stop-now": "stops now; trials that were running are not kept",
    "pause": "is paused: no trial begins",
    "resume": "goes on",
}


def local(runs_dir: Path, sweep: str | None, *, watch: bool, as_json: bool) -> None:
    """Show the status of a sweep of a runs directory, or of all that run there now; with `watch` until they end."""
    if watch and as_json:
        raise InputError(Problem("--watch", "does not go with --json", remedy="ask again: sweep status --json"))
    if not as_json:
        console.out.print(f"on this machine, in {runs_dir}/ (--address URL looks at a cluster)", style="dim")
    folders = [Folder.find(runs_dir, sweep)] if sweep else [f for f in Folder.all(runs_dir) if f.holder()]
    if watch:
        follow(folders)
    elif as_json and sweep:
        print_json(document(folders[0]))
    elif as_json:
        print_json({"runs": str(runs_dir), "sweeps": [document(folder) for folder in folders]})
    for folder in folders if not as_json else ():
        status(folder)
    if not folders and not as_json:
        console.out.print("no sweep runs")


def document(folder: Folder) -> dict[str, Any]:
    """The status of a sweep as plain data."""
    report = Report(folder)
    with folder.open() as ledger:
        spans, (ended, stale) = list(ledger.spans()), ledger.standing()
    live, leaders, metric = report.live_status(), report.leaders(1), report.objective["metric"]
    failures = Counter[str]()
    for reason, _, count in report.reasons():
        failures[reason] += count
    spent = sorted(((end - begin, number) for number, begin, end, *_ in spans), reverse=True)
    elapsed = max(e[2] for e in spans) - min(e[1] for e in spans) if spans else 0.0
    pace = live.driver.pace if live.driver else 60 * len(spans) / elapsed if elapsed else None
    return {
        "id": report.id, "state": live.state, "trials": dict(live.trials), "driver": live.holder,
        "finished": report.facts.finished, "total": live.driver.total if live.driver else None,
        "done": live.driver.done if live.driver else ended, "eta_seconds": live.driver.eta if live.driver else None,
        "trials_per_minute": round(pace, 2) if pace else None,
        "median_seconds": round(median(s for s, _ in spent), 3) if spent else None,
        "slowest": [{"trial": number, "seconds": round(s, 3)} for s, number in spent[:3]],
        "workers": len({worker for *_, worker, _ in spans}), "running": _running(live),
        "objective": metric,
        "best": {"trial": leaders[0].number, "value": leaders[0].metrics.get(metric), "params": dict(leaders[0].params)}
        if leaders else None,
        "failures": dict(failures),
        "mlflow_lacks": stale if report.facts.mlflow else None,
    } | validate.document(report)  # fmt: skip


def _running(live: LiveStatus) -> list[dict[str, Any]]:
    now = time.time()
    return [
        {
            "worker": worker.worker, "trials": list(worker.numbers), "runs": worker.sentence,
            "seconds": round(max(0.0, now - worker.since), 1),
        }
        for worker in live.busy
    ]  # fmt: skip


def status(folder: Folder) -> None:
    """Show the status of a sweep."""
    report, facts = Report(folder), document(folder)
    console.out.print(report.id, style="bold")
    console.out.print(console.facts(lines(facts) | validate.standing(report)))
    troubles(report)
    if not facts["driver"] and report.count().get("RUNNING"):
        console.say(f"no driver runs it; go on with: sweep resume {report.id}")


def lines(facts: dict[str, Any]) -> dict[str, str]:
    """The status of a sweep as people read it, by the name of each line."""
    holder, best = facts["driver"], facts["best"]
    slowest = ", ".join(f"trial {s['trial']}: {console.span(s['seconds'])}" for s in facts["slowest"])
    pace = f"{_rounded(facts['trials_per_minute'])} a minute, median {console.span(facts['median_seconds'])} each"
    total = f" of {facts['total']:,}" if facts["total"] else ""
    left = f", {console.span(facts['eta_seconds'])} to go" if facts["eta_seconds"] is not None else ""
    settings = ", ".join(f"{name}={console.parameter(value)}" for name, value in best["params"].items()) if best else ""
    workers = [f"{w['worker']}: {w['runs']} for {console.span(w['seconds'])}" for w in facts["running"]]
    more = [f"and {len(workers) - SHOWN} more"] if len(workers) > SHOWN else []
    texts = {
        "state": facts["state"],
        "trials": counts(facts["trials"], driven=bool(holder)),
        "done": f"{facts['done']:,}{total}{left}",
        "best": f"{facts['objective']} {console.figure(best['value'], facts['objective'])} (trial {best['trial']})"
        + (f": {settings}" if settings else "")
        if best else "–",
        "driver": f"process {holder['pid']} on {holder['host']} since {holder['since']}" if holder else "none runs",
        "pace": f"{pace}, {facts['workers']} workers",
        "slowest": slowest or "–",
        "running": "\n".join([*workers[:SHOWN], *more]),
        "failures": ", ".join(f"{n} {reason}" for reason, n in facts["failures"].items()),
        "MLflow": f"lacks {facts['mlflow_lacks']} trials" if facts["mlflow_lacks"] else "",
    }  # fmt: skip
    return {name: line for name, line in texts.items() if line}


def _rounded(pace: float | None) -> str:
    """Trials a minute: whole ones, or two digits of a slow sweep."""
    return f"{pace:,.0f}" if pace and pace >= 10 else f"{pace:.2g}" if pace else "–"


def follow(folders: Sequence[Folder]) -> None:
    """Show sweeps until no driver runs them."""
    with _updating() as update:
        while True:
            documents = [document(folder) for folder in folders]
            update(documents)
            if not any(each["driver"] for each in documents):
                return
            time.sleep(LOOK)


@contextmanager
def _updating() -> Generator[Callable[[Sequence[dict[str, Any]]], None]]:
    """A callback that shows sweeps in place on a terminal, and elsewhere a plain line of each now and then."""
    if not console.out.is_terminal:
        yield _plain()
        return
    with Live(console=console.out, refresh_per_second=4, transient=True) as live:

        def update(documents: Sequence[dict[str, Any]]) -> None:
            parts: list[RenderableType] = []
            for each in documents:
                parts += [Text(each["id"], style="bold"), console.facts(lines(each))]
            live.update(Group(*parts))

        yield update


def _plain() -> Callable[[Sequence[dict[str, Any]]], None]:
    last = [float("-inf")]

    def update(documents: Sequence[dict[str, Any]]) -> None:
        if time.monotonic() - last[0] < console.QUIET:
            return
        last[0] = time.monotonic()
        for each in documents:
            parts = lines(each)
            line = " · ".join(parts[name] for name in ("state", "trials", "done", "best", "failures") if name in parts)
            print(for_terminal(f"{each['id']}: {line}"), flush=True)

    return update


def request(runs_dir: Path, sweep: str, action: Action, *, wait: bool = False) -> int:
    """Send a request to the driver of a sweep, and say what came of it; the exit code."""
    folder = Folder.find(runs_dir, sweep)
    outcome = live_status.request(folder, action)
    if not outcome.is_heard:
        console.say(f"{folder.id} does not run: it is {outcome.state}")
        return 0
    console.say(effect(folder.id, action, outcome.running))
    while wait and folder.holder():
        time.sleep(driver_files.LOOK)
    console.say(f"next: sweep resume {folder.id}{console.in_runs(runs_dir)}")
    return 0


def effect(sweep: str, action: Action, running: int) -> str:
    """Effect of a request that a driver has dealt with, as a sentence."""
    ending = f"; {running} running trials end first" if running and action in {"stop", "pause"} else ""
    return f"{sweep} {DONE[action]}{ending}"


def goes_on(folder: Folder, *, as_json: bool) -> bool:
    """True if the sweep was paused and its driver goes on now, which is said."""
    with folder.open() as ledger:
        is_paused = live_status.live_status(folder, ledger).state == "paused"
    if not is_paused or not DriverFiles(folder).send("resume"):
        return False
    console.say(f"{folder.id} was paused: its driver goes on")
    if as_json:
        print_json(document(folder))
    return True


def here_only(command: str, address: str | None) -> None:
    """Refuse the address of a cluster. Raises InputError."""
    if address not in (None, "local"):
        rule = f"{command} is for sweeps that run on this machine"
        raise InputError(Problem("--address", rule, address, "--address local"))


def watch(runs_dir: Path, sweep: str | None, port: int, *, open_it: bool) -> None:
    """Serve the live page until Ctrl-C."""
    from sweep.live.server import serve

    place = f"sweep/{Folder.find(runs_dir, sweep).id}/" if sweep else ""

    def ready(address: str) -> None:
        print(f"{address}{place}", flush=True)
        console.say("anyone with this address can read the page; Ctrl-C ends it", "dim")
        if open_it and not webbrowser.open(address + place):
            console.say("no browser was found; open the address yourself", "yellow")

    serve(runs_dir, port, ready)
