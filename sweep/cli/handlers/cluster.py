"""The commands about a cluster: each asks `service`, then prints tables or JSON."""

import json
import shlex
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from rich.text import Text

from sweep.cli import console
from sweep.cli.handlers.status import effect
from sweep.cli.output.json_output import print_json
from sweep.cli.trial_rows import counts as count_text
from sweep.cluster import fetch as fetching
from sweep.cluster import submit as submitting
from sweep.cluster.client import GRACE, Cluster
from sweep.cluster.job import Job
from sweep.cluster.submit import SubmitRequest
from sweep.common.escaping import for_terminal
from sweep.common.units import in_bytes
from sweep.errors import InputError, Problem, SweepError
from sweep.ledger.driver_files import Action
from sweep.ledger.run_directory import Folder

SETTLES = 10.0  # seconds from the end of a log to the end of its job
REMEDY = "for example http://HEAD:8265, or set SWEEP_ADDRESS"


def reach(address: str | None) -> Cluster:
    """The cluster at an address."""
    if not address:
        raise InputError(Problem("--address", "is missing: where is the cluster?", remedy=REMEDY))
    return Cluster(address)


def rehearse(request: SubmitRequest, *, as_json: bool) -> None:
    """Check a spec here, and say what would be shipped."""
    submitting.preview(request)
    chosen = submitting.shipped(request)
    if as_json:
        print_json({"files": list(chosen.files), "bytes": chosen.bytes})
        return
    for name in chosen.files:
        console.out.print(name)
    console.say(f"{len(chosen.files):,} files, {in_bytes(chosen.bytes)}; nothing was sent")


def submit(request: SubmitRequest, address: str | None, *, follow: bool, as_json: bool) -> int:
    """Submit a sweep and say what became of it; with `follow` the exit code is its driver's."""
    if not address:
        raise InputError(Problem("--address", "is missing: where is the cluster?", remedy=REMEDY))
    job = submitting.submit(request, address, console.say)
    if as_json:
        print_json(asdict(job) | {"dashboard": job.address})
    else:
        _accepted(job)
    return logs(job.job, address, console.err.file, follow=True) if follow else 0


def _accepted(job: submitting.Submitted) -> None:
    about = "" if job.exact else "about "
    verb = "goes on" if job.known or job.attempt > 1 else "begins"
    complete = f", {job.known:,} of them complete" if job.known else ""
    console.out.print(f"{job.sweep} {verb}: {about}{job.trials:,} trials{complete}; job {job.job}")
    for warning in job.warnings:
        console.say(f"  data: {warning}", "yellow")
    files, volume = job.shipped
    console.say(f"  shipped {files:,} files, {in_bytes(volume)}; results in {job.runs} on the cluster", "dim")
    console.say(f"  dashboard: {job.address}")
    console.say(f"next: sweep logs -f {job.sweep}   ·   sweep fetch {job.sweep}")


def jobs(address: str | None, *, as_json: bool) -> None:
    """The sweeps of a cluster."""
    cluster = reach(address)
    listed = cluster.jobs()
    if as_json:
        print_json([asdict(job) for job in listed])
        return
    if not listed:
        console.out.print(f"no sweep was submitted to {cluster.address}; start one: sweep submit SPEC.yaml")
        return
    table = console.table(f"sweeps on {cluster.address}")
    for column in ("job", "state", "since (UTC)", "took", "results"):
        table.add_column(column, no_wrap=column == "job")
    for job in listed:
        table.add_row(job.name, state(job), since(job), console.span(took(job)), job.runs)
    console.out.print(table)


def state(job: Job) -> str:
    """Translate the status of a job into the words of a sweep."""
    named = {2: "refused", 130: "stopped"}
    ended = {"SUCCEEDED": "done", "STOPPED": "stopped", "FAILED": f"failed ({job.code})"}
    return named.get(job.code or 0) or ended.get(job.state, job.state.lower())


def since(job: Job) -> str:
    """Start time of a job."""
    return datetime.fromtimestamp(job.started, UTC).strftime("%Y-%m-%d %H:%M") if job.started else "–"


def took(job: Job) -> float | None:
    """Seconds it ran, or has run."""
    return (job.ended or time.time()) - job.started if job.started else None


def logs(name: str, address: str | None, out: IO[str], *, follow: bool) -> int:
    """Write what a job says; once it has ended its exit code."""
    cluster = reach(address)
    job = cluster.find(name)
    if not follow:
        out.write(for_terminal(cluster.log(job.name)))
        return 0
    for piece in cluster.follow(job.name):
        out.write(for_terminal(piece))
        out.flush()
    cluster.wait(job.name, SETTLES)
    ended = cluster.job(job.name)
    if ended.state == "FAILED" and ended.code is None:
        console.say(f"{job.name}: {ended.message}", "bold red")
    return 130 if ended.state == "STOPPED" else ended.code if ended.code is not None else 1


def stop(name: str, address: str | None) -> int:
    """Stop a sweep and wait for its end."""
    cluster = reach(address)
    job = cluster.find(name)
    if not job.is_running:
        console.say(f"{job.name} does not run: it is {state(job)}")
        return 0
    cluster.stop(job.name)
    if cluster.wait(job.name, GRACE + 15) is None:
        console.say(f"{job.name} has been told to end and still runs: sweep logs {job.name}", "yellow")
        return 1
    console.say(f"{job.name} is stopped; what had ended is kept. Submit it again to go on")
    return 0


