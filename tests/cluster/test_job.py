"""Jobs of a cluster that others submitted, and whose metadata may say anything."""

from types import SimpleNamespace

import pytest

from sweep.cluster import job
from sweep.cluster.client import Cluster
from sweep.errors import InputError


def listed(**metadata: str) -> Cluster:
    """A cluster with one job that somebody else submitted."""
    details = SimpleNamespace(
        submission_id="job-1", metadata=metadata, status="RUNNING", start_time=1, end_time=None,
        driver_exit_code=None, message="",
    )  # fmt: skip
    cluster = object.__new__(Cluster)
    cluster._client = SimpleNamespace(list_jobs=lambda: [details])
    return cluster


@pytest.mark.parametrize(
    "sweep", ["./../../.ssh", "../x-01234567", "/etc", "a/b-01234567", "x-01234567\n", ".x-01234567", ""]
)
def test_a_job_that_is_named_as_no_sweep_is_none(sweep):
    cluster = listed(**{job.SWEEP: sweep, job.RUNS: "/runs", job.ATTEMPT: "1"})
    assert cluster.jobs() == []
    with pytest.raises(InputError, match="no such job"):
        cluster.find(sweep)


def test_a_job_whose_attempt_is_no_number_is_none():
    assert listed(**{job.SWEEP: "x-01234567", job.ATTEMPT: "one"}).jobs() == []
    assert len(listed(**{job.SWEEP: "x-01234567", job.ATTEMPT: "1"}).jobs()) == 1
