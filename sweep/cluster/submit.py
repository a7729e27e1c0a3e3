"""From a spec on a laptop to a job on a cluster: checked here, checked there, started once."""

import json
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.cluster import code_package, handshake
from sweep.cluster.client import ATTEMPT, RUNS, SWEEP, Cluster, Job, Say
from sweep.errors import InputError, Problem, SweepError
from sweep.runner.plan import importable, plan, sources_of
from sweep.spec import yaml_document
from sweep.spec.reader import read
from sweep.tracking.tracking_uri import TrackingStore

PLACE = ".sweep"  # folder in the package, for what the job needs beside the user's code
ELSEWHERE = "/nonexistent"  # stands for a catalog that is not on this machine
REQUEST, HANDSHAKE = f"{PLACE}/request.json", f"{PLACE}/handshake.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRequest:
    """Options of a submission."""

    spec: Path
    settings: Sequence[str] = ()
    runs: str | None = None  # on the cluster, or an object store; None: as the cluster is deployed
    tracking_uri: str | None = None
    workers: int | None = None
    retry_failed: bool = False
    reuse: bool = False
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    python: str = "python"  # on the cluster


@dataclass(frozen=True, slots=True)
class Submitted:
    """A sweep on its way."""

    job: str
    sweep: str
    address: str
    runs: str
    attempt: int
    trials: int
    exact: bool
    known: int  # complete in earlier runs
    shipped: tuple[int, int]  # files, bytes
    warnings: Sequence[str]


def submit(asked: SubmitRequest, address: str, say: Say = lambda _: None) -> Submitted:
    """Start a sweep, or go on with it. Raises InputError with every mistake, here or there; then nothing has begun."""
    sources = preview(asked)
    chosen = shipped(asked)
    cluster = Cluster(address)
    _same_ray(cluster)
    with tempfile.TemporaryDirectory() as place:
        target = Path(place, "package.zip")
        code_package.write(chosen, target, _more(asked, sources))
        python = shlex.quote(asked.python)
        command = f"{python} {HANDSHAKE} {REQUEST} && {python} -m sweep.cluster.remote_commands check {REQUEST}"
        found = _accepted(cluster.ask("check", command, str(target), say))
        attempt = _free_to_run(cluster, found["sweep"])
        if found["held"]:
            raise InputError(Problem(found["sweep"], f"is being run by {found['held']}", remedy="end that one first"))
        name = f"{found['sweep']}-{attempt}"
        try:
            cluster.submit(
                name, entry(asked, found), package=str(target),
                **{SWEEP: found["sweep"], RUNS: found["runs"], ATTEMPT: str(attempt)},
            )  # fmt: skip
        except SweepError:
            _free_to_run(cluster, found["sweep"])  # somebody was faster
            raise
    return Submitted(
        name, found["sweep"], cluster.address, found["runs"], attempt, found["trials"], found["exact"], found["known"],
        (len(chosen.files), chosen.bytes), found["warnings"],
    )  # fmt: skip


def preview(asked: SubmitRequest) -> Mapping[str, str]:
    """Check a spec as far as that is possible here; the hashes of its code. Its data may be on the cluster alone."""
    importable()
    problems = _secrets(asked)
    draft = read(asked.spec, asked.settings)
    is_here = draft.spec is None or Path(draft.spec.catalog).is_dir()
    settings = [*asked.settings, *([] if is_here else [f"catalog={ELSEWHERE}"])]
    try:
        plan(asked.spec, settings)
    except InputError as error:
        problems += [p for p in error.problems if (p.where, p.rule) != ("catalog", "does not exist")]
    if problems or draft.spec is None:
        raise InputError(problems)
    return sources_of(draft.spec)


def shipped(asked: SubmitRequest) -> code_package.Chosen:
    """The files of the working directory that go to the cluster."""
    data = yaml_document.read(asked.spec).data.get("catalog")
    leave = [Path(data)] if isinstance(data, str) and "://" not in data else []
    leave += [Path(asked.runs)] if asked.runs and "://" not in asked.runs else []
    return code_package.choose(Path.cwd(), leave=leave, include=asked.include, exclude=asked.exclude)


def _secrets(asked: SubmitRequest) -> list[Problem]:
    """Passwords that would be written into a job: into its command, its package, or the sweep's own spec."""
    tracking = yaml_document.read(asked.spec).data.get("tracking")
    uris = {"--tracking-uri": asked.tracking_uri, "--runs": asked.runs}
    uris["tracking.uri"] = tracking.get("uri") if isinstance(tracking, dict) else None  # pyright: ignore[reportUnknownMemberType]
    uris |= {f"--set {key}": value for key, _, value in (s.partition("=") for s in asked.settings)}
    remedy = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD in the environment of the cluster"
    return [
        Problem(where, "holds a password, which a job would show", TrackingStore(uri).shown, remedy)
        for where, uri in uris.items()
        if isinstance(uri, str) and TrackingStore(uri).shown != uri
    ]


def _more(asked: SubmitRequest, sources: Mapping[str, str]) -> dict[str, str]:
    """Files that the job needs beside the user's code."""
    request = {
        "spec": asked.spec.name, "settings": list(asked.settings), "runs": asked.runs, "tracking": asked.tracking_uri,
        "sources": dict(sources), "versions": handshake.versions(),
    }  # fmt: skip
    return {
        f"{PLACE}/{asked.spec.name}": asked.spec.read_text(encoding="utf-8"),
        REQUEST: json.dumps(request, indent=1),
        HANDSHAKE: Path(handshake.__file__).read_text(encoding="utf-8"),
    }


def _same_ray(cluster: Cluster) -> None:
    ours = handshake.versions()["ray"]
    if cluster.ray_version != ours:
        raise InputError(_different("ray", cluster.ray_version, ours))


def _different(name: str, theirs: str, ours: str) -> Problem:
    rule = f"is {theirs} on the cluster and {ours} here: figures would not be comparable"
    return Problem(name, rule, remedy="install the same on both; the cluster's image is built from requirements.lock")


def _accepted(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The cluster's consent, or its mistakes raised here."""
    if theirs := answer.get("versions"):
        ours = handshake.versions()
        raise InputError(_different(name, theirs[name], ours[name]) for name in ours if theirs.get(name) != ours[name])
    if problems := answer.get("problems"):
        raise InputError(Problem(**problem) for problem in problems)
    return answer


def _free_to_run(cluster: Cluster, sweep: str) -> int:
    """The number of the next attempt. Raises InputError where one runs."""
    before: list[Job] = [job for job in cluster.jobs() if job.sweep == sweep]
    for job in before:
        if job.is_running:
            remedy = f"`sweep logs -f {sweep}` follows it, `sweep stop {sweep}` ends it"
            raise InputError(Problem(sweep, f"is being run by the job {job.name}", remedy=remedy))
    return 1 + max((job.attempt for job in before), default=0)


def entry(asked: SubmitRequest, found: Mapping[str, Any]) -> str:
    """The command of the job: the ordinary driver. It holds no secret: a shown one is the cluster's own variable."""
    words = [asked.python, "-m", "sweep", "run", f"{PLACE}/{asked.spec.name}", "--address", "auto"]
    words += ["--runs-dir", found["runs"]]
    words += [word for setting in asked.settings for word in ("--set", setting)]
    words += ["--tracking-uri", found["tracking"]] if found["tracking"] else []
    words += ["--workers", str(asked.workers)] if asked.workers else []
    words += [flag for flag, is_on in (("--retry-failed", asked.retry_failed), ("--reuse", asked.reuse)) if is_on]
    return "exec " + shlex.join(words)
