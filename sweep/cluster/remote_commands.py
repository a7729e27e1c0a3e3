"""Small jobs on the head node of a cluster; each prints a line of JSON.

python -m sweep.cluster.remote_commands status|send|tell REQUEST
python -m sweep.cluster.remote_commands check FILE
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sweep.cluster import volume_check
from sweep.cluster.handshake import MARK, SAYS
from sweep.cluster.run_location import run_directory
from sweep.common.object_store import ObjectStore, is_url
from sweep.errors import InputError, Problem, SweepError

BEGINS = 30.0  # seconds that a request waits for a driver whose job has just begun
LOOK = 0.2  # seconds between looks at it
HERE = "on the cluster"
RELATIVE = "must be an absolute path on the cluster's head, or s3://BUCKET/…"
NOWHERE = "no runs directory is named"
CATALOG = "catalogs are not shipped: name one that the cluster can read: --set catalog=/PATH, or s3://BUCKET/…"


def check(request: str) -> int:
    """Check that a sweep can run here and that its results persist; print its id, or every mistake."""
    options = json.loads(Path(request).read_text(encoding="utf-8"))
    try:
        answer = _checked(options, str(Path(request).parent))
    except InputError as error:
        answer: dict[str, Any] = {"problems": [asdict(problem) for problem in map(_here, error.problems)]}
    except SweepError as error:
        answer = {"problems": [asdict(Problem("cluster", str(error)))]}
    print(MARK + json.dumps(answer, default=str), flush=True)  # noqa: T201
    return 2 if "problems" in answer else 0


def _checked(options: Mapping[str, Any], place: str) -> dict[str, Any]:
    from sweep.runner.plan import plan

    runs, problems = _runs(options["runs"])
    uri = options["tracking"]
    settings = [*options["settings"], *([f"tracking.uri={json.dumps(uri)}"] if uri not in (None, "none") else [])]
    try:
        planned = plan(Path(place, options["spec"]), settings, say=_say)
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    problems += _other_sources(options["sources"], planned.sources)
    tracking, mistakes = _tracking(uri, planned.spec.tracking.uri, runs)
    if problems := [*problems, *mistakes]:
        raise InputError(problems)
    total, exact = planned.count()
    return {
        "sweep": planned.id, "trials": total, "exact": exact, "runs": runs, "tracking": tracking,
        "known": _known(runs, planned.id), "held": _held(runs, planned.id), "warnings": list(planned.warnings),
    }  # fmt: skip


def _say(line: str) -> None:
    """Print progress for the waiting client: staging a catalog can take long."""
    print(SAYS + line, flush=True)  # noqa: T201


def _runs(directory: str | None) -> tuple[str, list[Problem]]:
    """Return the runs directory, and why files written there would be lost, if they would."""
    runs = directory or os.environ.get("SWEEP_RUNS_DIR", "")
    if not runs:
        remedy = "give --runs, or set SWEEP_RUNS_DIR where the cluster is deployed"
        return "", [Problem("--runs", f"{volume_check.PLAIN}: {NOWHERE}", remedy=remedy)]
    if is_url(runs):
        from sweep.cluster import object_store_sync

        return runs, object_store_sync.problems(runs)
    if not Path(runs).is_absolute():
        return runs, [Problem("--runs", RELATIVE, runs, "the working directory of a job ends with it")]
    return runs, volume_check.problems(Path(runs)) or _writable(Path(runs))


def _writable(runs: Path) -> list[Problem]:
    try:
        runs.mkdir(parents=True, exist_ok=True)
        if os.access(runs, os.W_OK):
            return []
        why = "permission denied"
    except OSError as error:
        why = str(error.strerror)
    return [Problem("--runs", f"nothing can be written there: {why}", str(runs), "who runs Ray must be allowed to")]


def _other_sources(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[Problem]:
    remedy = "the cluster has another copy: take it out of its image, or bring both to the same state"
    return [
        Problem(module, "differs from the one that was submitted", remedy=remedy)
        for module in sorted(theirs.keys() | ours.keys())
        if theirs.get(module) != ours.get(module)
    ]


def _held(runs: str, sweep: str) -> str:
    """The driver that runs it now, which may be no job; "" where none does."""
    holder = run_directory(runs, sweep).holder()
    return f"process {holder['pid']} on {holder['host']} since {holder['since']}" if holder else ""


def _tracking(uri: str | None, spec: str, runs: str) -> tuple[str | None, list[Problem]]:
    """Return the tracking address of the driver; None if the spec has it.

    A SQLite file beside the working directory would end with the job.
    """
    from sweep.tracking.tracking_uri import SQLITE, TrackingStore

    if uri is not None:
        return uri, []
    match, outside = SQLITE.fullmatch(spec), os.environ.get("MLFLOW_TRACKING_URI", "")
    if not match or match["path"].startswith("/"):
        return None, []
    if TrackingStore(outside).holds_secret:
        rule, remedy = "holds a password", "use MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        return None, [Problem("MLFLOW_TRACKING_URI", rule, TrackingStore(outside).shown, remedy)]
    if outside or is_url(runs):
        return outside or "none", []
    return f"sqlite:///{runs}/{Path(match['path']).name}", []


def _known(runs: str, sweep: str) -> int:
    """Trials of it that are complete."""
    if is_url(runs):
        from sweep.cluster import object_store_sync

        return int(object_store_sync.manifest(ObjectStore(runs), sweep)["complete"])
    if not (folder := run_directory(runs, sweep)).ledger.exists():
        return 0
    with folder.open() as ledger:
        return ledger.count().get("COMPLETE", 0)


def _here(problem: Problem) -> Problem:
    """A mistake with its place: the spec is right on the laptop, and wrong here."""
    if problem.where == "catalog" and not Path(str(problem.value)).exists():
        problem = replace(problem, remedy=CATALOG)
    outside = problem.where.startswith("--") or problem.where.isupper()
    return replace(problem, where=problem.where if outside else f"{problem.where} ({HERE})")


def tell(request: Mapping[str, Any]) -> dict[str, Any]:
    """Send a request to the driver of a sweep whose job runs here; what came of it."""
    from sweep.ledger import live_status

    folder = run_directory(request["runs"], request["sweep"])
    deadline = time.monotonic() + BEGINS
    while not (folder.holder() and folder.ledger.exists()) and time.monotonic() < deadline:
        time.sleep(LOOK)
    if not folder.ledger.exists():
        return {"error": "has not begun"}
    try:
        return asdict(live_status.request(folder, request["action"]))
    except SweepError as error:
        return {"error": str(error)}


def main() -> int:
    """Answer one request."""
    action = sys.argv[1]
    if action == "check":
        return check(sys.argv[2])
    request = json.loads(sys.argv[2])
    if action == "send":
        from sweep.cluster.log_transfer import send

        return send(run_directory(request["runs"], request["sweep"]).path)
    if action == "tell":
        answer = tell(request)
    else:
        from sweep.cluster.cluster_status import gather

        answer = gather(request["sweeps"])
    print(MARK + json.dumps(answer), flush=True)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
