"""From a spec on a laptop to a job on a cluster: checked here, checked there, started once."""

import json
import shlex
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from sweep.cluster import code_package, handshake
from sweep.cluster.client import Cluster, Say
from sweep.cluster.job import ATTEMPT, RUNS, SWEEP, Job
from sweep.common import addresses
from sweep.errors import InputError, Problem, SweepError
from sweep.ledger.run_directory import SWEEP_ID
from sweep.runner.plan import plan, sources_of, without_data
from sweep.spec import yaml_document
from sweep.spec.forms.included_files import include

PLACE = ".sweep"  # folder in the package, for what the job needs beside the user's code
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


class Accepted(BaseModel, frozen=True):
    """The cluster's consent to a submission."""

    sweep: str = Field(pattern=f"^{SWEEP_ID.pattern}$")
    trials: int
    exact: bool
    runs: str
    tracking: str | None
    known: int  # complete in earlier runs
    held: str  # the driver that runs it now
    warnings: list[str]


_PROBLEMS = TypeAdapter(list[Problem])


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


def submit(request: SubmitRequest, address: str, say: Say = lambda _: None) -> Submitted:
    """Start a sweep, or go on with it. Raises InputError with every mistake, here or there; then nothing has begun."""
    sources = preview(request)
    chosen = shipped(request)
    cluster = Cluster(address)
    _same_ray(cluster)
    with tempfile.TemporaryDirectory() as place:
        target = Path(place, "package.zip")
        code_package.write(chosen, target, _more(request, sources))
        python = shlex.quote(request.python)
        command = f"{python} {HANDSHAKE} {REQUEST} && {python} -m sweep.cluster.remote_commands check {REQUEST}"
        accepted = _accepted(cluster.ask("check", command, str(target), say))
        attempt = _free_to_run(cluster, accepted.sweep)
        if accepted.held:
            rule = f"is being run by {accepted.held}"
            raise InputError(Problem(accepted.sweep, rule, remedy="end that one first"))
        name = f"{accepted.sweep}-{attempt}"
        try:
            cluster.submit(
                name, entry(request, accepted), package=str(target),
                **{SWEEP: accepted.sweep, RUNS: accepted.runs, ATTEMPT: str(attempt)},
            )  # fmt: skip
        except SweepError:
            _free_to_run(cluster, accepted.sweep)  # somebody was faster
            raise
    return Submitted(
        name, accepted.sweep, cluster.address, accepted.runs, attempt, accepted.trials, accepted.exact,
        accepted.known, (len(chosen.files), chosen.bytes), accepted.warnings,
    )  # fmt: skip


def preview(request: SubmitRequest) -> Mapping[str, str]:
    """Check a spec as far as that is possible here; the hashes of its code. Its data may be on the cluster alone."""
    problems = _secrets(request)
    spec, mistakes = without_data(request.spec, request.settings)
    problems += mistakes
    if problems or spec is None:
        raise InputError(problems)
    if Path(spec.catalog).is_dir():
        plan(request.spec, request.settings)  # its data too
    return sources_of(spec)


def shipped(request: SubmitRequest) -> code_package.Chosen:
    """The files of the working directory that go to the cluster."""
    data = yaml_document.read(request.spec).data.get("catalog")
    leave = [Path(data)] if isinstance(data, str) and "://" not in data else []
    leave += [Path(request.runs)] if request.runs and "://" not in request.runs else []
    return code_package.choose(Path.cwd(), leave=leave, include=request.include, exclude=request.exclude)


def _secrets(request: SubmitRequest) -> list[Problem]:
    """Passwords that would be written into the command of a job; those of the spec are found where it is checked."""
    uris = {"--tracking-uri": request.tracking_uri, "--runs": request.runs}
    remedy = "set it in the environment of the cluster, as MLFLOW_TRACKING_PASSWORD"
    return [p for where, uri in uris.items() for p in addresses.problem(where, uri or "", remedy, bare=True)]


def _more(submission: SubmitRequest, sources: Mapping[str, str]) -> dict[str, str]:
    """Files that the job needs beside the user's code."""
    request = {
        "spec": submission.spec.name, "settings": list(submission.settings), "runs": submission.runs,
        "tracking": submission.tracking_uri,
        "sources": dict(sources), "versions": handshake.versions(),
    }  # fmt: skip
    return {
        f"{PLACE}/{submission.spec.name}": _whole(submission.spec),
        REQUEST: json.dumps(request, indent=1),
        HANDSHAKE: Path(handshake.__file__).read_text(encoding="utf-8"),
    }


def _whole(spec: Path) -> str:
    """Text of a spec, with the content of its parts in files: their references are relative to where it is here."""
    document = yaml_document.read(spec)
    include(document, spec.parent)
    return yaml_document.dump(document.data) if document.files else spec.read_text(encoding="utf-8")


def _same_ray(cluster: Cluster) -> None:
    ours = handshake.versions()["ray"]
    if cluster.ray_version != ours:
        raise InputError(_different("ray", cluster.ray_version, ours))


def _different(name: str, theirs: str, ours: str) -> Problem:
    rule = f"is {theirs} on the cluster and {ours} here: figures would not be comparable"
    return Problem(name, rule, remedy="install the same on both; the cluster's image is built from requirements.lock")


def _accepted(answer: Mapping[str, Any]) -> Accepted:
    """The cluster's consent, or its mistakes raised here."""
    if theirs := answer.get("versions"):
        ours = handshake.versions()
        names = [name for name in ours if theirs.get(name, ours[name]) != ours[name]]
        if not names:  # they were compared with what was here when the files were packed
            raise SweepError("versions here changed during the submission; nothing was started, submit again")
        raise InputError(_different(name, theirs[name], ours[name]) for name in names)
    try:
        if problems := _PROBLEMS.validate_python(answer.get("problems", [])):
            raise InputError(problems)
        accepted = Accepted(**answer)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"]))
        raise SweepError(f"the cluster's answer is none of sweep's: {where}: {wrong['msg']}") from None
    return accepted


def _free_to_run(cluster: Cluster, sweep: str) -> int:
    """The number of the next attempt. Raises InputError where one runs."""
    before: list[Job] = [job for job in cluster.jobs() if job.sweep == sweep]
    for job in before:
        if job.is_running:
            remedy = f"`sweep logs -f {sweep}` follows it, `sweep stop {sweep}` ends it"
            raise InputError(Problem(sweep, f"is being run by the job {job.name}", remedy=remedy))
    return 1 + max((job.attempt for job in before), default=0)


def entry(request: SubmitRequest, accepted: Accepted) -> str:
    """The command of the job: the ordinary driver. It holds no secret: a shown one is the cluster's own variable."""
    words = [request.python, "-m", "sweep", "run", f"{PLACE}/{request.spec.name}", "--address", "auto"]
    words += ["--runs-dir", accepted.runs]
    words += [word for setting in request.settings for word in ("--set", setting)]
    words += ["--tracking-uri", accepted.tracking] if accepted.tracking else []
    words += ["--workers", str(request.workers)] if request.workers else []
    words += [flag for flag, is_on in (("--retry-failed", request.retry_failed), ("--reuse", request.reuse)) if is_on]
    return "exec " + shlex.join(words)
