"""A sweep as a job of a cluster, by what Ray says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sweep.ledger.run_directory import is_sweep_id

SWEEP, RUNS, ATTEMPT = "sweep.id", "sweep.runs", "sweep.attempt"  # metadata of a job
RUNNING = ("PENDING", "RUNNING")


@dataclass(frozen=True, slots=True)
class Job:
    """A sweep as a job of the cluster."""

    name: str  # Ray's submission id
    sweep: str
    runs: str
    state: str  # PENDING, RUNNING, STOPPED, SUCCEEDED, FAILED
    attempt: int
    started: float | None  # UNIX seconds
    ended: float | None
    code: int | None  # what its driver ended with
    message: str  # Ray's own word on it

    @property
    def is_running(self) -> bool:
        return self.state in RUNNING


def is_sweep(details: Any) -> bool:
    """True if the metadata of a job name a sweep; others are those of somebody else."""
    metadata: Mapping[str, str] = details.metadata or {}
    is_numbered = metadata.get(ATTEMPT, "0").isdecimal()
    return bool(details.submission_id) and is_sweep_id(metadata.get(SWEEP)) and is_numbered


def job_of(details: Any) -> Job:
    """The job by Ray's record of it."""
    metadata: Mapping[str, str] = details.metadata or {}
    started, ended = details.start_time, details.end_time
    return Job(
        details.submission_id, metadata.get(SWEEP, ""), metadata.get(RUNS, ""), str(details.status),
        int(metadata.get(ATTEMPT, 0)), started and started / 1000, ended and ended / 1000,
        details.driver_exit_code, details.message or "",
    )  # fmt: skip