def request(name: str, address: str | None, action: Action, *, as_json: bool = False) -> int:
    """Pause a sweep, or end its pause; the exit code."""
    cluster = reach(address)
    job = cluster.find(name)
    answer: dict[str, Any] = {"is_heard": False, "state": state(job)}
    if job.is_running:
        answer = _asked(cluster, "tell", {"sweep": job.sweep, "runs": job.runs, "action": action})
    if as_json:
        print_json({"id": job.sweep, "job": job.name} | answer)
    if "error" in answer:
        raise SweepError(f"{job.name}: {answer['error']}")
    if not answer["is_heard"]:
        console.say(f"{job.name} does not run: it is {answer['state']}")
        return 0 if action == "pause" else _needs_submission()
    was_paused = answer["state"] == "paused" or action != "resume"
    console.say(effect(job.sweep, action, answer["running"]) if was_paused else f"{job.sweep} was not paused: it runs")
    if action == "pause":
        console.say(f"next: sweep resume {job.sweep} --address {cluster.address}")
    return 0


def _needs_submission() -> int:
    console.say("next: sweep submit SPEC.yaml, which runs what is missing")
    return 1


def fetch(name: str, address: str | None, runs: str | None, here: Path, python: str) -> None:
    """Bring a sweep here."""
    cluster = reach(address)
    if runs is None:
        job = cluster.find(name)
        name, runs = job.sweep, job.runs
    folder = fetching.fetch(cluster, name, runs, here, python, console.say)
    from sweep.results.report import Report

    counts = count_text(Report(folder).count(), driven=False)
    console.out.print(f"{folder.id}: {counts}; in {folder.path}/")
    where = console.in_runs(here)
    console.say(f"next: sweep show {folder.id}{where}   ·   sweep report {folder.id}{where} --open")


def status(address: str | None, sweep: str | None, runs_dir: Path, *, as_json: bool) -> None:
    """Machines and sweeps of a cluster, asked from outside, or (`auto`) from inside of it."""
    document = _inside(sweep, runs_dir) if address == "auto" else _outside(reach(address), sweep)
    if as_json:
        print_json(document)
        return
    console.out.print(f"on the cluster {document['address']} (--address local looks at this machine)", style="dim")
    table = console.table("machines")
    for column in ("host", "node", "", "CPUs", "busy"):
        table.add_column(column, justify="right" if column in {"CPUs", "busy"} else "left")
    for node in document["nodes"]:
        kind = "gone" if not node["alive"] else "head" if node["head"] else ""
        table.add_row(node["host"], node["node"], kind, f"{node['cpus']:g}", f"{node['busy']:g}")
    console.out.print(table)
    for one in document["sweeps"]:
        _stands(one)
    if not document["sweeps"]:
        console.out.print("no sweep runs")
    console.say(f"dashboard: {document['dashboard'] or 'none'}")


def _inside(sweep: str | None, runs_dir: Path) -> dict[str, Any]:
    from sweep.cluster.cluster_status import gather

    driven = [Folder.find(runs_dir, sweep)] if sweep else [f for f in Folder.all(runs_dir) if f.holder()]
    return {"address": "auto"} | gather([{"sweep": f.id, "runs": str(runs_dir)} for f in driven])


def _outside(cluster: Cluster, sweep: str | None) -> dict[str, Any]:
    jobs = [cluster.find(sweep)] if sweep else [job for job in cluster.jobs() if job.is_running]
    request = {"sweeps": [{"sweep": job.sweep, "runs": job.runs, "job": job.name, "state": state(job)} for job in jobs]}
    reply = _asked(cluster, "status", request)
    return {"address": cluster.address} | reply | {"dashboard": cluster.address}


def _asked(cluster: Cluster, command: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a command of `remote_commands`."""
    quoted = shlex.quote(json.dumps(request))
    return cluster.ask(command, f"python -m sweep.cluster.remote_commands {command} {quoted}")


def _stands(one: Mapping[str, Any]) -> None:
    """One sweep, in the words of `sweep status SWEEP`."""
    parts = [one[name] for name in ("state", "job") if name in one]
    job = f"  ({': '.join(parts)})" if parts else ""
    console.out.print(Text.assemble((str(one["sweep"]), "bold"), job))
    if "error" in one:
        console.out.print(f"  {one['error']}")
        return
    pace = f"{one['trials_per_minute']:g} a minute, median {console.span(one['median_seconds'])} each"
    failed = [f"{host}: {n} {why}" for host, ways in one["failures"].items() for why, n in ways.items()]
    best = one["best"]
    console.out.print(
        console.facts({
            "trials": count_text(one["trials"]),
            "pace": pace,
            "workers": ", ".join(f"{n} on {host}" for host, n in one["workers"].items()) or "–",
            "slowest": ", ".join(f"trial {s['trial']}: {console.span(s['seconds'])}" for s in one["slowest"]) or "–",
            "failures": ", ".join(failed) or "none",
            "best": f"{one['objective']} {console.figure(best['value'])} (trial {best['trial']})" if best else "–",
        })
    )  # fmt: skip
